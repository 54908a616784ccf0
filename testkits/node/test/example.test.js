// A complete test of a client: copy it, and put your own code where GramJS and mtcute are called.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "chappe-testkit";
import { gramjs } from "chappe-testkit/gramjs";
import { mtcute } from "chappe-testkit/mtcute";
import telegram from "telegram";
import events from "telegram/events/index.js";

const WORLD = `
[[accounts]]
name = "alice"
username = "alice_liddell"

[[accounts]]
name = "bob"
username = "bob_the_mole"
phone = "4915112345678"
password = "correct horse"

[[messages]]
from = "alice"
to = "bob"
text = "Are you there?"
`;

let server;
const clients = [];
const keep = (client) => (clients.push(client), client);

before(async () => {
  server = await start({ world: WORLD });
});

after(async () => {
  for (const client of clients) await client.destroy();
  await server.stop();
});

test("GramJS logs in by phone, code and password, and reads what was said before", async () => {
  const client = keep(await gramjs(server));
  await client.start({
    phoneNumber: async () => "+4915112345678",
    phoneCode: () => server.code("+4915112345678"),
    password: async () => "correct horse",
    onError: (error) => { throw error; },
  });
  const [message] = await client.getMessages("alice_liddell", { limit: 1 });
  assert.equal(message.message, "Are you there?");
});

test("what one client sends, another one receives", async () => {
  const bob = keep(await gramjs(server, "bob"));
  const alice = keep(await mtcute(server, "alice"));
  const received = new Promise((resolve) => {
    bob.addEventHandler((event) => resolve(event.message.message), new events.NewMessage({ incoming: true }));
  });
  await bob.invoke(new telegram.Api.updates.GetState());
  await alice.sendText("bob_the_mole", "Down the hole.");
  assert.equal(await received, "Down the hole.");
  const [call] = await server.calls({ method: "messages.sendMessage", limit: 1 });
  assert.equal(call.user_id, (await server.account("alice")).user_id);
});

test("a flood wait is said in advance", async () => {
  const alice = keep(await gramjs(server, "alice", { floodSleepThreshold: 0 }));
  await server.fault({ fault: "flood_wait", seconds: 30, method: "messages.sendMessage", times: 1 });
  await assert.rejects(alice.sendMessage("bob_the_mole", { message: "No." }), /30/);
  await alice.sendMessage("bob_the_mole", { message: "Yes." });
});

test("a fork goes its own way, and time passes only there", async () => {
  const fork = await server.fork();
  const { unix } = await fork.advance(7 * 24 * 3600);
  assert.ok(unix > Date.now() / 1000 + 6 * 24 * 3600);
  await fork.call("alice", "messages.sendMessage", { peer: { _: "inputPeerSelf" }, message: "here", random_id: "1" });
  const alice = keep(await gramjs(server, "alice"));
  assert.ok((await alice.getMessages("me", { limit: 1 })).length === 0, "the fork's message is not here");
  await fork.stop();
  await assert.rejects(server.code("+4915199999999", 0), /no code waits/);
});
