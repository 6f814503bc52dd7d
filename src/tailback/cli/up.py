"""`tailback up`: the server."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from tailback import clock, systems
from tailback.cli import _logs, _place
from tailback.core import wording
from tailback.server.access import LINK_PURPOSE, LINK_TTL_S
from tailback.server.app import Running, assemble
from tailback.server.config import Config, Source, read
from tailback.server.config.file import ConfigFile
from tailback.server.config.problem import did_you_mean
from tailback.server.loops.reload import ReloadLoop
from tailback.server.loops.thread import LoopThread
from tailback.server.serve import ListenError, bind, serve
from tailback.store.access import Scope
from tailback.store.sqlite.store import SqliteStore

PUSHED_SOURCE = "app"

_log = logging.getLogger(__name__)


@click.command("up")
@_place.place_options
@click.option("--listen", help="HOST:PORT; 127.0.0.1:8765 when neither here nor in the file.")
@click.option("--source", "sources", multiple=True, help="SYSTEM=URL; may be repeated.")
@click.option("--log-format", type=click.Choice(["auto", "json", "plain"]), default="auto")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info")
def command(
    config_path: Path | None,
    database: str | None,
    listen: str | None,
    sources: tuple[str, ...],
    log_format: str,
    log_level: str,
) -> None:
    """Start the server; no file is needed."""
    _logs.set_up(log_format, log_level)
    path = _place.config_file(config_path)
    config = _read(path, database, sources)
    for finding in config.findings:
        _log.warning("configuration", extra={"finding": str(finding)})
    file = _place.database_path(config.server.database)
    if not file.absolute().parent.is_dir():
        message = f"The folder {file.absolute().parent} does not exist; create it first."
        raise click.UsageError(message)
    try:
        listener = bind(listen or config.server.listen)
    except (ListenError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    host, port = listener.getsockname()[:2]
    address = reachable(host, port)
    store = SqliteStore(file)
    store.hold()
    local = _local(store, _place.local_path(file), config, f"http://{address}")
    running = assemble(config, store, address)
    if path is not None:
        _use_file(running, path, config, database, sources)
    # Before the first answer, so that whoever sees the server answer finds the file as well.
    _place.write_local(_place.local_path(file), local)

    def ready() -> None:
        link = store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=LINK_TTL_S, subject="admin")
        _log.info("serving", extra={"address": address, "database": str(file)})
        base = config.server.public_url or f"http://{address}"
        click.echo(wording.up_ready(f"{base}/welcome/{link}"))
        for source, token in local.ingest.items():
            click.echo(f"TAILBACK_DSN=http://{token}@{address}/{source}")

    serve(running, listener, ready)


def _read(path: Path | None, database: str | None, sources: tuple[str, ...]) -> Config:
    return with_sources(_place.read_config(path, database), sources)


def _use_file(
    running: Running, path: Path, config: Config, database: str | None, sources: tuple[str, ...]
) -> None:
    """Let the setup page change the file, and take over what is changed in it."""

    def judge(text: str) -> Config:
        return with_sources(read(text, str(path)), sources)

    running.services.file = ConfigFile(path, judge)
    again = partial(_read, path, database, sources)
    loop = ReloadLoop(path, config, again, running.go_by)
    running.loops.append(LoopThread("reload", loop, clock.now))


def with_sources(config: Config, given: tuple[str, ...]) -> Config:
    """Add the sources of the command line, named SYSTEM, then SYSTEM-2 and so on."""
    if not given:
        return config
    taken = {source.name for source in config.sources}
    added = []
    for text in given:
        system, equals, url = text.partition("=")
        if not equals or not url:
            message = f"--source {system}: write SYSTEM=URL, such as celery=redis://host:6379/0."
            raise click.UsageError(message)
        if system not in systems.NAMES:
            remedy = did_you_mean(system, systems.NAMES, f"Known: {', '.join(systems.NAMES)}.")
            raise click.UsageError(f'--source: "{system}" is not known. {remedy}')
        name, number = system, 2
        while name in taken:
            name, number = f"{system}-{number}", number + 1
        taken.add(name)
        added.append(Source(name=name, system=system, url=url))
    lanes = config.lanes
    if not config.sources and len(added) == 1:
        lanes = tuple(replace(lane, source=lane.source or added[0].name) for lane in lanes)
    return replace(config, sources=(*config.sources, *added), lanes=lanes)


def reachable(host: str, port: int) -> str:
    """Return how a program on this machine reaches what listens on `host`."""
    if host == "0.0.0.0":  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _local(store: SqliteStore, path: Path, config: Config, url: str) -> _place.Local:
    """Return the tokens this machine uses: those of the last start while they are valid."""
    known = _place.read_local(path) or _place.Local()
    now = clock.now()
    token = _still_valid(store, known.token, "read", now)
    operate = _still_valid(store, known.operate, "operate", now)
    ingest = {}
    for name in [source.name for source in config.sources] or [PUSHED_SOURCE]:
        secret = known.ingest.get(name, "")
        held = store.tokens.find(secret) if secret else None
        if held is None or held.scope != "ingest" or held.source != name:
            secret, _ = store.tokens.create(
                "ingest", now=now, source=name, note="local.json", created_by="up"
            )
        ingest[name] = secret
    return _place.Local(url, token, ingest, operate)


def _still_valid(store: SqliteStore, secret: str, scope: Scope, now: float) -> str:
    found = store.tokens.find(secret) if secret else None
    if found is not None and found.scope == scope:
        return secret
    return store.tokens.create(scope, now=now, note="local.json", created_by="up")[0]
