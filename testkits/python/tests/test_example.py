"""A complete test of a client: copy it, and put your own code where Telethon is called."""

import asyncio
import time
import unittest

import chappe_testkit
from chappe_testkit import telethon as kit
from telethon import errors, events

WORLD = """
[[accounts]]
name = "alice"
username = "alice_liddell"

[[accounts]]
name = "bob"
username = "bob_the_mole"
phone = "4915112345678"
password = "correct horse"

[[accounts]]
name = "helper"
bot = true
bot_token = "7000000007:secret"

[[messages]]
from = "alice"
to = "bob"
text = "Are you there?"
"""


class Example(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = chappe_testkit.start(WORLD)
        cls.addClassCleanup(cls.server.stop)

    async def connected(self, name=None, **options):
        client = kit.client(self.server, name, **options)
        await client.connect()
        self.addAsyncCleanup(client.disconnect)
        return client

    async def test_login_by_phone_code_and_password(self):
        client = await self.connected()
        await client.send_code_request("+4915112345678")
        with self.assertRaises(errors.SessionPasswordNeededError):
            await client.sign_in("+4915112345678", self.server.code("+4915112345678"))
        await client.sign_in(password="correct horse")
        [message] = await client.get_messages("alice_liddell", limit=1)
        self.assertEqual(message.text, "Are you there?")

    async def test_login_as_a_bot(self):
        client = await self.connected()
        await client.sign_in(bot_token="7000000007:secret")
        self.assertTrue((await client.get_me()).bot)

    async def test_what_one_client_sends_another_one_receives(self):
        alice, bob = await self.connected("alice"), await self.connected("bob")
        received = asyncio.get_running_loop().create_future()
        bob.add_event_handler(lambda event: done(received, event), events.NewMessage(incoming=True))
        await alice.send_message("bob_the_mole", "Down the hole.")
        self.assertEqual(await asyncio.wait_for(received, 10), "Down the hole.")
        call = self.server.calls(method="messages.sendMessage", limit=1)[0]
        self.assertEqual(call["user_id"], self.server.account("alice")["user_id"])

    async def test_a_flood_wait_is_said_in_advance(self):
        alice = await self.connected("alice", flood_sleep_threshold=0)
        self.server.fault("flood_wait", seconds=30, method="messages.sendMessage", user="alice", times=1)
        with self.assertRaises(errors.FloodWaitError) as refused:
            await alice.send_message("me", "No.")
        self.assertEqual(refused.exception.seconds, 30)
        # Telethon itself remembers the wait: another client of hers does not.
        other = await self.connected("alice")
        await other.send_message("me", "Yes.")

    async def test_a_fork_goes_its_own_way(self):
        with self.server.fork() as fork:
            self.assertGreater(fork.advance(7 * 24 * 3600)["unix"], time.time() + 6 * 24 * 3600)
            fork.account("carol", username="carol_1")
            async with kit.client(fork, "carol") as carol:
                self.assertEqual((await carol.get_me()).username, "carol_1")
        with self.assertRaises(chappe_testkit.ControlError):
            self.server.request("GET", "/v1/accounts/carol")


async def done(future, event):
    if not future.done():
        future.set_result(event.raw_text)


if __name__ == "__main__":
    unittest.main()
