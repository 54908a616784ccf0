// Holds pages of the site against the HTML standard: all lists and guides, and every 15th of the other pages, which all
// come from the same few templates. Argument: the folder of the site.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const [site] = process.argv.slice(2);
const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ["html-validate:standard"],
  rules: { "long-title": "off", "no-trailing-whitespace": "off" },
}));

const pages = ["index.html", "404.html"];
const folders = readdirSync(site, { withFileTypes: true, recursive: true }).filter((entry) => entry.isDirectory());
for (const folder of folders.map((entry) => join(entry.parentPath, entry.name).slice(site.length + 1))) {
  const names = readdirSync(join(site, folder)).filter((name) => name.endsWith(".html")).sort();
  const all = folder === "guides";
  pages.push(...names.filter((name, at) => all || name === "index.html" || at % 15 === 0).map((name) => join(folder, name)));
}

let wrong = 0;
for (const page of pages) {
  const report = await validator.validateFile(join(site, page));
  for (const message of report.results.flatMap((result) => result.messages)) {
    wrong += 1;
    if (wrong <= 40) console.log(`${page}:${message.line}:${message.column}: ${message.message} (${message.ruleId})`);
  }
}
console.log(`${pages.length} pages held against the standard, ${wrong} mistakes`);
process.exit(wrong ? 1 : 0);
