"""tg-secret 0.1.3 over kurigram 2.2.26, both unmodified, against `chappe serve` and our client.

Arguments: the server's JSON line, the file with its key, our `secret_peer`. Prints a line per step and ends with code 0,
or says what failed.

What is wrong with this library, and what we do about it:

* It takes updates in several tasks at once and loses their order; one worker keeps it.
* After its CommitKey it goes on with the old key until it hears the new one, which nobody owes it. Our side has erased
  the old key by then, misses those messages and asks for them; it sends them again under the new key.
* Its `Resend` names raw numbers where numbers of the wire belong. One of the wrong parity must end a chat, so it is not
  provoked here.
* It forgets the id of a vector when it reads one inside an object, takes it for a count, and hangs: any deletion or file
  of ours would stop it for hours. `read_vector` below takes the id away first.
* It reads no timers: our `SetMessageTtl` is counted and forgotten, and received messages do not say theirs.
* It cannot download files: that is done here, with its own cipher.
"""

import asyncio
import io
import json
import logging
import os
import sys
import tempfile

from pyrogram import Client
from pyrogram.connection import Connection
from pyrogram.crypto import rsa
from pyrogram.raw import functions, types
from tg_secret import ChatRequestResult, TelegramSecretClient
from tg_secret.aes import ige256_decrypt
from tg_secret.client_adapters.pyrogram_adapter import PyrogramClientAdapter
from tg_secret.raw.vector import Vector

from peer import Peer, until
from public_key import numbers

PHONE, OUR_PHONE = "9996626666", "9996627777"


def step(text):
    print(f"tg-secret: {text}", flush=True)


def read_vector(data, *rest, read=Vector.read):
    start = data.tell()
    if int.from_bytes(data.read(4), "little") != Vector.ID:
        data.seek(start)
    return read(data, *rest)


async def login(server, key_file):
    with open(key_file) as file:
        modulus, exponent = numbers(file.read())
    fingerprint = int.from_bytes(bytes.fromhex(server["fingerprint"]), "big", signed=True)
    rsa.server_public_keys[fingerprint] = rsa.PublicKey(modulus, exponent)
    host, port = server["address"].split(":")

    def connect(**named):
        return Connection(**{**named, "server_address": host, "port": int(port)})

    client = Client(
        "tg-secret", api_id=4242, api_hash="hash", in_memory=True, workers=1, connection_factory=connect,
    )
    await client.connect()
    sent = await client.send_code(PHONE)
    await client.sign_in(PHONE, sent.phone_code_hash, PHONE[5] * 5)
    await client.sign_up(PHONE, sent.phone_code_hash, "Tg", "Secret")
    await client.initialize()
    return client


class Foreign:
    """The library with one account: what it has received, and its chats."""

    def __init__(self, client):
        self.client = client
        self.heard = []
        self.deleted = []
        self.closed = []
        self.ready = asyncio.Queue()
        self.secret = TelegramSecretClient(PyrogramClientAdapter(client), in_memory=True)
        self.secret.add_request_handler(self.request)
        self.secret.add_chat_ready_handler(self.ready.put)
        self.secret.add_new_message_handler(self.receive)
        self.secret.add_messages_deleted_handler(self.delete)
        self.secret.add_chat_deleted_handler(self.close)

    async def request(self, chat):
        return ChatRequestResult.ACCEPT

    async def receive(self, message):
        self.heard.append(message)

    async def delete(self, chat, ids):
        self.deleted += ids

    async def close(self, chat, history_deleted):
        self.closed.append(chat.id)

    def texts(self):
        return [heard.text for heard in self.heard]

    async def stored(self, chat):
        return await self.secret._storage.get_chat(chat)


async def talk(foreign, ours, chat, name):
    """Texts, timers and deletion both ways."""
    for number in range(20):
        text = f"{name}: text {number} of theirs, žluťoučký 🐎"
        await foreign.secret.send_text_message(chat, text)
        await ours.event("message", chat=chat, text=text, ttl=0)
        text = f"{name}: text {number} of ours, 🐴"
        await ours.do("text", chat=chat, text=text)
        await until(lambda: text in foreign.texts(), text)
    step(f"{name}: 20 texts each way")

    timed = await foreign.secret.send_text_message(chat, "gone in a minute", ttl=60)
    assert (await ours.event("message", text="gone in a minute"))["ttl"] == 60
    await timed.delete()
    assert (await ours.event("deleted", chat=chat))["random_ids"] == [timed.id]
    await ours.do("ttl", chat=chat, seconds=33)
    sent = await ours.do("text", chat=chat, text="timed")
    await until(lambda: foreign.heard[-1].id == sent["random_id"], "timed")
    await ours.do("delete", chat=chat, random_id=sent["random_id"])
    await until(lambda: sent["random_id"] in foreign.deleted, "our deletion")
    ours.none_of("dropped", "gap", "closed")
    step(f"{name}: timers and deletions each way")


async def files(foreign, ours, chat, name):
    """Files both ways."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = os.path.join(folder, "here.bin"), os.path.join(folder, "there.bin")
        for size in (1, 17, 200_000):
            content = os.urandom(size)
            await foreign.secret.send_document(chat, io.BytesIO(content), file_name="name.bin")
            heard = await ours.event("message", chat=chat, size=size)
            await ours.do("fetch", chat=chat, random_id=heard["random_id"], path=there)
            with open(there, "rb") as file:
                assert file.read() == content, size
            os.remove(there)
            with open(here, "wb") as file:
                file.write(content)
            count = len(foreign.heard)
            await ours.do("file", chat=chat, path=here)
            await until(lambda: len(foreign.heard) > count, "our file")
            assert await fetched(foreign, foreign.heard[-1]) == content, size
    step(f"{name}: files each way")


async def fetched(foreign, message):
    """What the library leaves to others: getting the parts and opening them with its cipher."""
    where = types.InputEncryptedFileLocation(id=message._file.id, access_hash=message._file.access_hash)
    parts = b""
    while len(parts) < message._file.size:
        get = functions.upload.GetFile(location=where, offset=len(parts), limit=64 << 10)
        parts += (await foreign.client.invoke(get)).bytes
    return ige256_decrypt(parts, message._media.key, message._media.iv)[: message._media.size]


async def both_say(foreign, ours, chat, text):
    await ours.do("text", chat=chat, text=f"ours {text}")
    await until(lambda: f"ours {text}" in foreign.texts(), f"ours {text}")
    await foreign.secret.send_text_message(chat, f"theirs {text}")
    await ours.event("message", chat=chat, text=f"theirs {text}")


async def rekey(foreign, ours, chat, name):
    """Key exchanges that we begin and that it begins."""
    old = (await ours.do("info", chat=chat))["fingerprint"]
    await ours.do("rekey", chat=chat)
    second = (await ours.event("key_changed", chat=chat))["fingerprint"]
    assert second != old
    await both_say(foreign, ours, chat, f"under the second key, {name}")
    assert (await foreign.stored(chat)).key_fp == second
    ours.none_of("dropped", "gap", "closed")
    step(f"{name}: a key exchange of ours")

    await foreign.secret.rekey(chat)
    third = (await ours.event("key_changed", chat=chat))["fingerprint"]
    assert third not in (old, second)
    await both_say(foreign, ours, chat, f"under the third key, {name}")
    assert (await foreign.stored(chat)).key_fp == third
    ours.none_of("closed")
    step(f"{name}: a key exchange of theirs")


async def main():
    logging.basicConfig(level=logging.ERROR)
    server, key_file, program = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
    Vector.read = staticmethod(read_vector)
    client = await login(server, key_file)
    step("logged in")
    foreign = Foreign(client)
    await foreign.secret.start()
    ours = await Peer.start(program, server["address"], key_file, OUR_PHONE)

    # We create the chat; it accepts.
    chat = (await ours.do("start", phone=PHONE))["chat"]
    await ours.event("chat_ready", chat=chat)
    assert (await asyncio.wait_for(foreign.ready.get(), 60)).id == chat
    await talk(foreign, ours, chat, "we created")
    await files(foreign, ours, chat, "we created")
    await rekey(foreign, ours, chat, "we created")
    await ours.do("close", chat=chat)
    await ours.event("closed", chat=chat, reason="ByUs")
    await until(lambda: chat in foreign.closed, "our closing")
    step("we created: closed by us")

    # It creates the chat; we accept.
    found = await client.invoke(functions.contacts.ResolvePhone(phone=OUR_PHONE))
    await client.fetch_peers(found.users)
    chat = (await foreign.secret.request_encryption(found.users[0].id)).id
    await ours.event("accepted")
    assert (await asyncio.wait_for(foreign.ready.get(), 60)).id == chat
    await talk(foreign, ours, chat, "it created")
    await files(foreign, ours, chat, "it created")
    await rekey(foreign, ours, chat, "it created")
    await foreign.secret.discard_chat(chat)
    await ours.event("closed", chat=chat, reason="Discarded")
    step("it created: closed by it")

    await ours.stop()
    await client.terminate()
    await client.disconnect()


asyncio.run(main())
