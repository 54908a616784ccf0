// Holds a secret chat through `chappe rpc`. Asks PEER for one, or waits to be asked and repeats what is said.
//
// usage: node rpc.mjs PHONE CODE NAME [PEER]      server and session come from the environment: CHAPPE_SERVER, ...
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [phone, code, name, peer] = process.argv.slice(2);
const chappe = spawn("chappe", ["rpc"], { stdio: ["pipe", "pipe", "inherit"] });
const calls = new Map(), waiting = new Map(), missed = [];
createInterface({ input: chappe.stdout }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.id !== undefined) {
    const { resolve, reject } = calls.get(message.id);
    return message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  }
  const heard = waiting.get(message.method);
  heard ? (waiting.delete(message.method), heard(message.params)) : missed.push(message);
});
const call = (method, params) => new Promise((resolve, reject) => {
  const id = calls.size + 1;
  calls.set(id, { resolve, reject });
  chappe.stdin.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\n");
});
const event = (kind) => {
  const at = missed.findIndex((message) => message.method === kind);
  return at < 0 ? new Promise((heard) => waiting.set(kind, heard)) : missed.splice(at, 1)[0].params;
};

const { phone_code_hash } = await call("login.send_code", { phone });
const login = await call("login.sign_in", { phone_code_hash, code });
if (login.state === "sign_up_required") await call("login.sign_up", { phone_code_hash, first_name: name });
console.log("logged in");
if (peer) {
  const { chat } = await call("secret.start", { user: peer, wait: 60 });
  await call("secret.send_text", { chat, text: `${name} greets from Node` });
  console.log((await event("event.message")).text);
  await call("secret.close", { chat });
} else {
  const { chat } = await call("secret.accept", { chat: (await event("event.requested")).chat, wait: 60 });
  const { text } = await event("event.message");
  await call("secret.send_text", { chat, text: `${name} has heard: ${text}` });
  await event("event.closed");
}
chappe.stdin.end();
