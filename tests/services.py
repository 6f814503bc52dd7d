"""Real brokers and databases for tests: each starts on free ports of its own and is stopped at the end.

A missing service skips the test by name on a developer's machine and fails it when CI is set, so that a
green CI run proves that everything ran.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Rabbit:
    """A RabbitMQ node of our own: `url` for AMQP, `management_url` for its HTTP API."""

    url: str
    management_url: str


def missing(name: str, remedy: str) -> NoReturn:
    """Skip here, fail in CI, in both cases with the name of what is missing."""
    text = f"{name} is not available; {remedy}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    ready: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None
) -> None:
    """Poll `ready` until it is true; fail with `what` when it is not within `START_TIMEOUT_S`."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if process is not None and process.poll() is not None:
            pytest.fail(f"{what} ended with exit code {process.returncode} while starting")
        if time.monotonic() > deadline:
            pytest.fail(f"{what} was not ready within {START_TIMEOUT_S:.0f} s")
        time.sleep(0.05)


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def run_redis(folder: Path, *options: str) -> Iterator[str]:
    """Run a redis-server; yields `redis://127.0.0.1:<port>`. `options` are its own command-line options."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing("redis-server", "install the Debian package redis-server")
    port = free_port()
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: accepts(port), "redis-server", process)
        yield f"redis://127.0.0.1:{port}"
    finally:
        _stop(process)


@contextlib.contextmanager
def run_rabbitmq(folder: Path) -> Iterator[Rabbit]:
    """Run a RabbitMQ node with the management plugin, with its own name, ports and data folder."""
    binary = next(
        (
            p
            for p in ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server"))
            if p and Path(p).exists()
        ),
        None,
    )
    if binary is None:
        missing("rabbitmq-server", "install the Debian package rabbitmq-server")
    amqp, http, dist = free_port(), free_port(), free_port()
    (folder / "plugins").write_text("[rabbitmq_management].\n", encoding="utf-8")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{amqp}\nmanagement.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {http}\n"
        "collect_statistics_interval = 1000\nloopback_users.guest = false\n",
        encoding="utf-8",
    )
    environment = os.environ | {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"tailback-{secrets.token_hex(4)}@localhost",
        "RABBITMQ_NODE_PORT": str(amqp),
        "RABBITMQ_DIST_PORT": str(dist),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": str(folder / "rabbit.log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
    }
    log = (folder / "console.log").open("wb")
    process = subprocess.Popen(
        [binary], env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        wait_until(
            lambda: accepts(amqp) and _answers(f"http://127.0.0.1:{http}/api/overview"),
            "rabbitmq-server",
            process,
        )
        yield Rabbit(
            f"amqp://guest:guest@127.0.0.1:{amqp}//", f"http://guest:guest@127.0.0.1:{http}"
        )
    finally:
        _stop(process)
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextlib.contextmanager
def run_postgres(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database: in a reachable server on 5432, else in one of our own."""
    import psycopg

    for user in ("postgres", os.environ.get("USER", "root"), "root"):
        admin = f"postgresql://{user}@127.0.0.1:5432/postgres"
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(admin, autocommit=True, connect_timeout=2) as connection,
        ):
            name = f"tailback_{secrets.token_hex(6)}"
            connection.execute(f"create database {name}")  # type: ignore[arg-type]
            try:
                yield f"postgresql://{user}@127.0.0.1:5432/{name}"
            finally:
                connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]
            return
    with _own_postgres(folder) as url:
        yield url


@contextlib.contextmanager
def _own_postgres(folder: Path) -> Iterator[str]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    binaries = (
        found[-1].parent if found else Path(shutil.which("initdb") or "/nonexistent/initdb").parent
    )
    if not (binaries / "initdb").exists():
        missing("PostgreSQL", "install the Debian package postgresql")
    # initdb refuses to run as root, so root hands it to the account that the package made.
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    data, port = folder / "data", free_port()
    if become:
        shutil.chown(folder, "postgres")
        for parent in folder.parents[:2]:
            parent.chmod(0o755)
    setup = [
        *become,
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
    ]
    subprocess.run(setup, check=True, capture_output=True)
    server = [
        *become,
        str(binaries / "postgres"),
        "-D",
        str(data),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-k",
        str(folder),
    ]
    process = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: accepts(port), "PostgreSQL", process)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _stop(process)
