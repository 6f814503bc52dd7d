"""Where a server keeps its things: configuration, database, and `local.json` beside it."""

import json
import os
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from tailback.server.config import Config, Server, load

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_CONFIG = "tailback.toml"
_SQLITE = "sqlite://"


@dataclass(slots=True)
class Local:
    """What `tailback up` leaves for commands on the same machine; readable by its owner only."""

    url: str = ""
    token: str = ""
    ingest: dict[str, str] = field(default_factory=dict)
    operate: str = ""


def place_options(command: F) -> F:
    """Add --config and --database to a command."""
    config = click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"The configuration file; {DEFAULT_CONFIG} here when it exists.",
    )
    database = click.option("--database", help='Such as "sqlite:///tailback.db".')
    return config(database(command))


def config_file(config_path: Path | None) -> Path | None:
    """Return the named file, else the default one where it exists."""
    default = Path(DEFAULT_CONFIG)
    return default if config_path is None and default.exists() else config_path


def read_config(config_path: Path | None, database: str | None = None) -> Config:
    """Return the configuration of a command: the named file, the default one, or none at all."""
    path = config_file(config_path)
    config = load(path) if path is not None else Config()
    if database is not None:
        config = replace(config, server=replace(config.server, database=database))
    return config


def find_database(config_path: Path | None, database: str | None) -> Path:
    """Return the database file of a command that needs nothing else of the configuration.

    Secrets of the environment may be missing, so the file is not judged here.
    """
    if database is None:
        path = config_path or Path(DEFAULT_CONFIG)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if config_path is not None:
                raise click.UsageError(f"There is no file {path}.") from None
            values = {}
        except (OSError, ValueError) as error:
            raise click.UsageError(f"{path} cannot be read: {error}.") from error
        server = values.get("server")
        said = server.get("database") if isinstance(server, dict) else None
        database = said if isinstance(said, str) else Server().database
    return database_path(database)


def database_path(url: str) -> Path:
    """Return the file of a `sqlite:///` address; UsageError for what this version cannot open."""
    if not url.startswith(_SQLITE):
        message = 'Only SQLite databases can be opened: write "sqlite:///tailback.db".'
        raise click.UsageError(message)
    path = url.removeprefix(_SQLITE).removeprefix("/")
    if not path:
        raise click.UsageError('The database has no file name: write "sqlite:///tailback.db".')
    return Path(path)


def local_path(database: Path) -> Path:
    """Return the place of `local.json` of a database."""
    return database.parent / "local.json"


def read_local(path: Path) -> Local | None:
    """Return what the last `tailback up` left; None when there is nothing readable."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        ingest, operate = dict(said.get("ingest", {})), str(said.get("operate", ""))
        return Local(str(said["url"]), str(said["token"]), ingest, operate)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_local(path: Path, local: Local) -> None:
    """Replace `local.json` as a whole, with mode 0600 from its first byte."""
    said = {
        "url": local.url,
        "token": local.token,
        "operate": local.operate,
        "ingest": local.ingest,
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".local-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=2)
            file.write("\n")
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
