// The page: connect, log in, one secret chat.
import init, { Client } from "./chappe_web.js";

const $ = (selector) => document.querySelector(selector);
const forms = ["connect", "phone", "code", "start"];
let client, login, chat;

function say(text, wrong = false) {
  $("#state").textContent = text;
  $("#state").classList.toggle("wrong", wrong);
}

function show(name) {
  for (const form of forms) $(`#${form}`).hidden = form !== name;
  $("#chat").hidden = name !== "chat";
}

function on(form, work) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $(`${form} button`);
    button.disabled = true;
    try {
      await work(Object.fromEntries(new FormData(event.target)), event.target);
    } catch (error) {
      say(error.message ?? String(error), true);
    } finally {
      button.disabled = false;
    }
  });
}

function logged_in() {
  sessionStorage.setItem("session", client.session());
  follow(client.events());
  say("Logged in. Somebody may ask for a chat, or you do.");
  show("start");
}

/** What happens in chats, for as long as the page is open. */
async function follow(events) {
  for (let event; (event = await events.next()); ) {
    try {
      if (event.kind === "requested" && !chat) chat = await client.accept_chat(event.chat);
      if (event.kind === "ready" && event.chat === chat?.id) await ready();
      if (event.kind === "text" && event.chat === chat?.id) line(event.text, "theirs");
      if (event.kind === "closed" && event.chat === chat?.id) {
        chat = undefined;
        say("The chat has ended.");
        show("start");
      }
    } catch (error) {
      say(error.message ?? String(error), true);
    }
  }
  say("Disconnected.");
}

async function ready() {
  const key = await chat.key();
  const canvas = $("canvas").getContext("2d");
  key.colours.forEach((colour, cell) => {
    canvas.fillStyle = colour;
    canvas.fillRect(cell % 12, Math.floor(cell / 12), 1, 1);
  });
  $("#key pre").textContent = key.lines.join("\n");
  $("#log").replaceChildren();
  say("The chat is ready.");
  show("chat");
}

function line(text, side) {
  const item = document.createElement("li");
  item.className = side;
  item.textContent = text;
  $("#log").append(item);
}

async function connect({ server, key }) {
  say("Connecting…");
  client = await Client.connect(server, 1, key, sessionStorage.getItem("session") ?? undefined);
  // For the next time that the page is opened in this tab.
  sessionStorage.setItem("server", JSON.stringify({ server, key }));
  if (await client.is_authorized()) return logged_in();
  say("Connected.");
  show("phone");
}

on("#connect", connect);
on("#phone", async ({ phone }) => {
  login = await client.request_code(phone);
  say("A code is on its way.");
  show("code");
});
on("#code", async ({ code }) => {
  const next = await login.sign_in(code);
  if (next !== "done") throw new Error(`This page cannot go on: the server wants “${next}”.`);
  logged_in();
});
on("#start", async ({ phone }) => {
  chat = await client.start_chat(phone);
  say("Waiting for the other side…");
});
on("#say", async ({ text }, form) => {
  await chat.send(text);
  line(text, "ours");
  form.reset();
});

await init();
const known = sessionStorage.getItem("server");
show("connect");
say("Which server?");
if (known) {
  await connect(JSON.parse(known)).catch((error) => say(error.message, true));
}
