"""Our side of a chat: the example `secret_peer` as a process, driven by lines of JSON."""

import asyncio
import json

# How long any one step may take, in seconds.
PATIENCE = 15


class Peer:
    """One process of ours. Its lines are kept until somebody waits for them."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self.news = asyncio.Condition()
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, program, server, key_file, phone):
        process = await asyncio.create_subprocess_exec(
            program, "--server", server, "--server-key", key_file, "--phone", phone, "--commands",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        peer = cls(process)
        await peer.event("ready")
        return peer

    async def _read(self):
        async for line in self.process.stdout:
            async with self.news:
                self.lines.append(json.loads(line))
                self.news.notify_all()

    async def event(self, name, **fields):
        """Takes the first line with this event and these fields; earlier lines stay for others."""

        def taken():
            for at, line in enumerate(self.lines):
                if line["event"] == name and all(line.get(field) == value for field, value in fields.items()):
                    return self.lines.pop(at)
            if name != "error":
                failed = [line for line in self.lines if line["event"] == "error"]
                assert not failed, failed
            return None

        async with self.news:
            while True:
                if line := taken():
                    return line
                try:
                    await asyncio.wait_for(self.news.wait(), PATIENCE)
                except TimeoutError:
                    raise AssertionError(f"waited for {name} {fields}; there is {self.lines}") from None

    async def do(self, verb, **fields):
        self.process.stdin.write(json.dumps({"do": verb, **fields}).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.event("done", do=verb)

    def none_of(self, *names):
        """Nothing of this kind has been told so far."""
        found = [line for line in self.lines if line["event"] in names]
        assert not found, found

    async def stop(self):
        self.process.stdin.close()
        await self.process.wait()


async def until(true, what):
    """Waits for something on the foreign side."""
    for _ in range(PATIENCE * 20):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited for {what}")
