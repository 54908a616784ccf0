// Asks PEER for a secret chat through `chappe rpc`, or waits to be asked: node rpc.mjs PHONE CODE NAME [PEER]
import { spawn } from "node:child_process"; // the server and the session come from the environment: CHAPPE_SERVER, ...
import { createInterface } from "node:readline";
const [phone, code, name, peer] = process.argv.slice(2);
const chappe = spawn("chappe", ["rpc"], { stdio: ["pipe", "pipe", "inherit"] });
const lines = createInterface({ input: chappe.stdout })[Symbol.asyncIterator](), unread = [];
async function read(wanted) { // the next answer or event of this name; others are kept for later
  const place = () => unread.findIndex(({ id, method }) => id === wanted || method === wanted);
  while (place() < 0) unread.push(JSON.parse((await lines.next()).value));
  return unread.splice(place(), 1)[0];
}
async function call(method, params) {
  chappe.stdin.write(JSON.stringify({ jsonrpc: "2.0", id: method, method, params }) + "\n");
  const { result, error } = await read(method);
  return error ? Promise.reject(new Error(error.message)) : result;
}
const { phone_code_hash } = await call("login.send_code", { phone });
const { user } = await call("login.sign_in", { phone_code_hash, code, first_name: name });
console.log(`logged in as ${user.phone}`);
if (peer) {
  const { chat } = await call("secret.start", { user: peer, wait: 60 });
  await call("secret.send_text", { chat, text: `${name} greets from Node` });
  console.log((await read("event.message")).params.text);
  await call("secret.close", { chat });
} else {
  const { chat } = await call("secret.accept", { chat: (await read("event.requested")).params.chat, wait: 60 });
  await call("secret.send_text", { chat, text: `${name} has heard: ${(await read("event.message")).params.text}` });
  await read("event.closed");
}
chappe.stdin.end();
