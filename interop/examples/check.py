"""Runs every Python example with Telethon as it is but for the connection: what would be sent has to be the bytes that
this project's library makes of the same call in Telethon's layer. Prints how many there were."""

import contextlib
import io
import json
import os
import pathlib
import runpy
import sys

import telethon

SOURCES = pathlib.Path(__file__).parent / "sources"
sent = None


class Recorder:
    def __init__(self, session, api_id, api_hash):
        pass

    async def connect(self):
        pass

    async def disconnect(self):
        pass

    async def __call__(self, request):
        global sent
        sent = bytes(request).hex()


telethon.TelegramClient = Recorder
os.environ.update(SESSION="", API_ID="4242", API_HASH="any")
requests = json.loads((SOURCES / "requests.json").read_text())
failures = []
files = sorted((SOURCES / "python").glob("*.py"))
for file in files:
    sent, why = None, ""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(str(file), run_name="__main__")
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}"
    expected = requests[file.stem]["python"]
    if sent != expected:
        failures.append(f"{file.name}: {why or f'sent {sent}, expected {expected}'}")
if failures:
    sys.exit(f"{len(failures)} of {len(files)} differ:\n" + "\n".join(failures))
print(len(files))
