// The initiator's half of a secret chat, by hand: GramJS has the raw methods only.
import crypto from "node:crypto";
import { Api } from "telegram";
import { Raw } from "telegram/events/index.js";

const toBigInt = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const toBytes = (number) => Buffer.from(number.toString(16).padStart(512, "0"), "hex");

function power(base, exponent, modulus) {
  let result = 1n;
  for (let factor = base % modulus; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

const sha1 = (...parts) => crypto.createHash("sha1").update(Buffer.concat(parts)).digest();
const sha256 = (...parts) => crypto.createHash("sha256").update(Buffer.concat(parts)).digest();

function igeEncrypt(plain, key, iv) {
  const cipher = crypto.createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  const xor = (a, b) => Buffer.from(a.map((byte, i) => byte ^ b[i]));
  let [previousCipher, previousPlain] = [iv.subarray(0, 16), iv.subarray(16)];
  const blocks = [];
  for (let at = 0; at < plain.length; at += 16) {
    const block = plain.subarray(at, at + 16);
    previousCipher = xor(cipher.update(xor(block, previousCipher)), previousPlain);
    previousPlain = block;
    blocks.push(previousCipher);
  }
  return Buffer.concat(blocks);
}

// MTProto 2.0 as the chat's creator (x = 0): fingerprint, msg_key, ciphertext.
export function seal(key, object) {
  const length = Buffer.alloc(4);
  length.writeInt32LE(object.length);
  const padding = 12 + ((16 - ((4 + object.length + 12) % 16)) % 16);
  const plain = Buffer.concat([length, object, crypto.randomBytes(padding)]);
  const msgKey = sha256(key.subarray(88, 120), plain).subarray(8, 24);
  const a = sha256(msgKey, key.subarray(0, 36));
  const b = sha256(key.subarray(40, 76), msgKey);
  const aesKey = Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]);
  const aesIv = Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]);
  return Buffer.concat([sha1(key).subarray(12), msgKey, igeEncrypt(plain, aesKey, aesIv)]);
}

// decryptedMessageLayer#1be31789 around decryptedMessageService#73164160 around SetMessageTTL#a1733aec,
// with the creator's sequence numbers: in 0, out 2n + 1.
export function setTtl(seconds, sent) {
  const object = Buffer.alloc(52);
  object.writeUInt32LE(0x1be31789, 0);
  object[4] = 15;
  crypto.randomFillSync(object, 5, 15);
  object.writeInt32LE(144, 20);
  object.writeInt32LE(0, 24);
  object.writeInt32LE(2 * sent + 1, 28);
  object.writeUInt32LE(0x73164160, 32);
  crypto.randomFillSync(object, 36, 8);
  object.writeUInt32LE(0xa1733aec, 44);
  object.writeInt32LE(seconds, 48);
  return object;
}

// Asks `user` for a chat, waits for the acceptance, checks the fingerprint.
export async function start(client, user) {
  const config = await client.invoke(new Api.messages.GetDhConfig({ version: 0, randomLength: 256 }));
  const prime = toBigInt(config.p);
  const secret = toBigInt(crypto.randomBytes(256));
  const accepted = new Promise((resolve) => {
    client.addEventHandler((update) => {
      if (update instanceof Api.UpdateEncryption && update.chat instanceof Api.EncryptedChat) resolve(update.chat);
    }, new Raw({}));
  });
  const waiting = await client.invoke(
    new Api.messages.RequestEncryption({
      userId: user,
      randomId: crypto.randomInt(1, 2 ** 31 - 1),
      gA: toBytes(power(BigInt(config.g), secret, prime)),
    }),
  );
  const chat = await accepted;
  const key = toBytes(power(toBigInt(chat.gAOrB), secret, prime));
  const fingerprint = sha1(key).subarray(12).readBigInt64LE();
  if (BigInt(chat.keyFingerprint.toString()) !== fingerprint) throw new Error("the fingerprints of the key differ");
  return { id: chat.id, accessHash: BigInt(waiting.accessHash.toString()), key };
}
