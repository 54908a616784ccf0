// GramJS (npm `telegram`) for a server of ours.
import { createHash, createPublicKey } from "node:crypto";
import bigInt from "big-integer";
import telegram from "telegram";
import rsa from "telegram/crypto/RSA.js";
import extensions from "telegram/extensions/index.js";
import sessions from "telegram/sessions/index.js";

const bytes = (data) => {
  const head = data.length < 254 ? [data.length] : [254, data.length & 255, data.length >> 8, 0];
  const body = Buffer.concat([Buffer.from(head), data]);
  return Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
};

/** Makes GramJS trust the RSA key of a server. */
function trust(pem) {
  const { n, e } = createPublicKey(pem).export({ format: "jwk" });
  const [modulus, exponent] = [n, e].map((part) => Buffer.from(part, "base64url"));
  const digest = createHash("sha1").update(Buffer.concat([bytes(modulus), bytes(exponent)])).digest();
  const key = { n: bigInt(modulus.toString("hex"), 16), e: exponent.readUIntBE(0, exponent.length) };
  rsa._serverKeys.set(digest.readBigInt64LE(12).toString(), key);
}

/**
 * A connected client: logged in as the account `name` on a device of its own, or as nobody without a name. `options` are
 * those of GramJS's `TelegramClient`.
 */
export async function gramjs(server, name, options = {}) {
  trust(server.facts.public_key);
  const session = new sessions.StringSession(name === undefined ? "" : (await server.session(name)).gramjs);
  if (name === undefined) session.setDC(server.facts.dc_id, server.host, 80);
  // GramJS asks for port 80 whatever the session says; its socket class is the place to change that.
  class Socket extends extensions.PromisedNetSockets {
    connect(_port, _host, testServers) {
      return super.connect(server.port, server.host, testServers);
    }
  }
  const client = new telegram.TelegramClient(session, 4242, "any", {
    connectionRetries: 5, networkSocket: Socket, ...options,
  });
  client.setLogLevel("error");
  await client.connect();
  return client;
}
