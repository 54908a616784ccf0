"""Telethon with cryptg in the bench of clients: commands come in, times go out, one JSON object a line. Argument: the
server's facts."""

import asyncio
import json
import logging
import sys
import time

import cryptg  # noqa: F401  Telethon takes it if it is there; without it this bench would measure something else.
from telethon import TelegramClient, events, functions
from telethon.crypto import rsa
from telethon.sessions import StringSession

SERVER = json.loads(sys.argv[1])
logging.basicConfig(level=logging.CRITICAL)


def tell(line):
    print(json.dumps(line), flush=True)


class Bench:
    def __init__(self, client):
        self.client = client
        self.message = None

    async def ask(self):
        await self.client(functions.help.GetNearestDcRequest())

    async def requests(self, count, window):
        left = count

        async def one():
            nonlocal left
            while left > 0:
                left -= 1
                await self.ask()

        start = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(window)))
        return {"seconds": time.perf_counter() - start}

    async def upload(self, path, size):
        start = time.perf_counter()
        file = await self.client.upload_file(path, part_size_kb=512)
        seconds = time.perf_counter() - start
        self.message = await self.client.send_file("me", file, force_document=True)
        return {"seconds": seconds}

    async def download(self, path):
        start = time.perf_counter()
        await self.client.download_file(self.message.document, path, part_size_kb=512)
        return {"seconds": time.perf_counter() - start}

    async def updates(self, count):
        done = asyncio.get_running_loop().create_future()
        seen, start = 0, None

        @self.client.on(events.NewMessage(incoming=True))
        async def new(_):
            nonlocal seen, start
            start = start or time.perf_counter()
            seen += 1
            if seen == count:
                done.set_result({"seconds": time.perf_counter() - start})

        tell({"listening": True})
        return await done


async def main():
    rsa.add_key(SERVER["public_key"], old=False)
    client = TelegramClient(StringSession(SERVER["session"]), 4242, "any")
    await client.connect()
    bench = Bench(client)
    await bench.ask()
    tell({"ready": True})
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        verb = getattr(bench, command.pop("do"))
        try:
            tell(await verb(**command))
        except Exception as error:  # The driver wants to know, whatever it is.
            tell({"failed": repr(error)})


asyncio.run(main())
