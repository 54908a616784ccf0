// Looks at the page on the control port with headless Chromium, while people talk on the server.
// Arguments: the program `chappe`, the program `chromium`, the test kit, and the folder for screenshots.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { chromium } from "playwright-core";

const [chappe, browserPath, kit, shots] = process.argv.slice(2);
const { start } = await import(kit);

const people = ["alice", "bob", "carol", "dave"];
const world = people.map((name, i) => `
[[accounts]]
name = "${name}"
phone = "999662100${i + 1}"
username = "${name}_on_chappe"
last_name = "${["Liddell", "the Mole", "Shaw", "Moss"][i]}"
contacts = [${people.filter((other) => other < name).map((other) => `"${other}"`).join(", ")}]
`).join("") + `
[[accounts]]
name = "helper"
bot = true

[[groups]]
name = "line"
title = "The line Paris to Lille"
owner = "alice"
members = ["bob", "carol", "dave"]

[[groups]]
name = "weather"
kind = "channel"
title = "Weather on the hills"
owner = "carol"
members = ["alice"]

[[messages]]
from = "dave"
to = "line"
text = "Fog at Saint-Martin, we wait."

[[messages]]
from = "carol"
to = "weather"
text = "Clear until four."

[[faults]]
fault = "answer"
method = "messages.getDialogs"
code = 500
error = "INTERNAL_SERVER_ERROR"
times = 2
`;

const server = await start({ bin: chappe, world });
const folder = mkdtempSync(join(tmpdir(), "chappe-page-"));
const key = join(folder, "public.pem");
writeFileSync(key, server.facts.public_key);
const as = (name) => ["--server", server.facts.address, "--server-key", key, "--session", join(folder, name)];
const run = promisify(execFile);
const watching = [];

// Two people in a secret chat, over real connections.
for (const [i, name] of ["alice", "bob", "carol"].entries()) {
  await run(chappe, ["login", "--phone", `999662100${i + 1}`, "--code", "22222", ...as(name)]);
}
const bob = spawn(chappe, ["secret", "watch", "--accept", "--json", ...as("bob")], { stdio: "ignore" });
watching.push(bob);
await run(chappe, ["secret", "new", "9996621002", ...as("alice")]);
const alice = spawn(chappe, ["secret", "watch", ...as("alice")], { stdio: "ignore" });
watching.push(alice);

const ids = Object.fromEntries(server.facts.accounts.map((account) => [account.name, account.user_id]));
let number = 0;
const say = async (from, to, text) => {
  const [peer] = (await server.call(from, "contacts.resolveUsername", { username: `${to}_on_chappe` })).users;
  await server.call(from, "messages.sendMessage", {
    peer: { _: "inputPeerUser", user_id: ids[to], access_hash: peer.access_hash }, message: text, random_id: String(++number),
  });
};
for (const [from, to, text] of [
  ["alice", "bob", "Did the signal from Lille arrive?"], ["bob", "alice", "At noon, in fair weather."],
  ["carol", "dave", "Montmartre sees us, the Louvre does not."], ["dave", "carol", "Then let Montmartre repeat it."],
  ["carol", "alice", "Paris is quiet."], ["alice", "carol", "Good. We close the shutters at dusk."],
]) await say(from, to, text);
// Calls over the wire, some of them refused, one of them not there.
for (const [method, params] of [
  ["help.getConfig", "{}"], ["contacts.getContacts", '{"hash": 0}'], ["users.getUsers", '{"id": [{"_": "inputUserSelf"}]}'],
  ["contacts.resolveUsername", '{"username": "nobody_here"}'], ["payments.getStarsTopupOptions", "{}"],
]) await run(chappe, ["invoke", method, params, ...as("carol")]).catch(() => {});

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const wrong = [];
async function open(options, link) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  await page.goto(link ?? (await server.request("POST", "/v1/page")).page);
  return page;
}

try {
  const link = server.facts.control.page;
  const page = await open({ viewport: { width: 1360, height: 900 }, colorScheme: "light" }, link);
  await page.waitForSelector(".state.live");
  assert.equal(new URL(page.url()).search, "", "the key is gone from the address");
  const rows = (id) => page.locator(`#${id} tbody tr`);
  assert.equal(await rows("connections").count(), 2);
  assert.ok(await rows("users").count() >= 5);
  const before = await rows("messages").count();
  assert.ok(before >= 8);
  assert.match(await page.locator("#groups").innerText(), /Paris to Lille[\s\S]*group[\s\S]*4/);
  assert.match(await page.locator("#messages").innerText(), /Weather on the hills\s+Clear until four/);
  assert.match(await page.locator("#secret").innerText(), /Alice Liddell[\s\S]*Bob the Mole[\s\S]*ready/);
  assert.match(await page.locator("#missing").innerText(), /payments\.getStarsTopupOptions/);
  assert.ok(await rows("methods").count() > 5 && await rows("errors").count() >= 1);

  // It follows what happens, and a text is a text.
  await say("dave", "carol", "<img src=x onerror=document.title='broken'>");
  const more = (count) => document.querySelectorAll("#messages tbody tr").length === count + 1;
  await page.waitForFunction(more, before, { timeout: 10_000 });
  assert.match(await page.locator("#messages tbody tr").first().innerText(), /<img src=x/);
  assert.equal(await page.title(), "Chappe");
  for (let i = 0; i < 25; i++) {
    await say("alice", "bob", `Signal ${i + 1}`);
    await run(chappe, ["invoke", "help.getNearestDc", "{}", ...as("carol")]);
  }
  await page.fill("#methods input", "getNearest");
  await page.waitForFunction(() => document.querySelectorAll("#methods tbody tr").length === 1);
  await page.fill("#methods input", "");
  await page.waitForTimeout(2500);
  await page.screenshot({ path: join(shots, "light.png"), fullPage: true });

  const dark = await open({ viewport: { width: 1360, height: 900 }, colorScheme: "dark" });
  await dark.waitForSelector(".state.live");
  await dark.waitForTimeout(2500);
  await dark.screenshot({ path: join(shots, "dark.png"), fullPage: true });

  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, colorScheme: "dark" });
  await phone.waitForSelector(".state.live");
  await phone.waitForTimeout(2500);
  const width = await phone.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
  assert.ok(width[0] <= width[1], `wider than the screen: ${width}`);
  await phone.screenshot({ path: join(shots, "phone.png") });
  await phone.screenshot({ path: join(shots, "phone-whole.png"), fullPage: true });
  assert.deepEqual(wrong, [], "no errors, no breach of the policy");

  const locked = await open({ viewport: { width: 800, height: 500 } }, link);
  assert.match(await locked.locator("body").innerText(), /used already/);
  await server.stop();
  await page.waitForSelector(".state.lost", { timeout: 10_000 });
  console.log("page: live, dark, on a phone, closed to strangers");
} finally {
  await browser.close();
  watching.forEach((process) => process.kill());
  server.process.kill();
}
