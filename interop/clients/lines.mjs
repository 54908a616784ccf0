// The conversation with the driver, as in `lines.py`: commands in, answers and events out, one JSON object a line.
import { createInterface } from "node:readline";

/** The library has no way to do that. */
export class Cannot extends Error {}

export const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Does what the driver says until it closes the pipe. `Account` is a class whose methods are the verbs. */
export function serve(Account) {
  const known = new Map();
  const run = async ({ id, as: name, do: verb, ...fields }) => {
    try {
      if (!known.has(name)) known.set(name, new Account(name));
      tell({ id, ok: (await known.get(name)[verb](fields)) ?? null });
    } catch (error) {
      const reason = error instanceof Error ? error.message : JSON.stringify(error);
      tell({ id, [error instanceof Cannot ? "cannot" : "failed"]: reason });
    }
  };
  // GramJS greets people there.
  console.log = console.error;
  createInterface({ input: process.stdin }).on("line", (line) => run(JSON.parse(line))).on("close", () => process.exit(0));
  // What a library throws beside any call: the driver shows it, the process stays.
  process.on("unhandledRejection", (error) => console.error(`unhandled: ${error?.stack ?? error}`));
}
