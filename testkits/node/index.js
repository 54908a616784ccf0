// A Telegram server for tests: starts `chappe serve`, and asks it over its control interface.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What the server answered when it refused a request: a word, the cause and the cure. */
export class ControlError extends Error {
  constructor(status, { error, cause, cure }) {
    super(`${cause}; ${cure}`);
    Object.assign(this, { name: "ControlError", status, error, cure });
  }
}

/** A running server. `facts` is what `chappe serve --print-json` prints. */
export class Server {
  constructor(facts, process = null) {
    Object.assign(this, { facts, process });
  }

  get host() {
    return this.facts.data_centres[0].host;
  }

  get port() {
    return this.facts.data_centres[0].port;
  }

  /** Any request of docs/control.md. */
  async request(method, path, body) {
    const { url, token } = this.facts.control;
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const value = text ? JSON.parse(text) : null;
    if (!response.ok) throw new ControlError(response.status, value);
    return value;
  }

  /** The account of this name, made if there is none: `{phone, first_name, username, password, bot, contacts, …}`. */
  account(name, more = {}) {
    return this.request("POST", "/v1/accounts", { name, ...more });
  }

  /** Another device of an account, logged in, as session texts: `{gramjs, telethon, pyrogram, chappe}`. */
  session(name) {
    return this.request("POST", `/v1/accounts/${encodeURIComponent(name)}/sessions`);
  }

  /** Calls a method of the API as an account, without a client. */
  async call(name, method, params = {}) {
    const path = `/v1/accounts/${encodeURIComponent(name)}/call`;
    return (await this.request("POST", path, { method, params })).result;
  }

  /** The code that was sent to a phone number or a mail address; waits for it. */
  async code(to, seconds = 5) {
    return (await this.request("GET", `/v1/codes/${encodeURIComponent(to)}?wait=${seconds}`)).code;
  }

  /** Sets the server's clock ahead. */
  advance(seconds) {
    return this.request("POST", "/v1/clock/advance", { seconds });
  }

  /** Lets something go wrong: `{fault: "flood_wait", seconds: 3, method: "messages.sendMessage", times: 1}`. */
  fault(rule) {
    return this.request("POST", "/v1/faults", rule);
  }

  clearFaults() {
    return this.request("DELETE", "/v1/faults");
  }

  /** What the server was asked last, the newest first: `{method, user, errors, after, limit, wait}`. */
  calls(wanted = {}) {
    return this.request("GET", `/v1/calls?${new URLSearchParams(wanted)}`);
  }

  /** Another server that begins with the world of this one, as it is now. */
  async fork() {
    const { id } = await this.request("POST", "/v1/snapshots");
    const facts = await this.request("POST", `/v1/snapshots/${id}/fork`);
    await this.request("DELETE", `/v1/snapshots/${id}`);
    return new Server(facts);
  }

  async stop() {
    const ended = this.process && this.process.exitCode === null && new Promise((done) => this.process.once("exit", done));
    await this.request("POST", "/v1/stop");
    await ended;
  }
}

/**
 * Starts a server. `world` is a world file, or its text; `args` are further arguments of `chappe serve`; the program is
 * `bin`, else CHAPPE_BIN from the environment, else `chappe` on the PATH.
 */
export async function start({ world, args = [], bin = process.env.CHAPPE_BIN ?? "chappe" } = {}) {
  const isText = world?.includes("\n") ?? false;
  const given = world === undefined ? [] : ["--world", isText ? "-" : world];
  const all = ["serve", "--print-json", "--test-key", "--control", "127.0.0.1:0", ...given, ...args];
  const child = spawn(bin, all, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // It may not read.
  child.stdin.end(isText ? world : "");
  let log = "";
  child.stderr.on("data", (data) => (log = (log + data).slice(-10_000)));
  const kill = () => child.kill();
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("error", (error) => reject(new Error(`${bin} cannot be started (${error.message}): set CHAPPE_BIN`)));
    child.once("exit", () => setImmediate(() => reject(new Error(log.trim() || `${bin} has ended`))));
  });
  return new Server(JSON.parse(line), child);
}
