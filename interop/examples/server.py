"""`python server.py EXAMPLE`: Telethon, otherwise as it is, trusts the key of CHAPPE_SERVER_KEY; the session names the
server."""

import os
import pathlib
import runpy
import sys

from telethon.crypto import rsa

rsa.add_key(pathlib.Path(os.environ["CHAPPE_SERVER_KEY"]).read_text(), old=False)
runpy.run_path(sys.argv[1], run_name="__main__")
