// Stock mtcute. Argument: the server's JSON line. See `lines.py` for the conversation.
import { writeFile } from "node:fs/promises";
import { MemoryStorage, TelegramClient, tl } from "@mtcute/node";
import { NodeCryptoProvider, addPublicKey } from "@mtcute/node/utils.js";
import { serve, tell } from "./lines.mjs";

const SERVER = JSON.parse(process.argv[2]);
const at = SERVER.address.lastIndexOf(":");
const DC = { id: SERVER.dc_id, ipAddress: SERVER.address.slice(0, at), port: Number(SERVER.address.slice(at + 1)) };

class Account {
  constructor(name) {
    this.name = name;
    const crypto = new NodeCryptoProvider();
    this.client = new TelegramClient({
      apiId: 4242, apiHash: "hash", storage: new MemoryStorage(), crypto, logLevel: 0, defaultDcs: { main: DC, media: DC },
    });
    this.ready = (async () => {
      await crypto.initialize();
      addPublicKey(crypto, SERVER.public_key);
      await this.client.connect();
    })();
    this.client.onNewMessage.add((message) => this.tell("new", message));
    this.client.onEditMessage.add((message) => this.tell("edited", message));
    this.client.onDeleteMessage.add((update) => tell({ event: "deleted", as: name, messages: update.messageIds }));
  }

  tell(event, message) {
    tell({
      event, as: this.name, chat: message.chat.id, message: message.id, text: message.text, from: message.sender.id,
      reply_to: message.replyToMessage?.id ?? null, forwarded: message.forward !== null,
      size: message.media?.fileSize ?? null,
    });
  }

  async login({ phone, code, name, password }) {
    await this.ready;
    const { client } = this;
    const sent = await client.sendCode({ phone });
    const ids = { phone, phoneCodeHash: sent.phoneCodeHash };
    let user;
    let how = null;
    try {
      user = await client.signIn({ ...ids, phoneCode: code });
    } catch (error) {
      if (tl.RpcError.is(error, "SESSION_PASSWORD_NEEDED")) {
        user = await client.checkPassword(password);
      } else if (/sign.?up/i.test(error.message)) {
        how = "it refuses sign-up: `auth.signUp` as a raw call";
        const done = await client.call({
          _: "auth.signUp", phoneNumber: phone, phoneCodeHash: sent.phoneCodeHash, firstName: name, lastName: "mtcute",
        });
        user = await client.notifyLoggedIn(done);
      } else {
        throw error;
      }
    }
    return { user: Number(user.id), how };
  }

  async login_bot({ token }) {
    await this.ready;
    const user = await this.client.signInBot(token);
    return { user: user.id };
  }

  async me() {
    const me = await this.client.getMe();
    return { user: me.id, username: me.username };
  }

  async set_password({ password }) {
    await this.client.enableCloudPassword({ password, hint: "" });
  }

  async set_username({ username }) {
    await this.client.setMyUsername(username);
  }

  async send({ to, text, reply_to: replyTo }) {
    return { message: (await this.client.sendText(to, text, replyTo ? { replyTo } : undefined)).id };
  }

  async edit({ to, message, text }) {
    await this.client.editMessage({ chatId: to, message, text });
  }

  async delete({ to, message }) {
    await this.client.deleteMessagesById(to, [message], { revoke: true });
  }

  async forward({ source, message, to }) {
    const done = await this.client.forwardMessagesById({ fromChatId: source, messages: [message], toChatId: to });
    return { message: done[0].id };
  }

  async history({ chat, limit }) {
    const messages = await this.client.getHistory(chat, { limit });
    return { messages: messages.map(({ id, text }) => ({ message: id, text })) };
  }

  async upload({ to, path }) {
    return { message: (await this.client.sendMedia(to, { type: "document", file: `file:${path}` })).id };
  }

  async download({ chat, message, path }) {
    const [found] = await this.client.getMessages(chat, [message]);
    await writeFile(path, await this.client.downloadAsBuffer(found.media));
    return { how: "`downloadToFile` answers before the last bytes are in the file: `downloadAsBuffer`" };
  }

  async dialogs() {
    const chats = [];
    for await (const dialog of this.client.iterDialogs()) chats.push(dialog.peer.id);
    return { chats };
  }

  async create_group({ title, users }) {
    return { chat: (await this.client.createGroup({ title, users })).chat.id };
  }

  async create_channel({ title, broadcast }) {
    const made = await (broadcast ? this.client.createChannel({ title }) : this.client.createSupergroup({ title }));
    return { chat: made.id };
  }

  async add({ chat, users }) {
    await this.client.addChatMembers(chat, users, {});
  }

  async logout() {
    await this.client.logOut();
  }
}

serve(Account);
