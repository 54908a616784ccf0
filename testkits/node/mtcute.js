// mtcute (npm `@mtcute/node`) for a server of ours.
import { MemoryStorage, TelegramClient } from "@mtcute/node";
import { NodeCryptoProvider, addPublicKey } from "@mtcute/node/utils.js";

/**
 * A connected client: logged in as the account `name` on a device of its own, or as nobody without a name. `options` are
 * those of mtcute's `TelegramClient`.
 */
export async function mtcute(server, name, options = {}) {
  const crypto = new NodeCryptoProvider();
  await crypto.initialize();
  addPublicKey(crypto, server.facts.public_key);
  const dc = { id: server.facts.dc_id, ipAddress: server.host, port: server.port };
  const primaryDcs = { main: dc, media: dc };
  const client = new TelegramClient({
    apiId: 4242, apiHash: "any", storage: new MemoryStorage(), crypto, defaultDcs: primaryDcs, logLevel: 1, ...options,
  });
  if (name !== undefined) {
    const account = await server.account(name);
    const text = Buffer.from((await server.session(name)).gramjs.slice(1), "base64");
    const self = { userId: account.user_id, isBot: account.bot, isPremium: false, usernames: [] };
    // The key is the last 256 bytes of GramJS's text.
    await client.importSession({ authKey: new Uint8Array(text.subarray(-256)), primaryDcs, self });
  }
  await client.connect();
  return client;
}
