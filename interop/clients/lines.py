"""The conversation with the driver: one JSON object a line, commands in, answers and events out.

A command is `{"id": 1, "as": "user", "do": "send", …}`. Its answer is `{"id": 1, "ok": …}`, `{"id": 1, "failed": "why"}` or
`{"id": 1, "cannot": "why the library has no way to do that"}`. What happens by itself is `{"event": "new", "as": "user", …}`.
"""

import asyncio
import json
import sys


class Cannot(Exception):
    """The library has no way to do that."""


def tell(line):
    print(json.dumps(line), flush=True)


async def serve(accounts):
    """Does what the driver says until it closes the pipe. `accounts` makes an object whose methods are the verbs."""
    known = {}
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def run(number, name, verb, fields):
        try:
            if name not in known:
                known[name] = accounts(name)
            tell({"id": number, "ok": await getattr(known[name], verb)(**fields)})
        except Cannot as reason:
            tell({"id": number, "cannot": str(reason)})
        except Exception as error:
            tell({"id": number, "failed": f"{type(error).__name__}: {error}"})

    running = set()
    async for line in reader:
        command = json.loads(line)
        task = asyncio.create_task(run(command.pop("id"), command.pop("as"), command.pop("do"), command))
        running.add(task)
        task.add_done_callback(running.discard)
