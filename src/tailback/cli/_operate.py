"""What the commands share that change something on a running server."""

import getpass
import os
from pathlib import Path
from typing import Any

import click
import httpx

from tailback.cli import _place
from tailback.core import wording, wording_alerts

NOT_REACHABLE = 3
REFUSED = 1
_TIMEOUT_S = 15.0


def open_server(config_path: Path | None, database: str | None) -> httpx.Client:
    """Return a client that may operate; ends the command when no server is known."""
    url, token = os.environ.get("TAILBACK_URL"), os.environ.get("TAILBACK_TOKEN")
    if not url or not token:
        path = _place.local_path(_place.find_database(config_path, database))
        local = _place.read_local(path)
        if local is None or not local.operate:
            click.echo(wording.no_server_found(str(path)), err=True)
            raise click.exceptions.Exit(NOT_REACHABLE)
        url, token = local.url, local.operate
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False, headers=headers)


def ask(client: httpx.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """Return the answer; says why and ends the command when there is none."""
    try:
        reply = client.request(method, path, json=body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        click.echo(wording.not_reachable(str(client.base_url), why), err=True)
        raise click.exceptions.Exit(NOT_REACHABLE) from error
    if reply.status_code in (401, 403):
        click.echo(wording_alerts.may_not_operate(str(client.base_url)), err=True)
        raise click.exceptions.Exit(NOT_REACHABLE)
    if reply.is_error:
        click.echo(_detail(reply), err=True)
        raise click.exceptions.Exit(REFUSED)
    answer: dict[str, Any] = reply.json()
    return answer


def me() -> str:
    """Return who types, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody at a terminal"


def _detail(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{reply.status_code} {reply.reason_phrase}"
