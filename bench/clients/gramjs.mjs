// GramJS in the bench of clients: commands come in, times go out, one JSON object a line. Argument: the server's facts.
import { createHash, createPublicKey } from "node:crypto";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import bigInt from "big-integer";
import { Api, TelegramClient } from "telegram";
import uploads from "telegram/client/uploads.js";
import rsa from "telegram/crypto/RSA.js";
import { NewMessage } from "telegram/events/index.js";
import extensions from "telegram/extensions/index.js";
import sessions from "telegram/sessions/index.js";

const SERVER = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const bytes = (data) => {
  const head = data.length < 254 ? [data.length] : [254, data.length & 255, data.length >> 8, 0];
  const body = Buffer.concat([Buffer.from(head), data]);
  return Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
};

/** Makes GramJS trust the server's RSA key. */
function trust(pem) {
  const { n, e } = createPublicKey(pem).export({ format: "jwk" });
  const [modulus, exponent] = [n, e].map((part) => Buffer.from(part, "base64url"));
  const digest = createHash("sha1").update(Buffer.concat([bytes(modulus), bytes(exponent)])).digest();
  const key = { n: bigInt(modulus.toString("hex"), 16), e: exponent.readUIntBE(0, exponent.length) };
  rsa._serverKeys.set(digest.readBigInt64LE(12).toString(), key);
}

// It asks for port 80 whatever the session says.
class Socket extends extensions.PromisedNetSockets {
  connect(_port, _host, testServers) {
    return super.connect(SERVER.port, SERVER.host, testServers);
  }
}

trust(SERVER.public_key);
const client = new TelegramClient(new sessions.StringSession(SERVER.session), 4242, "any", {
  connectionRetries: 5, networkSocket: Socket,
});
client.setLogLevel("none");
const since = (start) => Number(process.hrtime.bigint() - start) / 1e9;
const ask = () => client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }));
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

await client.connect();
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
