"""The strict reader: everything of the design is understood, everything else is refused by line."""

from pathlib import Path

import pytest

from tailback.core.model import Expectation
from tailback.server.config import Config, ConfigError, load, read, scrub_url, slug
from tailback.server.config.load import _build
from tailback.server.config.problem import Report
from tailback.server.config.settings import SETTINGS
from tailback.server.config.table import Table
from tailback.server.config.values import duration_s, weekly_windows

WHOLE = """
[server]
listen = "127.0.0.1:8765"
public_url = "https://jobs.example.com/"       # for links in messages
database = "sqlite:///tailback.db"
time_zone = "Europe/Lisbon"
dead_man_url = "${DEAD_MAN_URL}"
review_day = "Mon 09:00"

[oidc]
issuer = "https://id.example.com"
client_id = "tailback"
client_secret = "s"
viewers = ["*"]

[[source]]
name = "shop"
system = "celery"
url = "${BROKER_URL}"
write_url = "${BROKER_WRITE_URL}"

[[source]]
name = "shop-db"
system = "sql"
url = "postgresql://reader@db/shop"
[source.table]
name = "jobs"
created = "created_at"
unfinished_when = "done_at is null"

[[lane]]
name = "Receipt emails"
source = "shop"
queue = "emails"
jobs = [
  "shop.send_receipt",   # the one that matters
]
customer_action = "get a receipt after paying"
noticed_after = "5m"
affects = "every paying customer"
accounts = "tenant"
wake_someone = true
owner = "ana"
owner_for = { "third-party error" = "bo" }
max_attempts = 6
max_retry_age = "1h"
expects = { from = "payments.succeeded", within = "5m", ratio = 0.95 }
schedule = "0 2 * * *"

[[person]]
name = "ana"
channels = ["ana-mail", "oncall-slack"]
working_hours = "Mon-Fri 09:00-18:00"
time_zone = "Europe/Lisbon"
holidays = "PT"
backup = "bo"

[[person]]
name = "bo"
channels = ["oncall-slack"]

[[channel]]
name = "ana-mail"
kind = "email"
to = "ana@example.com"
smtp = "smtp://user:${SMTP_PASSWORD}@mail.example.com:587"
from = "tailback@example.com"

[[channel]]
name = "oncall-slack"
kind = "slack"
url = "${SLACK_WEBHOOK}"

[[silence]]
lane = "receipt-emails"
from = "2026-12-01 22:00"
until = "2026-12-02 02:00"
reason = "mail provider maintenance"

[[outcome]]
name = "payments.succeeded"
source = "shop-db"
query = "select count(*) from payments where at > :since and at <= :until"
every = "1m"

[[heartbeat]]
lane = "Receipt emails"
token = "${NIGHTLY_PING}"
"""
ENV = {
    "DEAD_MAN_URL": "https://dead.example.com/x",
    "BROKER_URL": "redis://:s3cret@broker/0",
    "BROKER_WRITE_URL": "redis://writer:s3cret@broker/0",
    "SMTP_PASSWORD": "hunter2",
    "SLACK_WEBHOOK": "https://hooks.example.com/T0/B0",
    "NIGHTLY_PING": "nightly-secret",
}
LANE = '[[lane]]\nname = "A"\nqueue = "a"\nnoticed_after = "1m"\nowner = "ana"\n'
PERSON = '[[person]]\nname = "ana"\nchannels = ["c"]\n'
CHANNEL = '[[channel]]\nname = "c"\nkind = "slack"\nurl = "https://x"\n'


def problems(text: str, env: dict[str, str] | None = None) -> list[str]:
    """Every finding of a text, as `line: key: wrong. remedy`."""
    try:
        config = read(text, "t", env or {})
    except ConfigError as error:
        return [str(problem).removeprefix("t:") for problem in error.problems]
    return [str(problem).removeprefix("t:") for problem in config.findings]


def test_the_whole_file_of_the_design_is_understood() -> None:
    config = read(WHOLE, env=ENV)

    assert config.findings == ()
    assert config.server.public_url == "https://jobs.example.com"
    assert (config.server.review_weekday, config.server.review_minute) == (0, 540)
    assert config.sources[0].url == "redis://:s3cret@broker/0"
    assert config.sources[1].options["table"]["created"] == "created_at"
    lane = config.lanes[0]
    assert (lane.key, lane.source, lane.jobs) == ("receipt-emails", "shop", ("shop.send_receipt",))
    assert (lane.promise_s, lane.promise_assumed, lane.max_retry_age_s) == (300.0, False, 3600.0)
    assert lane.expects == Expectation(upstream="payments.succeeded", within_s=300.0, ratio=0.95)
    assert lane.owner_for == {"third-party error": "bo"}
    assert config.people[1].time_zone == "Europe/Lisbon"
    assert config.channels[0].settings["smtp"] == "smtp://user:hunter2@mail.example.com:587"
    assert config.silences[0].until - (config.silences[0].starts_at or 0) == 4 * 3600
    assert config.heartbeats[0].lane == "receipt-emails"


def test_no_file_at_all_is_a_configuration() -> None:
    config = Config()

    assert config.server.listen == "127.0.0.1:8765"
    assert config.lanes == ()
    assert read("") == Config()


def test_every_key_that_is_read_is_documented_and_the_other_way_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, set[str]] = {}
    real = Table.raw

    def noting(self: Table, key: str) -> object:
        name = ".".join(str(part) for part in self.path if not isinstance(part, int))
        asked.setdefault(name, set()).add(key)
        return real(self, key)

    monkeypatch.setattr(Table, "raw", noting)
    read(WHOLE, env=ENV)
    for kind in ("webhook", "pagerduty", "apprise"):
        problems(f'[[channel]]\nname = "c"\nkind = "{kind}"\n')

    asked.pop("lane.owner_for")
    asked["source"].discard("table")
    asked["source"] -= {"utc", "time_zone"}
    assert {table: set(keys) for table, keys in SETTINGS.items()} == asked


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[server]\nlistn = 1", '2: [server] listn: unknown key "listn". Did you mean "listen"?'),
        ("[serwer]\n", '1: [serwer]: unknown table "serwer". Did you mean "server"?'),
        ("server = 3", "1: [server]: is not a table. Write [server] on a line of its own."),
        ("[lane]\nname='x'", "1: [lane]: [lane] must be repeated tables. Write [[lane]]."),
        ('[server]\nlisten = "8765"', '2: [server] listen: "8765" cannot be read. Write host'),
        ('[server]\nlisten = "a:99999"', '2: [server] listen: "a:99999" cannot be read.'),
        ('[server]\ndatabase = "mysql://x"', "2: [server] database: is not a database address."),
        ('[server]\npublic_url = "jobs"', "2: [server] public_url: is not a web address."),
        ('[server]\ntime_zone = "Lisbon"', '2: [server] time_zone: "Lisbon" is not a time zone.'),
        ('[server]\nreview_day = "Noday 9"', '2: [server] review_day: "Noday 9" cannot be read.'),
        ("[server]\nlisten = 5", "2: [server] listen: is a whole number. Write text in quotes."),
        ('[server]\nlisten = ""', "2: [server] listen: is empty. Write a value or remove"),
        ('[[source]]\nsystem = "celery"', '1: [[source]] 1: "name" is missing. Give the source'),
        (
            '[[source]]\nname="s"\nsystem = "celry"',
            '3: [[source]] 1 system: "celry" is not known. Did you mean "celery"?',
        ),
        ('[[source]]\nname="s"\nurl = "redis://x"', "3: [[source]] 1 url: has no job system."),
        (
            '[[source]]\nname="s"\nsystem="sql"\nurl="sqlite:///x"\n[source.table]\ncreatd="x"',
            '6: [[source]] 1 table.creatd: unknown key "creatd". Did you mean "created"?',
        ),
        ('[[lane]]\nqueue = "q"', '1: [[lane]] 1: "name" is missing. Give the lane a name'),
        ('[[lane]]\nname = "A"', '1: [[lane]] 1: "queue" is missing. Say which queue'),
        (LANE + 'noticed_afer = "1m"', '6: [[lane]] 1 noticed_afer: unknown key "noticed_afer".'),
        (LANE.replace('"1m"', '"1 minute"'), '4: [[lane]] 1 noticed_after: "1 minute" cannot'),
        (LANE.replace('"1m"', '"0s"'), "4: [[lane]] 1 noticed_after: must be longer than zero."),
        (LANE.replace('"1m"', "5"), "4: [[lane]] 1 noticed_after: is a whole number. Write text"),
        (LANE + 'key = "A b"', '6: [[lane]] 1 key: "A b" cannot be a key. Write "a-b".'),
        (LANE + 'accounts = "user"', "6: [[lane]] 1 accounts: 'user' is not known."),
        (
            LANE + 'wake_someone = "yes"',
            "6: [[lane]] 1 wake_someone: is text. Write true or false",
        ),
        (
            LANE + "max_attempts = 0",
            "6: [[lane]] 1 max_attempts: 0 is too small. Write at least 1",
        ),
        (LANE + "max_attempts = 1.5", "6: [[lane]] 1 max_attempts: is a number. Write a whole"),
        (LANE + 'schedule = "at two"', '6: [[lane]] 1 schedule: "at two" cannot be read.'),
        (LANE + "jobs = [1]", "6: [[lane]] 1 jobs: is a list. Write a list of texts"),
        (LANE + "expects = 3", "6: [[lane]] 1 expects: is a whole number. Write a table"),
        (LANE + "expects = { within = '1m' }", '6: [[lane]] 1 expects: "from" is missing.'),
        (LANE + "expects = { from = 'x' }", '6: [[lane]] 1 expects: "within" is missing.'),
        (
            LANE + "expects = { from = 'x', within = '1m', ratio = 2 }",
            "6: [[lane]] 1 expects.ratio: 2 is not a share. Write a number above 0, at most 1.",
        ),
        (
            LANE + 'customer_action = "cannot pay"',
            '6: [[lane]] 1 customer_action: already says "cannot".',
        ),
        (LANE, '5: [[lane]] 1 owner: no person is called "ana". Add [[person]] name = "ana".'),
        (
            LANE.replace('"ana"', '"anna"') + PERSON + CHANNEL,
            '5: [[lane]] 1 owner: no person is called "anna". Did you mean "ana"?',
        ),
        (
            LANE + LANE + PERSON + CHANNEL,
            '6: [[lane]] 2 key: "a" is already used by [[lane]] 1. Give each lane its own key.',
        ),
        (
            LANE + 'source = "x"\n[[source]]\nname = "s"\n' + PERSON + CHANNEL,
            '6: [[lane]] 1 source: no source is called "x". Sources: s.',
        ),
        (
            '[[source]]\nname="s"\n[[source]]\nname="t"\n' + LANE + PERSON + CHANNEL,
            '5: [[lane]] 1 source: "source" is missing and there are several.',
        ),
        (PERSON, '3: [[person]] 1 channels: no channel is called "c". Add [[channel]]'),
        (PERSON + 'backup = "ana"' + "\n" + CHANNEL, "4: [[person]] 1 backup: no other person"),
        (
            PERSON + 'working_hours = "always"\n' + CHANNEL,
            '4: [[person]] 1 working_hours: "always"',
        ),
        (PERSON + 'holidays = "Atlantis"\n' + CHANNEL, '4: [[person]] 1 holidays: "Atlantis"'),
        ('[[channel]]\nname="c"\nkind="pigeon"', '3: [[channel]] 1 kind: "pigeon" is not known.'),
        ('[[channel]]\nname="c"\nkind="email"', '1: [[channel]] 1: "to" is missing.'),
        (CHANNEL + 'to = "x"', '5: [[channel]] 1 to: unknown key "to".'),
        ('[[silence]]\nlane = "x"', '1: [[silence]] 1 until: "until" is missing. A silence must'),
        (
            '[[silence]]\nlane = "x"\nfrom = "2026-01-02"\nuntil = "2026-01-01"',
            "4: [[silence]] 1 until: is not after from.",
        ),
        ('[[silence]]\nlane="x"\nuntil="soon"', '3: [[silence]] 1 until: "soon" is not a moment.'),
        (
            '[[silence]]\nlane = "b"\nuntil = "2026-01-01"\n' + LANE + PERSON + CHANNEL,
            '2: [[silence]] 1 lane: no lane is called "b".',
        ),
        (
            '[[outcome]]\nname="x"\nquery="select 1"',
            '1: [[outcome]] 1 source: "source" is missing',
        ),
        (
            '[[outcome]]\nname="x"\nquery="select 1"\nsource="db"',
            '4: [[outcome]] 1 source: no source is called "db".',
        ),
        (
            '[[outcome]]\nname="x"\nprometheus="http://p"\nquery="sum(x)"',
            '4: [[outcome]] 1 query: ":window" is missing',
        ),
        (
            '[[outcome]]\nname="x"\nprometheus="http://p"\nsource="y"\nquery="x[:window]"',
            "3: [[outcome]] 1 prometheus: is asked beside a source.",
        ),
        (
            '[[outcome]]\nname="x"\nprometheus="http://p"',
            '1: [[outcome]] 1 query: "query" is missing',
        ),
        (
            '[[outcome]]\nname="x"\nlane="mail"',
            '1: [[outcome]] 1 expects: "expects" is missing',
        ),
        (
            '[[outcome]]\nname="x"\nexpects={from="y", within="5m"}',
            '1: [[outcome]] 1 lane: "lane" is missing',
        ),
        (
            '[[outcome]]\nname="x"\nlane="mail"\nexpects={from="y", within="5m"}',
            '3: [[outcome]] 1 lane: no lane is called "mail".',
        ),
        (
            '[[lane]]\nname="mail"\nqueue="m"\nexpects={from="y", within="5m"}\n[[outcome]]\nname="x"\nlane="mail"\nexpects={from="y", within="5m"}',
            '7: [[outcome]] 1 lane: "mail" follows a counter already.',
        ),
        ("[server\n", "1: file: not valid TOML:"),
        ('[server]\nlisten = "a\n', "2: file: not valid TOML:"),
    ],
)
def test_a_mistake_is_named_with_line_key_and_remedy(text: str, finding: str) -> None:
    assert any(found.startswith(finding) for found in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ('actions = ["retry"]', "needs a write_url"),
        ('write_url = "redis://h/0"\nactions = ["revoke"]', '"revoke" is not possible'),
        ('write_url = "redis://h/0"\nactions = ["retry", "discard"]', ""),
    ],
)
def test_actions_need_an_account_that_writes_and_a_system_that_can(
    lines: str, finding: str
) -> None:
    found = "\n".join(problems(f'[[source]]\nname = "a"\nsystem = "rq"\n{lines}\n'))

    assert (finding in found) if finding else ("actions" not in found)


def test_every_mistake_of_a_file_is_reported_in_one_run() -> None:
    found = problems("[server]\nfoo = 1\n[[lane]]\nbar = 2\n[[person]]\nbaz = 3\n")

    assert len(found) >= 6
    lines = [int(text.split(":")[0]) for text in found]
    assert lines == sorted(lines)


def test_a_missing_variable_is_named_and_its_value_never_shown() -> None:
    (found,) = problems('[server]\ndead_man_url = "${NOWHERE}"')

    assert found.startswith(
        "2: [server] dead_man_url: the environment variable NOWHERE is not set"
    )
    assert read('[server]\nlisten = "$${X}:1"', env={}).server.listen == "${X}:1"


def test_a_lane_without_owner_is_refused_by_check_but_not_by_the_server() -> None:
    config = read('[[lane]]\nname = "A"\nqueue = "a"\nnoticed_after = "1m"', env={})

    assert [finding.severity for finding in config.findings] == ["refused"]
    assert "nobody is told" in config.findings[0].wrong


def test_an_assumed_promise_is_only_a_warning() -> None:
    config = read(LANE.replace('noticed_after = "1m"\n', "") + PERSON + CHANNEL, env={})

    assert [finding.severity for finding in config.findings] == ["warning"]
    assert config.lanes[0].promise_assumed


def test_secrets_are_in_no_representation() -> None:
    told = repr(read(WHOLE, env=ENV))

    for secret in ("s3cret", "hunter2", "nightly-secret", "/T0/B0"):
        assert secret not in told


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: file: No such file"):
        load(tmp_path / "nowhere.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"bad\.toml:1: file: is not UTF-8"):
        load(tmp_path / "bad.toml")


def test_lines_are_found_behind_long_values() -> None:
    text = '[server]\nlisten = """\n[[lane]]\nx = 1\n"""\n\n[[lane]]\njobs = [\n "a",\n "b" ]\nfoo = 1'

    found = problems(text)

    assert any(line.startswith('11: [[lane]] 1 foo: unknown key "foo"') for line in found)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400), ("1w", 604_800)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 parsecs", "-5m", "5m3", "1h-3m"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        duration_s(text)


def test_weekly_hours_may_run_over_the_weekend_and_midnight() -> None:
    first, second = weekly_windows("Fri-Mon 22:00-06:00, Wed 09:00-24:00")

    assert first.weekdays == {4, 5, 6, 0}
    assert (first.from_minute, first.until_minute) == (1320, 360)
    assert (second.weekdays, second.until_minute) == ({2}, 1440)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Receipt emails", "receipt-emails"),
        ("A/B  c!", "a-b-c"),
        ("Überweisung", "überweisung"),
        ("!", "lane"),
    ],
)
def test_the_key_of_a_lane_is_the_slug_of_its_name(name: str, key: str) -> None:
    assert slug(name) == key


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:s3cret@host:6379/0", "redis://host:6379/0"),
        ("amqp://user:p%40ss@host/vhost?x=s3cret#f", "amqp://user@host/vhost"),
        ("postgresql://host/db?password=s3cret", "postgresql://host/db"),
        ("user:s3cret@host", "(hidden)"),
        ("http://[broken", "(unreadable URL)"),
    ],
)
def test_addresses_are_shown_without_their_secrets(url: str, shown: str) -> None:
    assert scrub_url(url) == shown


def test_a_report_without_lines_points_at_the_first() -> None:
    report = Report("t")
    _build({"nonsense": 1}, report, {})

    assert report.sorted()[0].where == "t:1"


def test_a_rota_stands_for_people_who_take_turns() -> None:
    channel = '[[channel]]\nname = "c"\nkind = "webhook"\nurl = "https://a.example/"\n'
    rota = '[[person]]\nname = "support"\nturns = ["ana"]\nhand_over = "Tue 09:30"\n'
    found = read(PERSON + channel + rota)

    assert found.findings == ()
    assert (found.people[1].turns, found.people[1].hand_over) == (("ana",), (1, 570))
    for wrong, said in (
        (rota.replace('"ana"', '"support"'), 'no person is called "support"'),
        (rota + 'channels = ["c"]\n', "has turns and channels"),
        (rota.replace("Tue", "Any"), "Write a day and an hour"),
    ):
        with pytest.raises(ConfigError) as caught:
            read(PERSON + channel + wrong)
        assert said in str(caught.value)
