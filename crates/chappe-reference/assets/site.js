// Tabs that remember the language, the theme, copying, filters of lists, and search. Everything else works without.
"use strict";
(() => {
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* It lasts for this page only. */ } },
  };
  const root = document.body.dataset.root;
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // The language of examples: chosen once, kept for every page.
  const choose = (language) => {
    const input = document.querySelector(`.tabs input[value="${CSS.escape(language)}"]`);
    if (input) input.checked = true;
  };
  const remembered = store.get("chappe-language");
  if (remembered) choose(remembered);
  for (const input of document.querySelectorAll(".tabs input")) {
    input.addEventListener("change", () => store.set("chappe-language", input.value));
  }

  // Dark or light.
  document.querySelector(".theme")?.addEventListener("click", () => {
    const html = document.documentElement;
    const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    html.dataset.theme = dark ? "light" : "dark";
    store.set("chappe-theme", html.dataset.theme);
  });

  // Copying programs and lines of the schema.
  if (navigator.clipboard) {
    for (const block of document.querySelectorAll("main pre")) {
      const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.innerText);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      const frame = make("div", { className: "frame" });
      block.replaceWith(frame);
      frame.append(block, button);
    }
  }

  // Lists, narrowed to what is typed.
  const filter = document.querySelector(".filter input");
  filter?.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    let shown = 0;
    for (const group of document.querySelectorAll(".group")) {
      let some = false;
      for (const row of group.querySelectorAll(".rows > li")) {
        row.hidden = !row.querySelector("a").textContent.toLowerCase().includes(wanted);
        if (!row.hidden) { some = true; shown += 1; }
      }
      group.hidden = !some;
    }
    document.querySelector(".filter span").textContent = wanted ? `${shown} found` : "";
  });

  // Search: the index is made from assets/records.js when it is first wanted.
  let dialog, field, results, index;
  const load = (name) => new Promise((done, failed) => {
    document.head.append(make("script", { src: `${root}assets/${name}`, onload: done, onerror: failed }));
  });
  const words = (text) => {
    // sendEncryptedFile is found as a whole and by its parts.
    const whole = text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
    const parts = whole.flatMap((word) => word.split(/_|(?<=[a-z\d])(?=[A-Z])/)).filter(Boolean);
    return [...new Set([...whole, ...parts])];
  };
  const prepare = () => {
    index ??= (async () => {
      await Promise.all([load("minisearch.js"), load("records.js")]);
      const engine = new MiniSearch({
        fields: ["name", "summary", "text"],
        storeFields: ["name", "kind", "summary", "path"],
        tokenize: words,
        searchOptions: {
          boost: { name: 6, summary: 2 }, prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : false), combineWith: "AND",
          boostDocument: (id, term, stored) => ({ guide: 1.6, method: 1.5, type: 1.2, error: 1.1 })[stored.kind] ?? 1,
        },
      });
      await engine.addAllAsync(chappeRecords.map(([path, name, kind, summary, text], id) => ({ id, path, name, kind, summary, text })), { chunkSize: 400 });
      return engine;
    })();
    return index;
  };
  const show = async () => {
    const engine = await prepare();
    const wanted = field.value.trim();
    let found = wanted ? engine.search(wanted) : [];
    if (wanted && !found.length) found = engine.search(wanted, { combineWith: "OR" });
    const exact = wanted.toLowerCase();
    const rank = (hit) => (hit.name.toLowerCase() === exact ? 2 : hit.name.toLowerCase().endsWith(`.${exact}`) ? 1 : 0);
    found.sort((a, b) => rank(b) - rank(a) || b.score - a.score);
    results.replaceChildren(...found.slice(0, 30).map((hit) => make("li", {}, make("a", { href: `${root}${hit.path}.html` },
      make("span", { className: "kind", textContent: hit.kind }), make("b", { textContent: hit.name }), make("small", { textContent: hit.summary })))));
    results.firstElementChild?.classList.add("active");
    dialog.dataset.for = wanted;
    dialog.dataset.state = wanted ? (found.length ? "found" : "nothing") : "empty";
  };
  const move = (step) => {
    const items = [...results.children];
    const at = items.findIndex((item) => item.classList.contains("active"));
    const next = items[Math.max(0, Math.min(items.length - 1, at + step))];
    items[at]?.classList.remove("active");
    next?.classList.add("active");
    next?.scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    if (!dialog) {
      field = make("input", { type: "search", placeholder: "A method, a type, an error, a word", ariaLabel: "Search" });
      results = make("ul");
      dialog = make("dialog", { className: "search", ariaLabel: "Search" }, field, results,
        make("p", { className: "nothing", textContent: "Nothing is called like that, and no text says so." }),
        make("p", { className: "keys", textContent: "↑ ↓ choose · Enter opens · Esc closes" }));
      document.body.append(dialog);
      field.addEventListener("input", show);
      field.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          move(event.key === "ArrowDown" ? 1 : -1);
        } else if (event.key === "Enter") {
          results.querySelector(".active a")?.click();
        }
      });
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    }
    dialog.showModal();
    field.select();
    prepare();
  };
  document.querySelector(".search-open")?.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if ((event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
})();
