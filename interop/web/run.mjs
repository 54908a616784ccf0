// The client in a web page: headless Chromium logs in, and talks in secret chats with a program of the library.
// Arguments: the programs `chappe` and `secret_peer`, the program `chromium`, the test kit, and the folder of the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [chappe, peer, browserPath, kit, www] = process.argv.slice(2);
const { start } = await import(kit);
const PATIENCE = 30_000;

const world = ["alice", "bob"].map((name, i) => `
[[accounts]]
name = "${name}"
phone = "999662100${i + 1}"
contacts = ["${name === "alice" ? "bob" : "alice"}"]
`).join("");
const server = await start({ bin: chappe, world });
const folder = mkdtempSync(join(tmpdir(), "chappe-web-"));
const keyFile = join(folder, "public.pem");
writeFileSync(keyFile, server.facts.public_key);

// The page comes from a server of its own.
const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
const pages = createServer(async (request, response) => {
  const name = basename(new URL(request.url, "http://localhost").pathname) || "index.html";
  const type = types[name.split(".").pop()];
  const body = type && (await readFile(join(www, name)).catch(() => {}));
  response.writeHead(body ? 200 : 404, { "content-type": type ?? "text/plain" }).end(body ?? "");
});
await new Promise((done) => pages.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${pages.address().port}/`;

/** Bob, on the other side: lines of JSON in both directions. */
class Bob {
  constructor() {
    const args = ["--server", server.facts.address, "--server-key", keyFile, "--phone", "9996621002", "--commands"];
    this.process = spawn(peer, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  async expect(event) {
    for (;;) {
      const { value, done } = await this.lines.next();
      assert.ok(!done, `Bob ended before: ${event}`);
      const told = JSON.parse(value);
      assert.notEqual(told.event, "error", value);
      if (told.event === event) return told;
    }
  }

  do(command) {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }
}

/** What the page shows of the key: the text, and the colours of the cells as they are drawn. */
const keyOf = (page) => page.evaluate(() => {
  const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, 12, 12);
  const cells = Array.from({ length: 144 }, (_, i) => [...data.slice(4 * i, 4 * i + 3)].join());
  return { lines: document.querySelector("#key pre").textContent.split("\n"), cells };
});

/** The picture has to be drawn from the same bytes that the other side prints. */
function compare(shown, lines) {
  assert.deepEqual(shown.lines, lines);
  const bytes = lines.join(" ").trim().split(/\s+/).map((byte) => parseInt(byte, 16));
  const palette = ["255,255,255", "213,230,243", "45,87,117", "47,153,201"];
  // Of the 36 bytes of the picture the text has the first 32.
  bytes.forEach((byte, i) => {
    for (let j = 0; j < 4; j++) assert.equal(shown.cells[4 * i + j], palette[(byte >> (2 * j)) & 3], `cell ${4 * i + j}`);
  });
  assert.equal(bytes.length, 32);
}

const bob = new Bob();
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  const state = (text) => page.locator("#state", { hasText: text }).waitFor();
  const heard = (text) => page.locator("#log .theirs", { hasText: text }).waitFor();
  const say = async (text) => {
    await page.fill("#say input", text);
    await page.click("#say button");
    assert.equal((await bob.expect("message")).text, text);
  };
  await bob.expect("ready");

  // Logging in.
  await page.goto(url);
  await page.fill("#connect input", server.facts.address);
  await page.fill("#connect textarea", server.facts.public_key);
  await page.click("#connect button");
  await page.fill("#phone input", "9996621001");
  await page.click("#phone button");
  await page.fill("#code input", "11111");
  await page.click("#code button");
  await state("PHONE_CODE_INVALID");
  await page.fill("#code input", await server.code("9996621001"));
  await page.click("#code button");
  await state("Logged in");

  // A chat that the page asks for.
  await page.fill("#start input", "9996621002");
  await page.click("#start button");
  await page.waitForSelector("#chat:visible");
  const { chat, key } = await bob.expect("chat_ready");
  compare(await keyOf(page), key);
  await say("Hello, and nobody else reads it.");
  bob.do({ do: "text", chat, text: "Montmartre repeats: <b>done</b> 🚩" });
  await heard("Montmartre repeats: <b>done</b> 🚩");
  // More than there is between two changes of key.
  for (let i = 0; i < 60; i++) {
    await say(`Signal ${i}`);
    bob.do({ do: "text", chat, text: `Answer ${i}.` });
    await heard(`Answer ${i}.`);
  }
  compare(await keyOf(page), key);
  bob.do({ do: "close", chat });
  await state("The chat has ended");

  // The login outlives the page; a chat that the other side asks for.
  await page.reload();
  await state("Logged in");
  bob.do({ do: "start", phone: "9996621001" });
  await page.waitForSelector("#chat:visible");
  const second = await bob.expect("chat_ready");
  assert.notDeepEqual(second.key, key);
  compare(await keyOf(page), second.key);
  await say("Here again.");
  assert.deepEqual(wrong, [], "no errors on the page");

  // Somebody else's server is refused.
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(url);
  await stranger.fill("#connect input", server.facts.address);
  await stranger.fill("#connect textarea", "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----");
  await stranger.click("#connect button");
  await stranger.waitForSelector("#state.wrong");
  console.log("web: logged in, 62 texts there and 61 back, the same key on both sides, logged in again after a reload");
} finally {
  await browser.close();
  pages.close();
  bob.process.kill();
  server.process.kill();
  rmSync(folder, { recursive: true });
}
