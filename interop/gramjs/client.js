// A stock GramJS client that talks to one local server.
const crypto = require("crypto");
const bigInt = require("big-integer");
const { TelegramClient } = require("telegram");
const { StringSession } = require("telegram/sessions");
const { PromisedNetSockets } = require("telegram/extensions");
const { _serverKeys } = require("telegram/crypto/RSA");

const API_ID = 4242;
const API_HASH = "0123456789abcdef0123456789abcdef";

// TL `bytes`: the form in which a key's fingerprint is computed.
function tlBytes(data) {
  const head = data.length < 254 ? Buffer.from([data.length]) : Buffer.from([254, data.length & 255, data.length >> 8, 0]);
  const body = Buffer.concat([head, data]);
  return Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
}

// Makes GramJS trust the server's key; returns the fingerprint as hex, so that it can be compared.
function trust(pem) {
  const jwk = crypto.createPublicKey(pem).export({ format: "jwk" });
  const n = Buffer.from(jwk.n, "base64url");
  const e = Buffer.from(jwk.e, "base64url");
  const digest = crypto.createHash("sha1").update(Buffer.concat([tlBytes(n), tlBytes(e)])).digest();
  const fingerprint = digest.subarray(12).readBigInt64LE();
  _serverKeys.set(fingerprint.toString(), { n: bigInt(n.toString("hex"), 16), e: Number(`0x${e.toString("hex")}`) });
  return BigInt.asUintN(64, fingerprint).toString(16).padStart(16, "0");
}

// GramJS asks for port 80 whatever the session says; its socket class is the supported place to change that.
function socketTo(host, port) {
  return class extends PromisedNetSockets {
    connect(_port, _host, testServers) {
      return super.connect(port, host, testServers);
    }
  };
}

async function connect(server) {
  const at = server.address.lastIndexOf(":");
  const [host, port] = [server.address.slice(0, at), Number(server.address.slice(at + 1))];
  const session = new StringSession("");
  // The port of the session is not used (see socketTo), and GramJS cannot store one above 32767.
  session.setDC(server.dc_id, host, 80);
  const client = new TelegramClient(session, API_ID, API_HASH, {
    connectionRetries: 5,
    networkSocket: socketTo(host, port),
  });
  client.setLogLevel("error");
  await client.connect();
  return client;
}

// Numbers 99966XYYYY take X five times as their code.
async function login(client, phone, firstName) {
  await client.start({
    phoneNumber: async () => phone,
    phoneCode: async () => phone[5].repeat(5),
    firstAndLastNames: async () => [firstName, "Gram"],
    onError: (error) => {
      throw error;
    },
  });
}

module.exports = { trust, connect, login };
