"""`tailback doctor`: tests what a server depends on, in plain words with remedies."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import click
import httpx

from tailback import clock, systems
from tailback.cli import _operate, _place
from tailback.core import wording
from tailback.core.text import clean_name
from tailback.server.channel_test import try_channel
from tailback.server.compose import shown_notes
from tailback.server.config import Channel, Config, Source, scrub_url
from tailback.server.confirmed import Confirmations
from tailback.server.loops.probe import describe
from tailback.store.errors import StoreError
from tailback.store.sqlite.store import SqliteStore

WARN_BITS = 0o077
MAX_SKEW_S = 5.0
MAX_LOOKS = 20
MAX_NOTES = 20
MAX_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tested; `remedy` is set when it failed, or is only a `warning`."""

    what: str
    says: str
    remedy: str | None = None
    warning: bool = False


@click.command("doctor")
@_place.place_options
def command(config_path: Path | None, database: str | None) -> int:
    """Test configuration, database, sources, channels and server; exit 1 when one fails."""
    config = _place.read_config(config_path, database)
    failed = 0
    for finding in _all(config):
        failed += finding.remedy is not None and not finding.warning
        line = wording.doctor_line(
            finding.what, finding.says, finding.remedy, warning=finding.warning
        )
        click.echo(clean_name(line, MAX_CHARS))
    return int(failed > 0)


def _all(config: Config) -> Iterator[Finding]:
    for problem in config.findings:
        wrong = f"{problem.key}: {problem.wrong}"
        warning = problem.severity == "warning"
        yield Finding(f"configuration {problem.where}", wrong, problem.remedy, warning=warning)
    file = _place.database_path(config.server.database)
    yield _database(file)
    for source in config.sources:
        yield _source(source)
    for channel in config.channels:
        yield _channel(channel, file)
    yield from _server(_place.local_path(file))


def _database(file: Path) -> Finding:
    what = f"database {file}"
    if not file.exists():
        return Finding(what, "does not exist yet; `tailback up` makes it")
    try:
        with SqliteStore(file) as store:
            offset = store.log.last_offset()
    except StoreError as error:
        return Finding(what, "cannot be opened", str(error))
    if file.stat().st_mode & WARN_BITS and os.name == "posix":
        remedy = f"It holds error texts and accounts: chmod 600 {file}"
        return Finding(what, "is readable by other people", remedy)
    return Finding(what, wording.count(offset, "batch", "batches") + " taken so far")


def _source(source: Source) -> Finding:
    what = f"source {source.name}"
    if source.url is None or source.system is None:
        return Finding(what, "waits for pushed events")
    shown = scrub_url(source.url)
    try:
        probe = systems.load_probe(source.system).open_probe(
            source.name, source.url, source.options
        )
        try:
            queues = probe.discover()
            looks = probe.read(queues[:MAX_LOOKS], clock.now()) if queues else []
        finally:
            probe.close()
    except Exception as error:  # noqa: BLE001 - whatever a client library raises is the finding
        remedy = "Check the address, the account's rights, and the network from this machine."
        return Finding(what, f"{shown} cannot be read: {describe(error, source)}", remedy)
    says = f"{shown} is readable, {wording.count(len(queues), 'queue')}"
    noted = [
        f"{clean_name(look.queue, 60)}: {n}" for look in looks for n in shown_notes(look.notes)
    ]
    return Finding(what, "; ".join([says, *noted[:MAX_NOTES]]))


def _channel(channel: Channel, database: Path) -> Finding:
    """Send a test message: only the other side knows whether it takes one."""
    what = f"channel {channel.name}"
    if channel.kind == "pagerduty":
        says = "is not tried here, as it may wake somebody"
        if _delivered(channel, database):
            return Finding(what, f"{says}; it has taken a message before")
        remedy = "It has never taken a message: send a test from the setup page."
        return Finding(what, says, remedy, warning=True)
    receipt = try_channel(channel, _operate.me(), clock.now())
    if receipt.ok:
        _delivered(channel, database, clock.now())
        return Finding(what, f"took a test message ({channel.kind}); look whether it has arrived")
    remedy = "Mend this channel in the file: alerts to it go to the next person instead."
    return Finding(what, f"did not take a test message: {receipt.reason}", remedy)


def _delivered(channel: Channel, database: Path, at: float | None = None) -> bool:
    """Note that a channel took a message at `at`; return whether it ever did, as is known."""
    if not database.exists():
        return at is not None
    try:
        with SqliteStore(database) as store:
            confirmed = Confirmations(store)
            if at is not None:
                confirmed.delivered(channel.name, at)
            return bool(confirmed.delivered_at([channel.name]))
    except StoreError:  # told of the database already
        return at is not None


def _server(path: Path) -> Iterator[Finding]:
    local = _place.read_local(path)
    if local is None:
        yield Finding("server", f"was never started here ({path} does not exist)")
        return
    headers = {"Authorization": f"Bearer {local.token}"}
    try:
        with httpx.Client(base_url=local.url, headers=headers, trust_env=False) as client:
            health = client.get("/healthz")
            lanes = client.get("/api/v1/lanes")
    except httpx.HTTPError as error:
        why = f"{local.url} does not answer: {error}"
        yield Finding("server", why, "Start it with `tailback up`.")
        return
    for check in (_health, _token, _clock):
        yield check(health, lanes)


def _health(health: httpx.Response, _lanes: httpx.Response) -> Finding:
    if health.status_code == httpx.codes.OK:
        unproven = _unproven(health)
        if not unproven:
            return Finding("server", "takes events and judges lanes")
        says = f"takes events and judges lanes, but is not proven to work: {', '.join(unproven)}"
        return Finding("server", says, "The board and the log say more.", warning=True)
    try:
        why = clean_name(str(health.json()["status"]), 200)
    except (ValueError, KeyError, TypeError):
        why = "does not judge"
    return Finding("server", why, "Read its log; restart it if it says nothing.")


def _unproven(health: httpx.Response) -> list[str]:
    try:
        return [clean_name(str(part), 40) for part in health.json()["unproven"]]
    except (ValueError, KeyError, TypeError):
        return []


def _token(_health: httpx.Response, lanes: httpx.Response) -> Finding:
    if lanes.status_code == httpx.codes.OK:
        return Finding("read token", "is accepted")
    return Finding("read token", "is not accepted", "Restart `tailback up`: it makes a new one.")


def _clock(_health: httpx.Response, lanes: httpx.Response) -> Finding:
    try:
        theirs = parsedate_to_datetime(lanes.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return Finding("clock", "was not compared")
    skew = abs(clock.now() - theirs)
    if skew > MAX_SKEW_S:
        remedy = "Let both machines follow a time server; ages are wrong by this much."
        return Finding("clock", f"differs from the server's by {wording.duration(skew)}", remedy)
    return Finding("clock", "agrees with the server's")
