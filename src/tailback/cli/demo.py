"""`tailback demo`: a shop whose receipts stop, and what Tailback says before customers notice."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from tailback.cli._demo.brokers import Broker, CeleryBroker, HueyBroker, NotPossibleError
from tailback.cli._demo.screen import Screen
from tailback.cli._demo.stage import SIGNALS, PlayerEndedError, Stage
from tailback.cli._demo.story import NotSeenError, Story
from tailback.cli._demo.watch import NoAnswerError, Watch
from tailback.core import wording_demo as wording

NOT_SEEN = 1
INTERRUPTED = 130


@click.command("demo")
@click.option("--once", is_flag=True, help="Play it unattended and exit: 0 when all was seen.")
@click.option("--system", type=click.Choice(["huey", "celery"]), default="huey")
@click.option("--url", help="The empty Redis database for --system celery.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the board; 0: free.")
@click.option("--keep", is_flag=True, help="Keep configuration, databases and logs.")
def command(*, once: bool, system: str, url: str | None, port: int, keep: bool) -> int:
    """Break a real shop's receipt e-mails, show the alarm in time, and mend them.

    Needs nothing installed or running. Exit 0: every step was seen through the public API,
    1: one was not, with the reason.
    """
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="tailback-demo-"))
    try:
        with _interruptible():
            return _play(console, folder, _broker(system, url, folder), port=port, once=once)
    except NotPossibleError as error:
        raise click.UsageError(str(error)) from error
    finally:
        if keep:
            console.print(wording.kept(str(folder)), soft_wrap=True, markup=False)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _play(console: Console, folder: Path, broker: Broker, *, port: int, once: bool) -> int:
    stage = Stage(folder, broker, port)
    finished = False
    try:
        with Screen(console) as screen:
            screen.tell(wording.opening(broker.title, str(folder)))
            stage.start()
            screen.tell(wording.board(stage.link))
            watch = Watch(stage.url, stage.token, folder, broker, stage.mail)
            with contextlib.closing(watch):
                story = Story(stage, watch, screen)
                story.play()
                finished = True
                if not once:
                    screen.tell(wording.still_open(stage.url))
                    story.stay()
    except (NotSeenError, NoAnswerError, PlayerEndedError) as error:
        console.print(str(error), style="bold red", soft_wrap=True, markup=False)
        return NOT_SEEN
    except KeyboardInterrupt:
        return 0 if finished else INTERRUPTED
    finally:
        stage.close()
    return 0


def _broker(system: str, url: str | None, folder: Path) -> Broker:
    if system == "huey":
        if url is not None:
            raise NotPossibleError(wording.embedded_only())
        return HueyBroker(folder)
    if url is None:
        raise NotPossibleError(wording.needs_url(system))
    if not url.startswith(("redis://", "rediss://")):
        raise NotPossibleError(wording.only_redis(url))
    return CeleryBroker(url)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """End as after Ctrl+C when asked to stop or when the terminal goes away."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
