"""telethon-secret-chat 0.2.4 on Telethon 1.45.0, both unmodified, against `chappe serve` and our client.

Arguments: the server's JSON line, the file with its key, our `secret_peer`. Prints a line per step and ends with code 0,
or says what failed.

What is wrong with this library, and what we do about it:

* It begins with MTProto 1.0, which nobody should accept today: `SecretChat.mtproto` is set to 2 before it sends.
* Telethon has no sign-up any more: the raw call is made here.
* It takes over the layer of whatever it receives and claims that for its own messages: once it has seen 144 it is sent
  documents of layer 143, which it cannot read. `SecretChat.layer` is held at the 101 that it knows.
* Fifteen seconds after its import it answers every message with its layer, so messages add up quickly.
* It re-keys by itself after 100 messages and raises, because `_temp_rekeyed_secret_chats` was never made. As it is, a
  request of ours for a new key gets no answer: the chat must go on under the old key. With the missing dictionary put
  in place it can ask for a key, so that is tested as well; it never completes one that we ask for.
* Its `Resend` raises: a number that it skipped never comes. Our side must keep the chat, and go on sending.
* Its parts of a file all start from the same iv: beyond the first 64 KiB nobody can read what it sends.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile

from telethon import TelegramClient, functions, types
from telethon.crypto import rsa
from telethon.sessions import MemorySession
from telethon_secret_chat import SecretChatManager
from telethon_secret_chat.secret_methods import DEFAULT_LAYER, SecretChat

from peer import Peer, until

PHONE, OUR_PHONE = "9996624444", "9996625555"


def step(text):
    print(f"telethon-secret-chat: {text}", flush=True)


async def login(server, key_file):
    with open(key_file) as file:
        rsa.add_key(file.read(), old=False)
    host, port = server["address"].split(":")
    session = MemorySession()
    session.set_dc(2, host, int(port))
    client = TelegramClient(session, 4242, "hash")
    await client.connect()
    sent = await client.send_code_request(PHONE)
    code = {"phone_number": PHONE, "phone_code_hash": sent.phone_code_hash}
    answer = await client(functions.auth.SignInRequest(phone_code="22222", **code))
    assert isinstance(answer, types.auth.AuthorizationSignUpRequired), answer
    done = await client(functions.auth.SignUpRequest(first_name="Tele", last_name="Thon", **code))
    await client._on_login(done.user)
    return client


class Foreign(logging.Handler):
    """The library with one account: what it has received, and its chats."""

    def __init__(self, client):
        super().__init__(logging.ERROR)
        self.client = client
        self.heard = []
        self.failures = []
        self.ready = asyncio.Queue()
        self.manager = SecretChatManager(client, auto_accept=True, new_chat_created=self.created)
        self.manager.add_secret_event_handler(func=self.receive)
        # Telethon logs what its handlers raise.
        log = logging.getLogger("telethon")
        log.propagate = False
        log.addHandler(self)

    def emit(self, record):
        self.failures.append(record.exc_info[1] if record.exc_info else record.getMessage())

    async def created(self, chat, created_by_me):
        await self.ready.put(chat.id)

    async def receive(self, event):
        self.heard.append(event.decrypted_event)

    def texts(self):
        return [heard.message for heard in self.heard if hasattr(heard, "message")]

    def chat(self, chat_id):
        return self.manager.get_secret_chat(chat_id)


async def talk(foreign, ours, chat, name):
    """Texts and timers both ways. What it sends is received in order and under the right numbers."""
    state = foreign.chat(chat)
    for number in range(5):
        text = f"{name}: text {number} of theirs, žluťoučký 🐎"
        await foreign.manager.send_secret_message(chat, text, ttl=0)
        heard = await ours.event("message", chat=chat, text=text)
        assert heard["ttl"] == 0
        text = f"{name}: text {number} of ours, 🐴"
        await ours.do("text", chat=chat, text=text)
        await until(lambda: text in foreign.texts(), text)
    assert state.mtproto == 2 and state.layer >= 73, vars(state)
    step(f"{name}: 5 texts each way")

    await foreign.manager.send_secret_message(chat, "gone in a minute", ttl=60)
    assert (await ours.event("message", text="gone in a minute"))["ttl"] == 60
    await ours.do("ttl", chat=chat, seconds=33)
    await until(lambda: state.ttl == 33, "our timer")
    await ours.do("text", chat=chat, text="timed")
    await until(lambda: "timed" in foreign.texts(), "timed")
    assert next(heard.ttl for heard in foreign.heard if getattr(heard, "message", "") == "timed") == 33
    ours.none_of("dropped", "gap", "closed")
    assert not foreign.failures, foreign.failures
    step(f"{name}: timers each way")


async def files(foreign, ours, chat, name):
    """Files both ways. Theirs are whole only up to one part."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = os.path.join(folder, "here.bin"), os.path.join(folder, "there.bin")
        for size in (1, 17, 64 << 10):
            content = os.urandom(size)
            await foreign.manager.send_secret_document(
                chat, content, b"", 0, 0, "name.bin", "application/octet-stream", size,
            )
            heard = await ours.event("message", chat=chat, size=size)
            await ours.do("fetch", chat=chat, random_id=heard["random_id"], path=there)
            with open(there, "rb") as file:
                assert file.read() == content, size
            os.remove(there)
        # Beyond that each of its parts starts from the same iv: what arrives is not what was sent. Ours takes it for
        # what it is, as nothing in the protocol says otherwise, and goes on.
        content = os.urandom(200_000)
        await foreign.manager.send_secret_document(
            chat, content, b"", 0, 0, "name.bin", "application/octet-stream", len(content),
        )
        heard = await ours.event("message", chat=chat, size=len(content))
        await ours.do("fetch", chat=chat, random_id=heard["random_id"], path=there)
        with open(there, "rb") as file:
            fetched = file.read()
        assert len(fetched) == len(content) and fetched != content
        # It opens files in the same way, so ours stay below that, too.
        for size in (1, 17, 60_000):
            content = os.urandom(size)
            with open(here, "wb") as file:
                file.write(content)
            count = len(foreign.heard)
            await ours.do("file", chat=chat, path=here)
            await until(lambda: len(foreign.heard) > count or foreign.failures, "our file")
            assert not foreign.failures, foreign.failures
            fetched = await foreign.manager.download_secret_media(foreign.heard[-1])
            # It does not take the padding away.
            assert fetched[:size] == content, size
    step(f"{name}: files each way")


async def rekey(foreign, ours, chat):
    """Our key exchange gets no answer; theirs works once the library's missing dictionary is there."""
    old = (await ours.do("info", chat=chat))["fingerprint"]
    await ours.do("rekey", chat=chat)
    await until(lambda: foreign.failures, "the library's error")
    assert "_temp_rekeyed_secret_chats" in str(foreign.failures.pop()), foreign.failures
    await foreign.manager.send_secret_message(chat, "no new key from here")
    await ours.event("message", text="no new key from here")
    await ours.do("text", chat=chat, text="then with the old one")
    await until(lambda: "then with the old one" in foreign.texts(), "a text after a failed exchange")
    assert (await ours.do("info", chat=chat))["fingerprint"] == old
    step("our request for a new key raises in the library: the chat goes on under the old key")


async def their_rekey(foreign, ours, chat):
    foreign.manager._temp_rekeyed_secret_chats = {}
    old = (await ours.do("info", chat=chat))["fingerprint"]
    await foreign.manager.rekey(chat)
    changed = await ours.event("key_changed", chat=chat)
    assert changed["fingerprint"] != old
    await foreign.manager.send_secret_message(chat, "under the new key")
    await ours.event("message", text="under the new key")
    await ours.do("text", chat=chat, text="ours under the new key")
    await until(lambda: "ours under the new key" in foreign.texts(), "a text under the new key")
    del foreign.manager._temp_rekeyed_secret_chats
    step("a key exchange of theirs, with the missing dictionary put in place")


async def skipped_number(foreign, ours, chat):
    """A message of theirs is lost and their resend is broken: the chat stays, and our messages arrive."""
    foreign.chat(chat).out_seq_no += 1
    await foreign.manager.send_secret_message(chat, "behind the gap")
    await ours.event("gap", chat=chat)
    await until(lambda: foreign.failures, "the library's error")
    assert isinstance(foreign.failures.pop(), TypeError), foreign.failures
    await ours.do("text", chat=chat, text="still here")
    await until(lambda: "still here" in foreign.texts(), "a text beside a gap")
    info = await ours.do("info", chat=chat)
    assert info["pending"] >= 1 and info["state"] == "Ready", info
    step("a number that it skipped and cannot resend: the chat stays open, our texts arrive")


async def main():
    server, key_file, program = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
    client = await login(server, key_file)
    step(f"logged in, Telethon layer {__import__('telethon').tl.alltlobjects.LAYER}")
    foreign = Foreign(client)
    # Version 2 from the first message on.
    init = SecretChat.__init__
    SecretChat.__init__ = lambda self, *args, **named: init(self, *args, **{"mtproto": 2, **named})
    SecretChat.layer = property(
        lambda self: self.__dict__["layer"], lambda self, layer: self.__dict__.update(layer=min(layer, DEFAULT_LAYER)),
    )

    ours = await Peer.start(program, server["address"], key_file, OUR_PHONE)

    # We create the chat; it accepts.
    chat = (await ours.do("start", phone=PHONE))["chat"]
    await ours.event("chat_ready", chat=chat)
    assert await asyncio.wait_for(foreign.ready.get(), 60) == chat
    await talk(foreign, ours, chat, "we created")
    await files(foreign, ours, chat, "we created")
    await rekey(foreign, ours, chat)
    await ours.do("close", chat=chat)
    await ours.event("closed", chat=chat, reason="ByUs")
    step("we created: closed by us")

    # It creates the chat; we accept.
    found = await client(functions.contacts.ResolvePhoneRequest(OUR_PHONE))
    chat = await foreign.manager.start_secret_chat(found.users[0])
    await ours.event("accepted")
    assert await asyncio.wait_for(foreign.ready.get(), 60) == chat
    await talk(foreign, ours, chat, "it created")
    await files(foreign, ours, chat, "it created")
    await their_rekey(foreign, ours, chat)
    await skipped_number(foreign, ours, chat)
    await foreign.manager.close_secret_chat(foreign.chat(chat))
    closed = await ours.event("closed", chat=chat, reason="Discarded")
    step(f"it created: closed by it ({closed['reason']})")

    await ours.stop()
    await client.disconnect()


asyncio.run(main())
