"""The accounts, indexes and settings of the docs pages, used exactly as they are written there."""

import re
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from tailback import systems
from tailback.testing.redis_guard import READ_ONLY_RULES
from tailback.testing.rig import now

ACCOUNT = re.compile(r"ACL SETUSER (tailback) on >(PASSWORD) (.+)")
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
OUTBOX = """
create table email_outbox (
  id bigint primary key generated always as identity, queue text, kind text, created_at timestamptz,
  send_after timestamptz, claimed_at timestamptz, sent_at timestamptz, failed_at timestamptz,
  tries int default 0, last_error text, account text, payload text)
"""


def page(repo_root: Path, name: str) -> str:
    return (repo_root / f"docs/systems/{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["celery", "rq", "huey"])
def test_the_redis_account_of_the_page_reads_and_does_no_more(
    repo_root: Path, redis_url: str, name: str
) -> None:
    account, password, rules = ACCOUNT.search(page(repo_root, name)).groups()
    url = redis_url.replace("redis://", f"redis://{account}:{password}@")
    with Redis.from_url(redis_url) as admin:
        admin.execute_command(
            "ACL", "SETUSER", account, "reset", "on", f">{password}", *rules.split()
        )

    with closing(systems.load_probe(name).open_probe("shop", url, {})) as probe:
        assert probe.discover() == []
        (reading,) = probe.read(["emails"], now())
        with Redis.from_url(url) as looking, pytest.raises(Exception, match="no permissions"):
            looking.set("a", "b")

    assert reading.waiting == 0
    # The contract of every system runs with the same rules.
    assert set(rules.split()) <= set(READ_ONLY_RULES)


@pytest.fixture
def outbox(postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("drop table if exists email_outbox")
        admin.execute(OUTBOX)
        yield admin
        admin.execute("drop table email_outbox")


def test_the_account_and_indexes_of_the_sql_page_serve_its_settings(
    repo_root: Path, postgres: str, outbox: psycopg.Connection
) -> None:
    text = page(repo_root, "sql")
    settings = tomllib.loads(TOML.search(text)[1])["source"][0]["table"]
    grants, indexes = SQL.findall(text)
    role = f"look_{secrets.token_hex(4)}"
    for statement in (grants + indexes).split(";"):
        if statement.strip():
            outbox.execute(re.sub(r"\btailback\b", role, statement).encode())
    outbox.execute(
        "insert into email_outbox (queue, created_at) values ('emails', now() - interval '1 hour')"
    )
    parts = urlsplit(postgres)
    url = f"postgresql://{role}@{parts.hostname}:{parts.port}{parts.path}"

    with closing(systems.load_probe("sql").open_probe("shop", url, {"table": settings})) as probe:
        (reading,) = probe.read(["email_outbox"], now())

    assert now() - reading.oldest_due_at == pytest.approx(3600, abs=60)
    with psycopg.connect(url) as looking, pytest.raises(psycopg.errors.InsufficientPrivilege):
        looking.execute("select payload from email_outbox")
    outbox.execute(f"drop owned by {role}; drop role {role}".encode())
