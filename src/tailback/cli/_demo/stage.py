"""The stage: a folder, a mail server, Tailback, the shop and its workers, and how they all end."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tailback.cli import _place
from tailback.cli._demo.brokers import Broker, NotPossibleError
from tailback.cli._demo.mail import OWNER, MailServer
from tailback.core import wording_demo as wording

SHOP = Path(__file__).parent / "shop"
PROMISE_S = 60.0
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
TAIL_CHARS = 1500
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LINK = re.compile(r"http://\S+/welcome/\S+")
_DSN = re.compile(r"TAILBACK_DSN=(\S+)")
_CONFIG = """\
[[source]]
name = "shop"
system = "{system}"
url = "{url}"

[[lane]]
name = "Receipt emails"
queue = "receipts"
customer_action = "get a receipt after paying"
affects = "every paying customer"
noticed_after = "{promise}s"
owner = "ana"

[[lane]]
name = "Exports"
queue = "exports"
customer_action = "download an export"
noticed_after = "10m"
owner = "ana"

[[person]]
name = "ana"
channels = ["ana-mail"]

[[channel]]
name = "ana-mail"
kind = "email"
to = "{owner}"
from = "tailback@example.com"
smtp = "smtp://127.0.0.1:{smtp_port}"
"""


class PlayerEndedError(Exception):
    """A process of the demo ended by itself; the text says which and what it said last."""


@dataclass(frozen=True, slots=True)
class Player:
    """One process of the demo, leader of a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-TAIL_CHARS:]


class Stage:
    """Starts everything in `folder`; `close` ends every process, however far it got."""

    def __init__(self, folder: Path, broker: Broker, port: int) -> None:
        """Prepare the folder; `port` 0 takes a free one for the board."""
        self.folder = folder
        self.broker = broker
        self.link = ""
        self.url = ""
        self.token = ""
        self._port = port
        self._players: list[Player] = []
        self.mail = MailServer()
        shutil.copytree(SHOP / "templates", folder / "templates")
        self._template = folder / "templates" / "receipt.txt"
        self._right = self._template.read_text(encoding="utf-8")

    def start(self) -> None:
        """Start Tailback, then the workers and the shop under `tailback run`."""
        dsn = self._start_server()
        environment = {
            **self.broker.environment,
            "PYTHONPATH": str(SHOP),
            "PYTHONUNBUFFERED": "1",
            "SHOP_SMTP_PORT": str(self.mail.port),
            "TAILBACK_DSN": dsn,
            "TAILBACK_TENANT_ARG": "account",
        }
        run = (sys.executable, "-m", "tailback", "run")
        for queue, command in self.broker.workers().items():
            self._play(f"worker-{queue}", (*run, *command), environment)
        shop = (sys.executable, "-m", "shop", self.broker.jobs)
        self._play("shop", (*run, *shop), environment)

    def break_template(self) -> str:
        """Edit the template as somebody in a hurry would; return its broken line."""
        wrong = self._right.replace("customer.name", "customer.first_name")
        self._template.write_text(wrong, encoding="utf-8")
        return wrong.splitlines()[0]

    def mend_template(self) -> None:
        self._template.write_text(self._right, encoding="utf-8")

    def check(self) -> None:
        """Raise PlayerEndedError when something that should run does not."""
        for player in self._players:
            code = player.process.poll()
            if code is not None:
                raise PlayerEndedError(wording.ended(player.name, code, player.tail()))

    def close(self) -> None:
        """End shop and workers, then Tailback; further signals meanwhile change nothing."""
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
        try:
            _end([player.process for player in self._players[1:]])
            _end([player.process for player in self._players[:1]])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        self.mail.close()
        self.broker.close()

    def _start_server(self) -> str:
        config = self.folder / "tailback.toml"
        config.write_text(
            _CONFIG.format(
                system=self.broker.system,
                url=self.broker.url,
                promise=int(PROMISE_S),
                smtp_port=self.mail.port,
                owner=OWNER,
            ),
            encoding="utf-8",
        )
        listen = f"127.0.0.1:{self._port}"
        command = (sys.executable, "-m", "tailback", "up", "--config", str(config))
        database = f"sqlite:///{self.folder / 'tailback.db'}"
        server = self._play("tailback", (*command, "--listen", listen, "--database", database), {})
        said = self._wait_for(server, _DSN)
        self.link = self._wait_for(server, _LINK)[0]
        local = _place.read_local(_place.local_path(self.folder / "tailback.db"))
        if local is None:
            raise NotPossibleError(wording.no_answer("it left no local.json"))
        self.url, self.token = local.url, local.token
        return said[1]

    def _wait_for(self, player: Player, pattern: re.Pattern[str]) -> re.Match[str]:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            found = pattern.search(player.log.read_text(encoding="utf-8", errors="replace"))
            if found is not None:
                return found
            self.check()
            time.sleep(0.05)
        raise NotPossibleError(wording.no_answer(player.tail()))

    def _play(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Player:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - commands of this folder
                command,
                cwd=self.folder,
                env={**_clean(os.environ), "PYTHONUNBUFFERED": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        player = Player(name, process, log)
        self._players.append(player)
        return player


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the person's own Tailback may have set."""
    return {name: value for name, value in environment.items() if not name.startswith("TAILBACK_")}


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask whole process groups to end, then make them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
