// `node --require server.js EXAMPLE`: GramJS, otherwise as it is, goes to the server of CHAPPE_SERVER and trusts its key.
const { createHash, createPublicKey } = require("node:crypto");
const fs = require("node:fs");
const bigInt = require("big-integer");
const { PromisedNetSockets } = require("telegram/extensions");
const { _serverKeys } = require("telegram/crypto/RSA");

const bytes = (data) => {
  const head = data.length < 254 ? [data.length] : [254, data.length & 255, data.length >> 8, 0];
  const body = Buffer.concat([Buffer.from(head), data]);
  return Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
};
const { n, e } = createPublicKey(fs.readFileSync(process.env.CHAPPE_SERVER_KEY)).export({ format: "jwk" });
const [modulus, exponent] = [n, e].map((part) => Buffer.from(part, "base64url"));
const digest = createHash("sha1").update(Buffer.concat([bytes(modulus), bytes(exponent)])).digest();
const key = { n: bigInt(modulus.toString("hex"), 16), e: exponent.readUIntBE(0, exponent.length) };
_serverKeys.set(digest.readBigInt64LE(12).toString(), key);

// GramJS asks for port 80 whatever the session says.
const [host, port] = process.env.CHAPPE_SERVER.split(":");
const connect = PromisedNetSockets.prototype.connect;
PromisedNetSockets.prototype.connect = function (_port, _host, testServers) {
  return connect.call(this, Number(port), host, testServers);
};
