"""Telethon for a server of ours."""

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession


def client(server, name=None, **options):
    """A client: logged in as the account `name` on a device of its own, or as nobody without a name. Not connected yet:
    use it in an `async with`, or call `connect()`. `options` are those of Telethon's `TelegramClient`."""
    rsa.add_key(server.facts["public_key"], old=False)
    session = StringSession(server.session(name)["telethon"] if name else None)
    if not name:
        session.set_dc(server.facts["dc_id"], server.host, server.port)
    return TelegramClient(session, 4242, "any", **options)
