// Stock GramJS, unmodified, against `chappe serve` and our client: a secret chat by hand. Arguments: the server's JSON
// line, the phone of our client. Prints one line per step and ends with code 0, or says what failed and ends with 1.
import assert from "node:assert";
import crypto from "node:crypto";
import { Api } from "telegram";
import { connectTo, trust } from "./gramjs_server.mjs";
import { seal, setTtl, start } from "./secret_chat.mjs";

const server = JSON.parse(process.argv[2]);
const peerPhone = process.argv[3];
const step = (text) => console.log(`gramjs: ${text}`);

async function expectRpcError(name, call) {
  try {
    await call();
  } catch (error) {
    assert.strictEqual(error.errorMessage, name);
    return step(`${name}, as documented`);
  }
  assert.fail(`expected ${name}`);
}

async function main() {
  trust(server);
  step(`trusts key ${server.fingerprint}`);

  const client = connectTo(server);
  await client.start({
    phoneNumber: async () => "9996622222",
    phoneCode: async () => "22222",
    firstAndLastNames: async () => ["Alice", "Gram"],
    onError: (error) => { throw error; },
  });
  const me = await client.getMe();
  assert.strictEqual(me.firstName, "Alice");
  step(`logged in as ${me.firstName}, user ${me.id}`);

  // The example of the reference page, as it stands.
  await expectRpcError("CHAT_ID_INVALID", () => client.invoke(new Api.messages.SendEncryptedService({
    peer: new Api.InputEncryptedChat({
        chatId: 43,
        accessHash: BigInt('-4156887774564')
    }),
    randomId: BigInt('-4156887774564'),
    data: Buffer.from('arbitrary data here')
  })));

  const found = await client.invoke(new Api.contacts.ResolvePhone({ phone: peerPhone }));
  const peer = found.users[0];
  const chat = await start(client, new Api.InputUser({ userId: peer.id, accessHash: peer.accessHash }));
  step(`secret chat ${chat.id} is ready`);

  // The same call with the ids of a live chat and a properly encrypted payload.
  const result = await client.invoke(new Api.messages.SendEncryptedService({
    peer: new Api.InputEncryptedChat({ chatId: chat.id, accessHash: chat.accessHash }),
    randomId: crypto.randomBytes(8).readBigInt64LE(),
    data: seal(chat.key, setTtl(77, 0)),
  }));
  assert.strictEqual(result.className, "messages.SentEncryptedMessage");
  step(`${result.className}, date ${result.date}`);
  await client.destroy();
}

main().then(() => process.exit(0), (error) => {
  console.error(`gramjs: failed: ${error.stack}`);
  process.exit(1);
});
