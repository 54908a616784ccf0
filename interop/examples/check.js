// Runs every JavaScript example with GramJS as it is but for the connection: what would be sent has to be the bytes that
// this project's library makes of the same call in GramJS's layer. Prints how many there were.
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const telegram = require("telegram");

const sources = path.join(__dirname, "sources");
const requests = JSON.parse(fs.readFileSync(path.join(sources, "requests.json")));
let sent, done;

class Recorder {
  async connect() {}
  async invoke(request) {
    sent = request.getBytes().toString("hex");
    return request.className;
  }
  async destroy() {
    done();
  }
}

const load = Module._load;
Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest);
  return name === "telegram" ? { Api: telegram.Api, TelegramClient: Recorder } : loaded;
};

async function main() {
  const failures = [];
  let count = 0;
  const { log, error } = console;
  for (const file of fs.readdirSync(path.join(sources, "javascript")).sort()) {
    const said = [];
    console.log = () => {};
    console.error = (...words) => said.push(words.join(" "));
    sent = undefined;
    const end = new Promise((resolve) => (done = resolve));
    try {
      require(path.join(sources, "javascript", file));
      await end;
    } catch (thrown) {
      said.push(String(thrown));
    }
    count += 1;
    const expected = requests[path.parse(file).name].javascript;
    if (sent !== expected) failures.push(`${file}: ${said.join("; ") || `sent ${sent}, expected ${expected}`}`);
  }
  Object.assign(console, { log, error });
  if (failures.length > 0) throw new Error(`${failures.length} of ${count} differ:\n${failures.join("\n")}`);
  console.log(count);
}

main().then(() => process.exit(0), (error) => {
  console.error(error.message);
  process.exit(1);
});
