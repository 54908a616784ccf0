"""A Telegram server for tests: starts `chappe serve`, and asks it over its control interface."""

import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

__all__ = ["ControlError", "Server", "start"]


class ControlError(Exception):
    """What the server answered when it refused a request: a word, the cause and the cure."""

    def __init__(self, status, problem):
        super().__init__(f"{problem['cause']}; {problem['cure']}")
        self.status = status
        self.error = problem["error"]


class Server:
    """A running server. `facts` is what `chappe serve --print-json` prints. Stops at the end of a `with`."""

    def __init__(self, facts, process=None, log=None):
        self.facts = facts
        self.host = facts["data_centres"][0]["host"]
        self.port = facts["data_centres"][0]["port"]
        self._process = process
        self._log = log

    def request(self, method, path, body=None):
        """Any request of docs/control.md."""
        control = self.facts["control"]
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {control['token']}"}
        request = urllib.request.Request(control["url"] + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(error.code, json.loads(error.read())) from None
        return json.loads(text) if text else None

    def account(self, name, **more):
        """The account of this name, made if there is none: phone, first_name, username, password, bot, contacts, …"""
        return self.request("POST", "/v1/accounts", {"name": name, **more})

    def session(self, name):
        """Another device of an account, logged in, as session texts: gramjs, telethon, pyrogram, chappe."""
        return self.request("POST", f"/v1/accounts/{quote(name, safe='')}/sessions")

    def call(self, name, method, **params):
        """Calls a method of the API as an account, without a client."""
        path = f"/v1/accounts/{quote(name, safe='')}/call"
        return self.request("POST", path, {"method": method, "params": params})["result"]

    def code(self, to, seconds=5):
        """The code that was sent to a phone number or a mail address; waits for it."""
        return self.request("GET", f"/v1/codes/{quote(to, safe='')}?wait={seconds}")["code"]

    def advance(self, seconds):
        """Sets the server's clock ahead."""
        return self.request("POST", "/v1/clock/advance", {"seconds": seconds})

    def fault(self, fault, **rule):
        """Lets something go wrong: `fault("flood_wait", seconds=3, method="messages.sendMessage", times=1)`."""
        return self.request("POST", "/v1/faults", {"fault": fault, **rule})

    def clear_faults(self):
        self.request("DELETE", "/v1/faults")

    def calls(self, **wanted):
        """What the server was asked last, the newest first: method, user, errors, after, limit, wait."""
        return self.request("GET", f"/v1/calls?{urlencode(wanted)}")

    def fork(self):
        """Another server that begins with the world of this one, as it is now."""
        kept = self.request("POST", "/v1/snapshots")["id"]
        facts = self.request("POST", f"/v1/snapshots/{kept}/fork")
        self.request("DELETE", f"/v1/snapshots/{kept}")
        return Server(facts)

    def stop(self):
        if self._process is None:
            self.request("POST", "/v1/stop")
            return
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def start(world=None, args=(), binary=None):
    """Starts a server. `world` is a world file, or its text; `args` are further arguments of `chappe serve`; the program
    is `binary`, else CHAPPE_BIN from the environment, else `chappe` on the PATH."""
    binary = binary or os.environ.get("CHAPPE_BIN", "chappe")
    is_text = world is not None and "\n" in str(world)
    given = [] if world is None else ["--world", "-" if is_text else str(world)]
    command = [binary, "serve", "--print-json", "--test-key", "--control", "127.0.0.1:0", *given, *args]
    log = tempfile.TemporaryFile()
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    except FileNotFoundError:
        log.close()
        raise RuntimeError(f"{binary} cannot be started: set CHAPPE_BIN to the program") from None
    try:
        process.stdin.write(world.encode() if is_text else b"")
        process.stdin.close()
    except BrokenPipeError:
        pass  # It ended before it read: the log says why.
    line = process.stdout.readline()
    if not line:
        process.wait()
        process.stdout.close()
        with log:
            log.seek(0)
            raise RuntimeError(log.read().decode(errors="replace").strip() or f"{binary} has ended")
    return Server(json.loads(line), process, log)
