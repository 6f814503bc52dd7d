"""`tailback status`: the board in a terminal."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import click
import httpx
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from tailback.cli import _place
from tailback.cli._board import CODES, BoardPicture, shown
from tailback.core import wording

NOT_REACHABLE = 3
EVERY_S = 2.0
_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: the text of the answer, or why there is none."""

    text: str = ""
    problem: str | None = None

    def code(self) -> int:
        """Return the exit code that the worst lane asks for; nothing measured is not healthy."""
        if self.problem is not None:
            return NOT_REACHABLE
        verdicts = [lane["verdict"] for lane in json.loads(self.text)["lanes"]]
        return max((CODES[verdict] for verdict in verdicts), default=1)


@click.command("status")
@_place.place_options
@click.option("--json", "as_json", is_flag=True, help="What GET /api/v1/lanes answers.")
@click.option("--watch", is_flag=True, help="Go on until Ctrl+C.")
def command(config_path: Path | None, database: str | None, as_json: bool, watch: bool) -> int:
    """Show the lanes, worst first.

    Exit 0: all healthy, 1: slow or unknown, 2: stuck or missing, 3: no answer or not allowed.
    """
    url, token = find_server(config_path, database)
    with httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        if watch:
            return _watch(client, as_json=as_json)
        answer = ask(client)
        if answer.problem is not None:
            click.echo(shown(answer.problem), err=True)
        elif as_json:
            click.echo(answer.text)
        else:
            Console().print(BoardPicture(json.loads(answer.text)))
        return answer.code()


def find_server(config_path: Path | None, database: str | None) -> tuple[str, str]:
    """Return address and read token: of the environment, else of `local.json`."""
    url, token = os.environ.get("TAILBACK_URL"), os.environ.get("TAILBACK_TOKEN")
    if url and token:
        return url, token
    path = _place.local_path(_place.find_database(config_path, database))
    local = _place.read_local(path)
    if local is None:
        click.echo(wording.no_server_found(str(path)), err=True)
        raise click.exceptions.Exit(NOT_REACHABLE)
    return local.url, local.token


def ask(client: httpx.Client) -> Answer:
    """Return the lanes, or in words why they cannot be had."""
    try:
        reply = client.get("/api/v1/lanes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        return Answer(problem=wording.not_reachable(str(client.base_url), why))
    if reply.status_code in (401, 403):
        return Answer(problem=wording.not_allowed(str(client.base_url)))
    if reply.status_code != httpx.codes.OK:
        return Answer(problem=wording.not_reachable(str(client.base_url), f"{reply.status_code}"))
    if not _is_board(reply):
        return Answer(problem=wording.no_tailback(str(client.base_url)))
    return Answer(text=reply.text)


def _is_board(reply: httpx.Response) -> bool:
    try:
        said = reply.json()
        return all(lane["verdict"] in CODES for lane in said["lanes"]) and bool(said["as_of"])
    except (ValueError, KeyError, TypeError):
        return False


def _watch(client: httpx.Client, *, as_json: bool) -> int:
    answer = Answer()
    try:
        if as_json:
            while True:
                answer = ask(client)
                click.echo(answer.text or json.dumps({"problem": answer.problem}))
                time.sleep(EVERY_S)
        with Live(console=Console(), auto_refresh=False, screen=False) as live:
            while True:
                answer = ask(client)
                live.update(_now_shown(answer), refresh=True)
                time.sleep(EVERY_S)
    except KeyboardInterrupt:
        return answer.code()


def _now_shown(answer: Answer) -> RenderableType:
    if answer.problem is not None:
        return Text(shown(answer.problem), style="bold white on red")
    return BoardPicture(json.loads(answer.text))
