// GramJS in the bench of clients: commands come in, times go out, one JSON object a line. Argument: the server's facts.
// `testkit.mjs` beside it is testkits/node/gramjs.js.
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Api } from "telegram";
import uploads from "telegram/client/uploads.js";
import { NewMessage } from "telegram/events/index.js";
import logger from "telegram/extensions/Logger.js";
import { gramjs } from "./testkit.mjs";

const facts = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const { host, port } = facts;
const server = { facts, host, port, session: async () => ({ gramjs: facts.session }) };
// It speaks on standard output as soon as it is made.
const client = await gramjs(server, "gramjs", { baseLogger: new logger.Logger("none") });
const since = (start) => Number(process.hrtime.bigint() - start) / 1e9;
const ask = () => client.invoke(new Api.help.GetNearestDc());
let message;

const verbs = {
  async requests({ count, window }) {
    const start = process.hrtime.bigint();
    let left = count;
    const one = async () => {
      while (left-- > 0) await ask();
    };
    await Promise.all(Array.from({ length: window }, one));
    return { seconds: since(start) };
  },

  async upload({ path, size }) {
    const start = process.hrtime.bigint();
    const file = await client.uploadFile({ file: new uploads.CustomFile("bench.bin", size, path), workers: 8 });
    const seconds = since(start);
    message = await client.sendFile("me", { file, forceDocument: true });
    return { seconds };
  },

  async download({ path }) {
    const start = process.hrtime.bigint();
    const file = await open(path, "w");
    for await (const chunk of client.iterDownload({ file: message.media, requestSize: 512 * 1024 })) {
      await file.write(chunk);
    }
    await file.close();
    return { seconds: since(start) };
  },

  updates({ count }) {
    return new Promise((resolve) => {
      let start;
      let seen = 0;
      client.addEventHandler(() => {
        start ??= process.hrtime.bigint();
        if (++seen === count) resolve({ seconds: since(start) });
      }, new NewMessage({ incoming: true }));
      tell({ listening: true });
    });
  },
};

await ask();
tell({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    tell(await verbs[command.do](command));
  } catch (error) {
    tell({ failed: String(error) });
  }
}
process.exit(0);
