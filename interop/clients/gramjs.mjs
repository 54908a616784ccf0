// Stock GramJS. Argument: the server's JSON line. See `lines.py` for the conversation.
import { writeFile } from "node:fs/promises";
import bigInt from "big-integer";
import { Api, TelegramClient, utils } from "telegram";
import { EditedMessage } from "telegram/events/EditedMessage.js";
import { DeletedMessage } from "telegram/events/DeletedMessage.js";
import { NewMessage } from "telegram/events/index.js";
import { connectTo, trust } from "./gramjs_server.mjs";
import { serve, tell } from "./lines.mjs";

const SERVER = JSON.parse(process.argv[2]);

class Account {
  constructor(name) {
    this.name = name;
    this.client = connectTo(SERVER);
    this.client.addEventHandler((event) => this.tell("new", event.message), new NewMessage({}));
    this.client.addEventHandler((event) => this.tell("edited", event.message), new EditedMessage({}));
    this.client.addEventHandler(
      (event) => tell({ event: "deleted", as: name, messages: event.deletedIds }),
      new DeletedMessage({}),
    );
  }

  tell(event, message) {
    tell({
      event, as: this.name, chat: Number(message.chatId), message: message.id, text: message.message,
      from: message.senderId ? Number(message.senderId) : null, reply_to: message.replyTo?.replyToMsgId ?? null,
      forwarded: Boolean(message.fwdFrom), size: message.document ? Number(message.document.size) : null,
    });
  }

  async login({ phone, code, name, password }) {
    await this.client.start({
      phoneNumber: async () => phone,
      phoneCode: async () => code,
      password: async () => password,
      firstAndLastNames: async () => [name, "GramJS"],
      onError: (error) => { throw error; },
    });
    return this.me();
  }

  async login_bot({ token }) {
    await this.client.start({ botAuthToken: token });
    return this.me();
  }

  async me() {
    const me = await this.client.getMe();
    return { user: Number(me.id), username: me.username ?? null };
  }

  async set_password({ password }) {
    await this.client.updateTwoFaSettings({ newPassword: password, hint: "" });
  }

  async set_username({ username }) {
    await this.client.invoke(new Api.account.UpdateUsername({ username }));
  }

  async send({ to, text, reply_to: replyTo }) {
    return { message: (await this.client.sendMessage(to, { message: text, replyTo })).id };
  }

  async edit({ to, message, text }) {
    await this.client.editMessage(to, { message, text });
  }

  async delete({ to, message }) {
    await this.client.deleteMessages(to, [message], { revoke: true });
  }

  async forward({ source, message, to }) {
    const done = (await this.client.forwardMessages(to, { messages: [message], fromPeer: source })).flat();
    return { message: done[0].id };
  }

  async history({ chat, limit }) {
    const messages = await this.client.getMessages(chat, { limit });
    return { messages: messages.map(({ id, message }) => ({ message: id, text: message })) };
  }

  async upload({ to, path }) {
    return { message: (await this.client.sendFile(to, { file: path, forceDocument: true, workers: 4 })).id };
  }

  async download({ chat, message, path }) {
    const [found] = await this.client.getMessages(chat, { ids: [message] });
    await writeFile(path, await this.client.downloadMedia(found));
    return { how: "`downloadMedia` with `outputFile` answers before the last bytes are in the file: without it" };
  }

  async dialogs() {
    return { chats: (await this.client.getDialogs({})).map((dialog) => Number(dialog.id)) };
  }

  async create_group({ title, users }) {
    const made = await this.client.invoke(new Api.messages.CreateChat({ title, users }));
    const updates = made.updates ?? made;
    return { chat: Number(utils.getPeerId(updates.chats[0])) };
  }

  async create_channel({ title, broadcast }) {
    const made = await this.client.invoke(
      new Api.channels.CreateChannel({ title, about: "", broadcast, megagroup: !broadcast }),
    );
    return { chat: Number(utils.getPeerId(made.chats[0])) };
  }

  async add({ chat, users }) {
    if (String(chat).startsWith("-100")) {
      await this.client.invoke(new Api.channels.InviteToChannel({ channel: chat, users }));
      return;
    }
    for (const userId of users) {
      await this.client.invoke(new Api.messages.AddChatUser({ chatId: bigInt(-chat), userId, fwdLimit: 100 }));
    }
  }

  async logout() {
    await this.client.invoke(new Api.auth.LogOut());
  }
}

trust(SERVER);
serve(Account);
