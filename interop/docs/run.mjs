// Looks at the site of the reference with headless Chromium, from the disk, as somebody does who has no server.
// Arguments: the folder of the site, the program `chromium`, and the folder for screenshots.
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [site, browserPath, shots] = process.argv.slice(2);
const address = (path) => pathToFileURL(join(site, path)).href;
const wrong = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const desk = { width: 1360, height: 900 };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: desk, ...options });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && wrong.push(`${path}: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`${path}: ${error}`));
  await page.goto(address(path));
  return page;
}
const shot = (page, name, fullPage = false) => page.screenshot({ path: join(shots, `${name}.png`), fullPage });
const showpiece = "methods/messages.sendEncryptedService.html";

try {
  // The showpiece: every part of it.
  const page = await open(showpiece);
  assert.equal(await page.locator("h1").innerText(), "messages.sendEncryptedService");
  for (const id of ["example", "parameters", "result", "errors", "callers", "bytes", "uses", "related"]) {
    assert.equal(await page.locator(`#${id}`).count(), 1, `the page has no section ${id}`);
  }
  await shot(page, "method-light", true);

  // Tabs: each shows its panel alone, and the language is kept on the next page and after a reload.
  const visible = () => page.locator(".panel:visible").evaluateAll((panels) => panels.map((panel) => panel.dataset.language));
  assert.deepEqual(await visible(), ["rust"]);
  for (const language of ["javascript", "typescript", "shell", "python"]) {
    await page.click(`label[for="tab-${language}"]`);
    assert.deepEqual(await visible(), [language]);
  }
  await page.click('.flow a:has-text("sendEncryptedFile")');
  await page.waitForURL(/sendEncryptedFile/);
  assert.deepEqual(await visible(), ["python"]);
  await page.reload();
  assert.deepEqual(await visible(), ["python"]);

  // Search: by words, by parts of a name, by an id, with a mistake; Enter opens the first.
  await page.goto(address("index.html"));
  await shot(page, "home-light", true);
  const search = async (text) => {
    await page.fill("dialog.search input", "");
    await page.fill("dialog.search input", text);
    await page.waitForFunction((text) => document.querySelector("dialog.search").dataset.for === text, text);
    return page.locator("dialog.search li b").allInnerTexts();
  };
  await page.keyboard.press("/");
  for (const [text, expected] of [
    ["encrypted service", "messages.sendEncryptedService"], ["sendEncryptedServ", "messages.sendEncryptedService"],
    ["32d439a4", "messages.sendEncryptedService"], ["FLOOD_WAIT", "FLOOD_WAIT_%d"], ["InputEncryptedChat", "InputEncryptedChat"],
    ["secret chats work", "How secret chats work"], ["sendEncriptedService", "messages.sendEncryptedService"],
  ]) {
    const found = await search(text);
    assert.ok(found.slice(0, 3).includes(expected), `${text}: ${found.slice(0, 5)}`);
  }
  assert.deepEqual(await search("xyzzyqwert"), []);
  assert.ok(await page.locator("dialog.search .nothing").isVisible());
  await search("messages.sendEncryptedService");
  await shot(page, "search-light");
  await page.keyboard.press("Enter");
  await page.waitForURL(/methods\/messages\.sendEncryptedService/);

  // Dark, by the system and by the button, which is remembered.
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground(page);
  await page.click(".theme");
  const dark = await ground(page);
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(page), dark);
  const night = await open(showpiece, { colorScheme: "dark" });
  assert.equal(await ground(night), dark);
  await shot(night, "method-dark", true);
  await night.goto(address("index.html"));
  await shot(night, "home-dark");

  // A phone: nothing is wider than the screen.
  const small = await open(showpiece, phone);
  for (const [name, path] of [
    ["method", showpiece], ["home", "index.html"], ["methods", "methods/index.html"], ["type", "types/EncryptedChat.html"],
    ["constructor", "constructors/channel.html"], ["error", "errors/FLOOD_WAIT_X.html"], ["guide", "guides/secret-chats.html"],
    ["secret", "secret/constructors/decryptedMessage.html"],
  ]) {
    await small.goto(address(path));
    const [content, screen] = await small.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(content <= screen, `${path} is ${content} wide on a screen of ${screen}`);
    await shot(small, `${name}-phone`, name === "method");
    await page.goto(address(path));
    await shot(page, `${name}-desk`);
  }
  assert.ok(await small.locator(".search-open").isVisible());
  // The table of bytes is moved sideways there, and its last column stays wide enough to read.
  await small.goto(address(showpiece));
  const values = await small.locator(".bytes td:last-child").evaluateAll((cells) =>
    cells.map((cell) => cell.getBoundingClientRect().width));
  assert.ok(Math.min(...values) >= 200, `the values of the bytes are ${Math.min(...values)} wide`);

  // The card of a guide says what the guide is about.
  await page.goto(address(showpiece));
  const cards = page.locator('#related + .cards li:has(a[href*="guides/"])');
  assert.ok(await cards.count() > 0, "the showpiece leads to no guide");
  assert.equal(await cards.locator("p").count(), await cards.count());

  // A list is narrowed; an id leads to its page.
  await page.goto(address("methods/index.html"));
  await page.fill(".filter input", "sendencrypted");
  assert.equal(await page.locator(".rows > li:visible").count(), 3);
  await page.goto(address("id/32d439a4.html"));
  await page.waitForURL(/methods\/messages\.sendEncryptedService/);

  // Without JavaScript: tabs work, and nothing that cannot work is shown.
  const plain = await open(showpiece, { javaScriptEnabled: false });
  await plain.click('label[for="tab-python"]');
  assert.ok(await plain.locator('.panel[data-language="python"]').isVisible());
  assert.ok(!await plain.locator('.panel[data-language="rust"]').isVisible());
  assert.ok(!await plain.locator(".search-open").isVisible());
} finally {
  await browser.close();
}
assert.deepEqual(wrong, []);
console.log("tabs, search, dark mode, a phone, lists, ids and a browser without JavaScript: all as they should be");
