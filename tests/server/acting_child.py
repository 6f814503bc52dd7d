"""Does confirmed actions until it is killed: `… tests.server.acting_child FILE REDIS SYSTEM ACTION`."""

import sys
from pathlib import Path

from tailback import clock
from tailback.server.config import Source
from tailback.server.loops.act import ActionLoop
from tailback.store.sqlite.store import SqliteStore

file, url, system, action = sys.argv[1:]
source = Source(name="shop", system=system, url=url, write_url=url, actions=(action,))
loop = ActionLoop([source], SqliteStore(Path(file)))
while True:
    loop.once(clock.now())
