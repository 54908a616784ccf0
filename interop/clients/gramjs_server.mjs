// How an unmodified GramJS is pointed at one local server.
import crypto from "node:crypto";
import bigInt from "big-integer";
import { TelegramClient } from "telegram";
import { _serverKeys } from "telegram/crypto/RSA.js";
import { PromisedNetSockets } from "telegram/extensions/index.js";
import { StringSession } from "telegram/sessions/index.js";

// TL `bytes`: the form in which a key's fingerprint is computed.
function tlBytes(data) {
  const head = data.length < 254 ? Buffer.from([data.length]) : Buffer.from([254, data.length & 255, data.length >> 8, 0]);
  const body = Buffer.concat([head, data]);
  return Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
}

/** Makes GramJS trust the server's key. */
export function trust(server) {
  const jwk = crypto.createPublicKey(server.public_key).export({ format: "jwk" });
  const n = Buffer.from(jwk.n, "base64url");
  const e = Buffer.from(jwk.e, "base64url");
  const digest = crypto.createHash("sha1").update(Buffer.concat([tlBytes(n), tlBytes(e)])).digest();
  const fingerprint = digest.subarray(12).readBigInt64LE();
  const shown = BigInt.asUintN(64, fingerprint).toString(16).padStart(16, "0");
  if (shown !== server.fingerprint) throw new Error(`fingerprint ${shown}, the server says ${server.fingerprint}`);
  _serverKeys.set(fingerprint.toString(), { n: bigInt(n.toString("hex"), 16), e: Number(`0x${e.toString("hex")}`) });
}

/** A client that is not connected yet. */
export function connectTo(server) {
  const at = server.address.lastIndexOf(":");
  const [host, port] = [server.address.slice(0, at), Number(server.address.slice(at + 1))];
  // GramJS asks for port 80 whatever the session says; its socket class is the supported place to change that.
  class Sockets extends PromisedNetSockets {
    connect(_port, _host, testServers) {
      return super.connect(port, host, testServers);
    }
  }
  const session = new StringSession("");
  session.setDC(server.dc_id, host, 80);
  const options = { connectionRetries: 100, retryDelay: 1000, networkSocket: Sockets };
  const client = new TelegramClient(session, 4242, "0123456789abcdef0123456789abcdef", options);
  client.setLogLevel("none");
  return client;
}
