"""`tailback doctor`: what does not work is named with what to do about it."""

import json
import sqlite3
from pathlib import Path

import pytest

from tailback import clock
from tailback.cli._place import Local, local_path, write_local
from tailback.server.config import Channel, Config, Server
from tailback.server.confirmed import Confirmations
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import REFUSE, HttpReceiver
from tests.cli.servers import answering
from tests.cli.test_up import tailback
from tests.server.live import live_server, until


def doctor(folder: Path, *args: str) -> tuple[int, list[str]]:
    answer = tailback(folder, "doctor", *args)
    assert "Traceback" not in answer.stderr
    return answer.returncode, answer.stdout.splitlines()


def lines(found: list[str], about: str) -> list[str]:
    return [line for line in found if line[6:].startswith(about)]


def test_before_the_first_start_there_is_nothing_wrong(tmp_path: Path) -> None:
    code, found = doctor(tmp_path)

    assert code == 0
    assert "does not exist yet; `tailback up` makes it" in found[0]
    assert "was never started here" in found[1]


def test_every_finding_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text(
        '[[lane]]\nname = "A"\nqueue = "a"\nnoticed_after = "1m"\n'
    )

    code, found = doctor(tmp_path)

    assert code == 1
    assert found[0].startswith("FAIL  configuration tailback.toml:1")


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(90)]
)
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tailback.db").write_bytes(content)

    code, found = doctor(tmp_path)

    assert code == 1
    assert lines(found, "database")[0].startswith("FAIL  database tailback.db: cannot be opened.")


def test_a_database_that_others_can_read_is_told(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "tailback.db").close()
    (tmp_path / "tailback.db").chmod(0o644)

    code, found = doctor(tmp_path)

    assert code == 1
    assert "chmod 600 tailback.db" in lines(found, "database")[0]


def test_sources_are_read_with_their_notes(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as rows:
        rows.execute("create table jobs (id integer primary key, queue text, at real, done real)")
        rows.execute("insert into jobs (queue, at) values ('mails', 1795000000)")
    rows.close()
    (tmp_path / "tailback.toml").write_text(
        '[[source]]\nname = "app"\n'
        '[[source]]\nname = "shop"\nsystem = "sql"\nurl = "sqlite:///app.db"\n'
        '[source.table]\nname = "jobs"\nqueue = "queue"\ncreated = "at"\n'
        'finished_when = "done is not null"\n'
        '[[source]]\nname = "gone"\nsystem = "rq"\nurl = "redis://:s3cret@127.0.0.1:1/0"\n'
    )

    code, found = doctor(tmp_path)

    assert code == 1
    assert lines(found, "source app") == ["ok    source app: waits for pushed events"]
    assert "sqlite:///app.db is readable, 1 queue" in lines(found, "source shop")[0]
    [gone] = lines(found, "source gone")
    assert gone.startswith("FAIL  source gone: redis://")
    assert "cannot be read" in gone
    assert "s3cret" not in gone
    assert "Check the address" in gone


def test_a_server_that_is_down_is_told_with_the_remedy(tmp_path: Path) -> None:
    write_local(local_path(tmp_path / "tailback.db"), Local("http://127.0.0.1:1", "t"))

    code, found = doctor(tmp_path)

    assert code == 1
    assert "127.0.0.1:1 does not answer" in lines(found, "server")[0]
    assert "Start it with `tailback up`" in lines(found, "server")[0]


def test_a_server_that_does_not_judge_or_knows_no_token_is_told(tmp_path: Path) -> None:
    with answering(b'{"detail": "no"}', 503) as (url, asked):
        write_local(local_path(tmp_path / "tailback.db"), Local(url, "old"))
        code, found = doctor(tmp_path)

    assert asked == ["/healthz", "/api/v1/lanes"]
    assert code == 1
    assert "does not judge" in lines(found, "server")[0]
    assert "is not accepted" in lines(found, "read token")[0]
    assert lines(found, "clock") == ["ok    clock: was not compared"]


@pytest.mark.parametrize(("off", "failed"), [(-3_630, 1), (3_630, 1), (0, 0)])
def test_clocks_that_differ_are_told(tmp_path: Path, off: float, failed: int) -> None:
    body = json.dumps({"as_of": 0.0, "lanes": []}).encode()
    with answering(body, date=clock.now() + off) as (url, _):
        write_local(local_path(tmp_path / "tailback.db"), Local(url, "t"))
        code, found = doctor(tmp_path)

    assert code == failed
    assert ("differs from the server's by 1 h" in lines(found, "clock")[0]) == bool(failed)


def test_a_healthy_server_has_nothing_wrong(tmp_path: Path) -> None:
    with live_server(tmp_path / "tailback.db") as live:
        write_local(local_path(tmp_path / "tailback.db"), Local(live.url, live.token("read")))
        live.lanes()
        code, found = doctor(tmp_path)

    assert code == 0, found
    assert "agrees with the server's" in lines(found, "clock")[0]
    assert "batches taken so far" in lines(found, "database")[0]


def test_what_is_not_proven_is_a_warning_and_a_message_that_arrived_is_remembered(
    tmp_path: Path,
) -> None:
    hook = HttpReceiver()
    (tmp_path / "tailback.toml").write_text(
        f'[[channel]]\nname = "hook"\nkind = "webhook"\nurl = "{hook.url}"\n'
        'secret = "k"\nallow_private = true\n'
        '[[channel]]\nname = "pager"\nkind = "pagerduty"\nrouting_key = "r"\n'
    )
    nowhere = "http://127.0.0.1:1/"
    settings = {"url": nowhere, "routing_key": "r", "allow_private": "true"}
    config = Config(
        server=Server(dead_man_url=nowhere),
        channels=(Channel(name="hook", kind="pagerduty", settings=settings),),
    )
    with live_server(tmp_path / "tailback.db", config) as live:
        write_local(local_path(tmp_path / "tailback.db"), Local(live.url, live.token("read")))
        live.lanes()
        until(lambda: "hook" in live.get("/").text)
        assert "Never used, so nobody knows whether alerts arrive by: hook" in live.get("/").text
        confirmed = Confirmations(live.store)
        confirmed.delivered("pager", clock.now())
        code, found = doctor(tmp_path)
        known = confirmed.delivered_at(["hook"])
    hook.close()

    assert code == 0, found
    assert "not proven to work: confirmed. The board and the log say more" in "".join(found)
    assert "it has taken a message before" in lines(found, "channel pager")[0]
    assert set(known) == {"hook"}


def test_no_finding_commands_the_terminal(tmp_path: Path) -> None:
    nasty = "\x1b[2Jevil\u202e"
    with sqlite3.connect(tmp_path / "app.db") as rows:
        rows.execute("create table jobs (id integer primary key, queue text, at real, done real)")
        rows.execute("insert into jobs (queue, at) values (?, 1795000000)", (nasty,))
    rows.close()
    (tmp_path / "tailback.toml").write_text(
        '[[source]]\nname = "shop"\nsystem = "sql"\nurl = "sqlite:///app.db"\n'
        '[source.table]\nname = "jobs"\nqueue = "queue"\ncreated = "at"\n'
        'finished_when = "done is not null"\n'
    )

    _, found = doctor(tmp_path)

    assert "\x1b" not in "".join(found)
    assert "\u202e" not in "".join(found)


def test_every_channel_is_tried_and_what_refuses_says_why(tmp_path: Path) -> None:
    good, bad = HttpReceiver(), HttpReceiver()
    bad.behaviour = REFUSE
    (tmp_path / "tailback.toml").write_text(
        "".join(
            f'[[channel]]\nname = "{name}"\nkind = "webhook"\nurl = "{to.url}"\n'
            'secret = "k"\nallow_private = true\n'
            for name, to in (("good", good), ("bad", bad))
        )
        + '[[channel]]\nname = "pager"\nkind = "pagerduty"\nrouting_key = "r"\n'
    )

    code, found = doctor(tmp_path)
    good.close()
    bad.close()

    assert code == 1
    assert lines(found, "channel good")[0].startswith("ok    channel good: took a test message")
    assert "did not take a test message: answered 403" in lines(found, "channel bad")[0]
    assert "s3cret" not in "".join(found)
    assert lines(found, "channel pager")[0].startswith("warn  channel pager: is not tried here")
    assert "never taken a message: send a test from the setup page" in "".join(found)
    assert [got.body["title"] for got in good.received] == ["Test message from Tailback"]
