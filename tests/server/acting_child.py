"""Does confirmed actions until it is killed: `python -m tests.server.acting_child FILE REDIS`."""

import sys
from pathlib import Path

from tailback import clock
from tailback.server.config import Source
from tailback.server.loops.act import ActionLoop
from tailback.store.sqlite.store import SqliteStore

file, url = sys.argv[1:]
source = Source(name="shop", system="rq", url=url, write_url=url, actions=("retry",))
loop = ActionLoop([source], SqliteStore(Path(file)))
while True:
    loop.once(clock.now())
