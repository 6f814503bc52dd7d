"""The setup page: what an admin changes there is in the file, the store and the audit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tailback import clock
from tailback.server.access import COOKIE
from tailback.server.config import load, read
from tailback.server.config.file import ConfigFile
from tailback.store.access import Role
from tailback.testing.receivers import HttpReceiver
from tests.server.live import Live, job, live_server

PLACES = ("lane", "person", "channel", "channel/test", "token", "token/end")
OWN = {"Sec-Fetch-Site": "same-origin"}
FIELD = re.compile(r'name="(csrf|mark)" value="([^"]+)"')
SECRET = re.compile(r'id="secret">([^<]+)<')


def text_of(port: int) -> str:
    return f"""\
[[lane]]
name = "Receipts"   # money
queue = "emails"
owner = "ana"
schedule = "0 2 * * *"

[[person]]
name = "ana"
channels = ["chat", "mute"]
working_hours = "Mon-Fri 09:00-18:00"
holidays = "PT"

[[channel]]
name = "chat"
kind = "webhook"
url = "http://127.0.0.1:{port}/"
secret = "very secret word"
allow_private = true

[[channel]]
name = "mute"
kind = "webhook"
url = "http://127.0.0.1:9/"
allow_private = true

[[channel]]
name = "odd"
kind = "webhook"
url = "https://"
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[HttpReceiver]:
    opened = HttpReceiver()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("setup") / "tailback.toml"


@pytest.fixture(scope="module")
def live(path: Path, receiver: HttpReceiver) -> Iterator[Live]:
    path.write_text(text_of(receiver.port))
    with live_server(path.with_name("t.db"), load(path)) as server:
        server.running.services.file = ConfigFile(path, lambda text: read(text, str(path)))
        server.send(job("enqueued", clock.now(), "x", queue="exports", job="<b>export"))
        server.lane("exports", lambda lane: lane)
        yield server


@pytest.fixture(autouse=True)
def fresh_file(live: Live, path: Path, receiver: HttpReceiver) -> None:
    path.write_text(text_of(receiver.port))
    path.chmod(0o644)


@contextmanager
def person(live: Live, role: Role) -> Iterator[httpx.Client]:
    now = clock.now()
    user = live.store.users.by_name(role) or live.store.users.create(role, role, now=now)
    assert user is not None
    with live.client(None) as browser:
        browser.cookies.set(COOKIE, live.store.sessions.create(user.id, now=now, ttl_s=600))
        browser.headers.update(OWN)
        yield browser


@pytest.fixture
def admin(live: Live) -> Iterator[httpx.Client]:
    with person(live, "admin") as browser:
        yield browser


def sent(admin: httpx.Client, where: str, **fields: str) -> httpx.Response:
    hidden = dict(FIELD.findall(admin.get("/setup").text))
    return admin.post(f"/setup/{where}", data={**hidden, **fields})


def lane(**fields: str) -> dict[str, str]:
    return {"id": "lane-0", "index": "0", "name": "Receipts", "owner": "ana", **fields}


def audited(live: Live, action: str) -> list[str]:
    return [line.subject for line in live.store.audit.newest(50) if line.action == action]


def test_the_page_shows_the_map_people_channels_and_no_secret(admin: httpx.Client) -> None:
    html = admin.get("/setup").text

    assert "in the file also: schedule" in html
    assert "not configured yet · queue exports" in html
    assert 'name="working_hours" value="Mon-Fri 09:00-18:00"' in html
    assert "in the file, not shown" in html
    assert "Send a test" in html
    assert "15 minutes are assumed" in html
    assert "very secret word" not in html
    assert "<b>export" not in html


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_admins_come_in(live: Live, role: Role) -> None:
    with person(live, role) as browser:
        assert browser.get("/setup").status_code == 403
        for where in PLACES:
            assert browser.post(f"/setup/{where}").status_code == 403
    assert live.get("/setup").status_code == 403


def test_a_change_sent_by_another_page_is_refused(live: Live, admin: httpx.Client) -> None:
    before = len(live.store.tokens.all())
    for where in PLACES:
        answer = admin.post(f"/setup/{where}", data={"scope": "read", "csrf": "0" * 64})
        assert answer.status_code == 403
    assert len(live.store.tokens.all()) == before


def test_a_line_of_the_map_is_saved_with_the_comments_of_the_file(
    live: Live, admin: httpx.Client, path: Path
) -> None:
    answer = sent(
        admin,
        "lane",
        **lane(customer_action="get a receipt", noticed_after="5m", tick="wake_someone"),
    )

    assert answer.headers["location"] == "/setup?done=saved"
    assert "Saved" in admin.get("/setup?done=saved").text
    assert 'name = "Receipts"   # money' in path.read_text()
    saved = load(path).lanes[0]
    assert (saved.customer_action, saved.promise_s, saved.wake_someone) == (
        "get a receipt",
        300,
        True,
    )
    assert audited(live, "change lane")[0] == "Receipts"


def row(table: str, index: int | None, **fields: str) -> dict[str, str]:
    number = "" if index is None else str(index)
    return {"id": f"{table}-{number}" if number else f"new-{table}", "index": number, **fields}


def test_a_person_is_added_changed_and_removed_with_the_comments_of_the_file(
    live: Live, admin: httpx.Client, path: Path
) -> None:
    path.write_text(path.read_text().replace("[[person]]", "# Who is told\n[[person]]"))

    new = row("person", None, name="bo", tick="chat", backup="ana")
    assert sent(admin, "person", **new).headers["location"] == "/setup?done=saved"
    assert load(path).people[1].channels == ("chat",)
    assert load(path).people[1].backup == "ana"

    changed = row("person", 0, name="ana", tick="mute", time_zone="Europe/Lisbon", backup="bo")
    assert sent(admin, "person", **changed).status_code == 303
    ana = load(path).people[0]
    assert (ana.channels, ana.time_zone, ana.working_hours) == (("mute",), "Europe/Lisbon", ())
    assert "# Who is told" in path.read_text()

    sent(admin, "person", **row("person", 0, name="ana", tick="mute"))
    gone = row("person", 1, name="bo", remove="yes")
    assert sent(admin, "person", **gone).headers["location"] == "/setup?done=removed"
    assert [one.name for one in load(path).people] == ["ana"]
    assert "Removed" in admin.get("/setup?done=removed").text
    assert audited(live, "change person")[-1] == "bo"
    assert audited(live, "remove person") == ["bo"]


def test_a_channel_is_added_changed_and_removed_and_its_secret_stays_out_of_sight(
    live: Live, admin: httpx.Client, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK", "https://hooks.example/very-secret-path")
    assert 'value="slack"' in admin.get("/setup?new=slack").text

    new = row("channel", None, kind="slack", name="oncall", url="${SLACK_WEBHOOK}")
    assert sent(admin, "channel", **new).status_code == 303
    assert 'url = "${SLACK_WEBHOOK}"' in path.read_text()
    html = admin.get("/setup").text
    assert 'value="${SLACK_WEBHOOK}"' in html
    assert "very-secret-path" not in html

    kept = row("channel", 0, kind="webhook", name="chat", url="", secret="", tick="allow_private")
    before = path.read_text()
    assert sent(admin, "channel", **kept).status_code == 303
    assert path.read_text() == before

    gone = row("channel", 3, name="oncall", remove="yes")
    assert sent(admin, "channel", **gone).headers["location"] == "/setup?done=removed"
    assert "oncall" not in path.read_text()
    details = [line.detail for line in live.store.audit.newest(50) if "channel" in line.action]
    assert not any("secret-path" in detail or "SLACK" in detail for detail in details)


@pytest.mark.parametrize(
    ("where", "fields", "said"),
    [
        ("channel", row("channel", 0, name="chat", remove="yes"), "chat cannot be removed"),
        ("channel", row("channel", 0, name="chat", secret="plain word"), "holds a secret"),
        ("channel", row("channel", None, kind="odd", name="x"), "is not known"),
        ("channel", row("channel", None, kind="slack", name="x", url="${NOWHERE}"), "NOWHERE"),
        ("person", row("person", 0, name="ana", remove="yes"), "ana cannot be removed"),
        ("person", row("person", 0, name="ana"), "has no channel"),
        ("person", row("person", None, name="cy"), "has no channel"),
        ("person", row("person", 9, name="cy", tick="chat"), "by hand"),
        ("person", row("person", 9, name="cy", remove="yes"), "by hand"),
        ("person", row("person", 0, name="ana", tick="chat", holidays="XX"), "cannot be read"),
        ("lane", row("lane", 0, name="Receipts", owner=""), "has no owner"),
    ],
)
def test_what_would_not_pass_the_check_is_refused_and_said_in_its_line(
    admin: httpx.Client, path: Path, where: str, fields: dict[str, str], said: str
) -> None:
    before = path.read_text()

    answer = sent(admin, where, **fields)

    assert answer.status_code == 409
    assert said in answer.text
    assert "plain word" not in answer.text
    assert path.read_text() == before


def test_a_file_with_a_wrong_value_is_mended_in_its_line(admin: httpx.Client, path: Path) -> None:
    path.write_text(path.read_text().replace('queue = "emails"', 'queue = "emails"\naffects = ""'))
    assert "affects" in admin.get("/setup").text

    assert sent(admin, "lane", **lane(affects="everyone")).status_code == 303
    assert load(path).lanes[0].affects == "everyone"


def test_a_lane_is_taken_out_by_hand_only(admin: httpx.Client, path: Path) -> None:
    assert sent(admin, "lane", **lane(remove="yes")).headers["location"] == "/setup?done=saved"
    assert [one.name for one in load(path).lanes] == ["Receipts"]


def test_what_the_file_lacked_before_does_not_hold_a_change_back(
    admin: httpx.Client, path: Path
) -> None:
    path.write_text(path.read_text() + '\n[[lane]]\nname = "Nobody\'s"\nqueue = "x"\n')

    assert sent(admin, "person", **row("person", 0, name="ana", tick="mute")).status_code == 303


def test_a_queue_that_nobody_configured_becomes_a_lane(admin: httpx.Client, path: Path) -> None:
    form = {"id": "found-0", "index": "", "queue": "exports", "source": "shop", "name": "Exports"}
    answer = sent(admin, "lane", **form, noticed_after="1h", owner="ana")

    assert answer.status_code == 303
    added = load(path).lanes[1]
    assert (added.name, added.queue, added.promise_s, added.owner) == (
        "Exports",
        "exports",
        3600,
        "ana",
    )


def test_a_lane_for_somebody_new_counts_within_seconds(admin: httpx.Client, path: Path) -> None:
    path.write_text(path.read_text() + '\n[[person]]\nname = "bo"\nchannels = ["chat"]\n')

    answer = sent(admin, "lane", **lane(owner="bo"))

    assert answer.headers["location"] == "/setup?done=saved"


def test_a_lane_of_a_new_source_says_that_it_waits_for_a_restart(
    admin: httpx.Client, path: Path
) -> None:
    path.write_text(path.read_text() + '\n[[source]]\nname = "depot"\nsystem = "celery"\n')

    answer = sent(admin, "lane", **lane(noticed_after="3m"))

    assert answer.headers["location"] == "/setup?done=later"
    assert "after a restart" in admin.get("/setup?done=later").text


def test_a_wrong_value_is_named_in_its_line_and_what_was_typed_stays(
    live: Live, admin: httpx.Client, path: Path
) -> None:
    before = path.read_text()
    audits = len(audited(live, "change lane"))

    answer = sent(admin, "lane", **lane(noticed_after="soon", affects="<i>all"))

    assert answer.status_code == 409
    assert "noticed_after &#34;soon&#34; cannot be read" in answer.text
    assert 'value="soon"' in answer.text
    assert 'value="&lt;i&gt;all"' in answer.text
    assert path.read_text() == before
    assert len(audited(live, "change lane")) == audits


def test_a_file_that_is_read_only_changed_wrong_or_gone_is_said(
    live: Live, admin: httpx.Client, path: Path
) -> None:
    path.chmod(0o444)
    html = admin.get("/setup").text
    assert "is read-only for this server" in html
    assert "disabled" in html
    assert sent(admin, "lane", **lane()).status_code == 409

    path.chmod(0o644)
    assert "was changed meanwhile" in sent(admin, "lane", **lane(mark="0")).text

    path.write_text('[[lane]]\nname = "A"\nqueue = "a"\nodd = 1\n')
    assert "unknown key &#34;odd&#34;" in admin.get("/setup").text

    path.unlink()
    assert "cannot be read" in admin.get("/setup").text


def test_a_server_without_a_file_says_how_to_get_one(live: Live, admin: httpx.Client) -> None:
    services = live.running.services
    file, services.file = services.file, None
    try:
        assert "tailback init" in admin.get("/setup").text
        assert "tailback init" in sent(admin, "lane", **lane()).text
    finally:
        services.file = file


def test_a_test_message_really_leaves(
    live: Live, admin: httpx.Client, receiver: HttpReceiver
) -> None:
    answer = sent(admin, "channel/test", channel="chat")

    assert answer.status_code == 200
    assert "chat took the test message" in answer.text
    assert "This is a test of the channel chat, sent by admin" in receiver.received[-1].text
    assert audited(live, "test channel")[0] == "chat"


@pytest.mark.parametrize(("channel", "status"), [("mute", 502), ("odd", 502), ("none", 404)])
def test_a_test_message_that_does_not_arrive_says_why(
    admin: httpx.Client, channel: str, status: int
) -> None:
    answer = sent(admin, "channel/test", channel=channel)

    assert answer.status_code == status
    assert "did not take the test message:" in answer.text or "No channel is called" in answer.text


def test_a_token_is_shown_once_works_and_ends_at_once(live: Live, admin: httpx.Client) -> None:
    made = SECRET.search(sent(admin, "token", scope="read", note="grafana").text)
    assert made is not None
    token = live.store.tokens.find(made.group(1))
    assert token is not None
    headers = {"Authorization": f"Bearer {made.group(1)}"}

    assert made.group(1) not in admin.get("/setup").text
    assert httpx.get(f"{live.url}/metrics", headers=headers, trust_env=False).status_code == 200
    assert sent(admin, "token/end", token=str(token.id)).headers["location"] == "/setup?done=ended"
    assert httpx.get(f"{live.url}/metrics", headers=headers, trust_env=False).status_code == 401
    assert audited(live, "create token")[0] == "read"
    assert audited(live, "end token")[0] == str(token.id)
    assert sent(admin, "token/end", token="x").status_code == 303


def test_a_token_for_sending_belongs_to_one_known_source(live: Live, admin: httpx.Client) -> None:
    assert sent(admin, "token", scope="ingest").status_code == 400
    assert sent(admin, "token", scope="root").status_code == 400
    made = SECRET.search(sent(admin, "token", scope="ingest", source="shop").text)

    assert made is not None
    token = live.store.tokens.find(made.group(1))
    assert token is not None
    assert token.source == "shop"
