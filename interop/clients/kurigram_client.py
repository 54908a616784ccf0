"""Stock kurigram (Pyrogram family). Argument: the server's JSON line. See `lines.py` for the conversation."""

import asyncio
import json
import logging
import sys

from pyrogram import Client, handlers, raw, utils
from pyrogram.connection import Connection
from pyrogram.crypto import rsa
from pyrogram.errors import SessionPasswordNeeded
from pyrogram.types import TermsOfService, User

import lines
from public_key import numbers

SERVER = json.loads(sys.argv[1])
HOST, PORT = SERVER["address"].split(":")
# A client that lost its connection says so at length; the driver sees whether it comes back.
logging.basicConfig(level=logging.CRITICAL)


def connection(**named):
    return Connection(**{**named, "server_address": HOST, "port": int(PORT)})


class Account:
    def __init__(self, name):
        self.name = name
        self.client = Client(
            name, api_id=4242, api_hash="hash", in_memory=True, workers=1, connection_factory=connection,
        )
        self.client.add_handler(handlers.MessageHandler(self._new))
        self.client.add_handler(handlers.EditedMessageHandler(self._edited))
        self.client.add_handler(handlers.DeletedMessagesHandler(self._deleted))

    def _tell(self, event, message):
        document = message.document
        lines.tell({
            "event": event, "as": self.name, "chat": message.chat.id, "message": message.id,
            "text": str(message.text or message.caption or ""), "from": message.from_user and message.from_user.id,
            "reply_to": message.reply_to_message_id, "forwarded": message.forward_origin is not None,
            "size": document and document.file_size,
        })

    async def _new(self, _client, message):
        self._tell("new", message)

    async def _edited(self, _client, message):
        self._tell("edited", message)

    async def _deleted(self, _client, messages):
        lines.tell({"event": "deleted", "as": self.name, "messages": [message.id for message in messages]})

    async def login(self, phone, code, name, password=None):
        client = self.client
        await client.connect()
        sent = await client.send_code(phone)
        try:
            user = await client.sign_in(phone, sent.phone_code_hash, code)
            if user is False or isinstance(user, TermsOfService):
                user = await client.sign_up(phone, sent.phone_code_hash, name, "Kurigram")
        except SessionPasswordNeeded:
            user = await client.check_password(password)
        assert isinstance(user, User), user
        await client.initialize()
        return {"user": user.id}

    async def login_bot(self, token):
        await self.client.connect()
        user = await self.client.sign_in_bot(token)
        await self.client.initialize()
        return {"user": user.id}

    async def me(self):
        me = await self.client.get_me()
        return {"user": me.id, "username": me.username}

    async def set_password(self, password):
        await self.client.enable_cloud_password(password)

    async def set_username(self, username):
        await self.client.set_username(username)

    async def send(self, to, text, reply_to=None):
        reply = None
        if reply_to:
            from pyrogram.types import ReplyParameters
            reply = ReplyParameters(message_id=reply_to)
        return {"message": (await self.client.send_message(to, text, reply_parameters=reply)).id}

    async def edit(self, to, message, text):
        await self.client.edit_message_text(to, message, text)

    async def delete(self, to, message):
        await self.client.delete_messages(to, message, revoke=True)

    async def forward(self, source, message, to):
        done = await self.client.forward_messages(to, source, message)
        return {"message": (done[0] if isinstance(done, list) else done).id}

    async def history(self, chat, limit):
        messages = [message async for message in self.client.get_chat_history(chat, limit=limit)]
        return {"messages": [{"message": message.id, "text": str(message.text or "")} for message in messages]}

    async def upload(self, to, path):
        return {"message": (await self.client.send_document(to, path)).id}

    async def download(self, chat, message, path):
        found = await self.client.get_messages(chat, message)
        await self.client.download_media(found, path)

    async def dialogs(self):
        return {"chats": [dialog.chat.id async for dialog in self.client.get_dialogs()]}

    async def create_group(self, title, users):
        return {"chat": (await self.client.create_group(title, users)).id}

    async def create_channel(self, title, broadcast):
        make = self.client.create_channel if broadcast else self.client.create_supergroup
        return {"chat": (await make(title)).id}

    async def add(self, chat, users):
        await self.client.add_chat_members(chat, users)

    async def logout(self):
        await self.client.log_out()


async def main():
    modulus, exponent = numbers(SERVER["public_key"])
    fingerprint = int.from_bytes(bytes.fromhex(SERVER["fingerprint"]), "big", signed=True)
    rsa.server_public_keys[fingerprint] = rsa.PublicKey(modulus, exponent)
    await lines.serve(Account)


asyncio.run(main())
