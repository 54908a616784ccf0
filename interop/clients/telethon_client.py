"""Stock Telethon. Argument: the server's JSON line. See `lines.py` for the conversation."""

import asyncio
import json
import logging
import sys

from telethon import TelegramClient, events, functions, types, utils
from telethon.crypto import rsa
from telethon.errors import SessionPasswordNeededError
from telethon.sessions import MemorySession

import lines

SERVER = json.loads(sys.argv[1])
HOST, PORT = SERVER["address"].split(":")
# A client that lost its connection says so at length; the driver sees whether it comes back.
logging.basicConfig(level=logging.CRITICAL)


def new_client():
    session = MemorySession()
    session.set_dc(SERVER["dc_id"], HOST, int(PORT))
    return TelegramClient(session, 4242, "hash", connection_retries=100, retry_delay=1)


class Account:
    def __init__(self, name):
        self.name = name
        self.client = new_client()
        self.client.add_event_handler(self._new, events.NewMessage())
        self.client.add_event_handler(self._edited, events.MessageEdited())
        self.client.add_event_handler(self._deleted, events.MessageDeleted())

    def _tell(self, event, message):
        lines.tell({
            "event": event, "as": self.name, "chat": message.chat_id, "message": message.id, "text": message.raw_text,
            "from": message.sender_id, "reply_to": message.reply_to_msg_id,
            "forwarded": message.fwd_from is not None, "size": message.file.size if message.file else None,
        })

    async def _new(self, event):
        self._tell("new", event.message)

    async def _edited(self, event):
        self._tell("edited", event.message)

    async def _deleted(self, event):
        lines.tell({"event": "deleted", "as": self.name, "messages": event.deleted_ids})

    async def auth_key(self):
        """The key of a fresh connection that is not logged in, for a client that cannot make its own."""
        client = new_client()
        await client.connect()
        key = client.session.auth_key.key.hex()
        await client.disconnect()
        return {"key": key}

    async def login(self, phone, code, name, password=None):
        await self.client.connect()
        sent = await self.client.send_code_request(phone)
        ids = {"phone_number": phone, "phone_code_hash": sent.phone_code_hash}
        how = None
        try:
            answer = await self.client(functions.auth.SignInRequest(phone_code=code, **ids))
            if isinstance(answer, types.auth.AuthorizationSignUpRequired):
                how = "its `sign_up` always raises: `auth.signUp` as a raw call"
                answer = await self.client(functions.auth.SignUpRequest(first_name=name, last_name="Telethon", **ids))
            user = await self.client._on_login(answer.user)
        except SessionPasswordNeededError:
            user = await self.client.sign_in(password=password)
        return {"user": user.id, "how": how}

    async def login_bot(self, token):
        await self.client.start(bot_token=token)
        return {"user": (await self.client.get_me()).id}

    async def me(self):
        me = await self.client.get_me()
        return {"user": me.id, "username": me.username}

    async def set_password(self, password):
        await self.client.edit_2fa(new_password=password)

    async def set_username(self, username):
        await self.client(functions.account.UpdateUsernameRequest(username))

    async def send(self, to, text, reply_to=None):
        return {"message": (await self.client.send_message(to, text, reply_to=reply_to)).id}

    async def edit(self, to, message, text):
        await self.client.edit_message(to, message, text)

    async def delete(self, to, message):
        await self.client.delete_messages(to, [message], revoke=True)

    async def forward(self, source, message, to):
        return {"message": (await self.client.forward_messages(to, message, source)).id}

    async def history(self, chat, limit):
        messages = await self.client.get_messages(chat, limit=limit)
        return {"messages": [{"message": message.id, "text": message.raw_text} for message in messages]}

    async def upload(self, to, path):
        return {"message": (await self.client.send_file(to, path, force_document=True)).id}

    async def download(self, chat, message, path):
        found = await self.client.get_messages(chat, ids=message)
        await self.client.download_media(found, path)

    async def dialogs(self):
        return {"chats": [dialog.id for dialog in await self.client.get_dialogs()]}

    async def create_group(self, title, users):
        made = await self.client(functions.messages.CreateChatRequest(users, title))
        return {"chat": utils.get_peer_id(made.updates.chats[0])}

    async def create_channel(self, title, broadcast):
        made = await self.client(
            functions.channels.CreateChannelRequest(title, "", broadcast=broadcast, megagroup=not broadcast),
        )
        return {"chat": utils.get_peer_id(made.chats[0])}

    async def add(self, chat, users):
        if str(chat).startswith("-100"):
            await self.client(functions.channels.InviteToChannelRequest(chat, users))
        else:
            for user in users:
                await self.client(functions.messages.AddChatUserRequest(-chat, user, 100))

    async def logout(self):
        if not await self.client.log_out():
            raise AssertionError("log_out says that it did not work")


async def main():
    rsa.add_key(SERVER["public_key"], old=False)
    await lines.serve(Account)


asyncio.run(main())
