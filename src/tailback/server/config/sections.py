"""Turns each table of the file into its frozen value, checking what one table can tell alone."""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from cronsim import CronSim, CronSimError

from tailback import systems
from tailback.core.model import Expectation, Lane
from tailback.core.timetable import NO_SCHEDULE
from tailback.server.config.model import (
    Channel,
    Heartbeat,
    OutcomeQuery,
    Person,
    Server,
    Silence,
    Source,
)
from tailback.server.config.problem import did_you_mean
from tailback.server.config.table import Table
from tailback.server.config.values import (
    clock_minute,
    is_time_zone,
    listen_address,
    moment,
    slug,
    weekday,
    weekly_windows,
)

WINDOW = ":window"
_DEFAULT = Server()
_DATABASES = ("sqlite://", "postgresql://", "postgres://")
CHANNEL_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "email": (("to", "smtp", "from"), ()),
    "slack": (("url",), ()),
    "webhook": (("url",), ("secret",)),
    "pagerduty": (("routing_key",), ("url",)),
    "apprise": (("url",), ()),
}
WEB_KINDS = ("slack", "webhook", "pagerduty")


def read_server(table: Table) -> Server:
    """Read `[server]`."""
    day = table.parsed("review_day", _day_and_minute, 'Write a day and an hour: "Mon 09:00".')
    listen = table.text("listen")
    if listen is not None:
        table.parsed("listen", listen_address, 'Write host and port: "127.0.0.1:8765".')
    database = table.text("database")
    if database is not None and not database.startswith(_DATABASES):
        remedy = 'Write "sqlite:///tailback.db" or "postgresql://user@host/name".'
        table.wrong("database", "is not a database address", remedy)
    public_url = _web_url(table, "public_url")
    server = Server(
        listen=listen or _DEFAULT.listen,
        public_url=public_url.rstrip("/") if public_url else None,
        database=database or _DEFAULT.database,
        time_zone=_zone(table) or _DEFAULT.time_zone,
        dead_man_url=_web_url(table, "dead_man_url"),
        review_weekday=day[0] if day else _DEFAULT.review_weekday,
        review_minute=day[1] if day else _DEFAULT.review_minute,
    )
    table.refuse_unknown()
    return server


def read_source(table: Table) -> Source:
    """Read one `[[source]]`; further keys belong to the job system, which names them."""
    name = table.text("name", required='Give the source a name: name = "shop".')
    system = table.choice("system", systems.NAMES)
    url = table.text("url")
    if url and not table.has("system"):
        remedy = f'Say which one: system = "{systems.NAMES[0]}" (or {", ".join(systems.NAMES)}).'
        table.wrong("url", "has no job system", remedy)
    options: dict[str, Any] = {}
    for key, known in _options_of(system).items():
        if table.has(key):
            options[key] = table.anything(key)
            _refuse_unknown_inside(table, key, known)
    write_url = table.text("write_url")
    source = Source(
        name=name or "",
        system=system,
        url=url,
        write_url=write_url,
        actions=_actions(table, system, write_url),
        options=options,
    )
    table.refuse_unknown()
    return source


def read_lane(table: Table) -> Lane:
    """Read one `[[lane]]`; source, owner and key are checked later against the other tables."""
    name = table.text("name", required='Give the lane a name: name = "Receipt emails".') or ""
    queue = table.text("queue", required='Say which queue: queue = "emails".') or ""
    key = table.text("key")
    if key is not None and slug(key) != key:
        table.wrong("key", f'"{key}" cannot be a key', f'Write "{slug(key)}".')
    promise = table.duration("noticed_after")
    if not table.has("noticed_after"):
        remedy = 'Say when a customer notices: noticed_after = "5m".'
        table.wrong("noticed_after", "is not set, so 15 minutes are assumed", remedy, "warning")
    attempts = table.number("max_attempts", at_least=1, whole=True)
    lane = Lane(
        key=key or slug(name),
        name=name,
        source=table.text("source") or "",
        queue=queue,
        jobs=table.texts("jobs"),
        customer_action=_action(table),
        promise_s=promise if promise is not None else 900.0,
        promise_assumed=promise is None,
        affects=table.text("affects"),
        accounts=_accounts(table),
        wake_someone=table.flag("wake_someone") or False,
        owner=table.text("owner"),
        owner_for=_owner_for(table),
        max_attempts=int(attempts) if attempts is not None else None,
        max_retry_age_s=table.duration("max_retry_age"),
        expects=_expects(table),
        schedule=table.parsed(
            "schedule", _cron, 'Write five cron fields, "0 2 * * *", or "none".'
        ),
    )
    table.refuse_unknown()
    return lane


def read_person(table: Table) -> Person:
    """Read one `[[person]]`; the time zone defaults to the server's, filled in later as ""."""
    hours = table.parsed(
        "working_hours", weekly_windows, 'Write days and hours: "Mon-Fri 09:00-18:00".'
    )
    hand_over = table.parsed("hand_over", _day_and_minute, 'Write a day and an hour: "Mon 09:00".')
    person = Person(
        name=table.text("name", required='Give the person a name: name = "ana".') or "",
        channels=table.texts("channels"),
        working_hours=hours or (),
        time_zone=_zone(table) or "",
        holidays=table.parsed("holidays", _country, 'Write a country code such as "PT".'),
        backup=table.text("backup"),
        turns=table.texts("turns"),
        hand_over=hand_over or (0, 0),
    )
    table.refuse_unknown()
    return person


def read_channel(table: Table) -> Channel | None:
    """Read one `[[channel]]`; which keys it may have depends on its kind."""
    name = table.text("name", required='Give the channel a name: name = "ana-mail".') or ""
    kind: Any = table.choice("kind", CHANNEL_KEYS, required=True)
    if kind is None:
        return None
    needed, optional = CHANNEL_KEYS[kind]
    settings = {}
    for key in (*needed, *optional):
        remedy = f"A channel of kind {kind} needs: {', '.join(needed)}."
        value = table.text(key, required=remedy if key in needed else None)
        if value is not None:
            settings[key] = value
    if kind in WEB_KINDS and table.flag("allow_private"):
        settings["allow_private"] = "true"
    table.refuse_unknown()
    return Channel(name=name, kind=kind, settings=settings)


def read_silence(table: Table, zone: str) -> Silence | None:
    """Read one `[[silence]]`; local times are in the server's zone."""
    lane = table.text("lane", required='Say which lane: lane = "receipt-emails".')
    starts = _moment(table, "from", zone)
    until = _moment(table, "until", zone)
    if not table.has("until"):
        remedy = 'A silence must end: until = "2026-12-02 02:00".'
        table.wrong("until", '"until" is missing', remedy)
    elif starts is not None and until is not None and until <= starts:
        table.wrong("until", "is not after from", "Write a later moment.")
    reason = table.text("reason")
    table.refuse_unknown()
    if lane is None or until is None:
        return None
    return Silence(lane=lane, starts_at=starts, until=until, reason=reason)


def read_outcome(table: Table) -> OutcomeQuery:
    """Read one `[[outcome]]`: pushed by name alone, or asked for with source, query and every."""
    name = table.text("name", required='Name the counter: name = "payments.succeeded".') or ""
    query = table.text("query")
    source = table.text("source")
    prometheus = _web_url(table, "prometheus")
    if (query is None) != (not table.has("source") and not table.has("prometheus")):
        missing = "query" if query is None else "source"
        table.wrong(missing, f'"{missing}" is missing', "Write both source and query, or neither.")
    if table.has("source") and table.has("prometheus"):
        table.wrong("prometheus", "is asked beside a source", "Leave one of the two.")
    if prometheus is not None and query is not None and WINDOW not in query:
        remedy = 'Write: query = "sum(increase(payments_total[:window]))".'
        table.wrong("query", f'"{WINDOW}" is missing', remedy)
    every = table.duration("every")
    lane, expects = table.text("lane"), _expects(table)
    if table.has("expects") != table.has("lane"):
        missing = "lane" if lane is None else "expects"
        remedy = "Write both: which lane it speaks for, and what it must follow."
        table.wrong(missing, f'"{missing}" is missing', remedy)
    table.refuse_unknown()
    if expects is not None:
        expects = replace(expects, downstream=name)
    return OutcomeQuery(
        name=name,
        source=source,
        query=query,
        every_s=every or 60.0,
        prometheus=prometheus,
        lane=lane,
        expects=expects,
    )


def read_heartbeat(table: Table) -> Heartbeat:
    """Read one `[[heartbeat]]`."""
    lane = table.text("lane", required='Say which lane: lane = "nightly-report".') or ""
    token = table.text("token", required='Give a secret word: token = "${NIGHTLY_PING}".') or ""
    table.refuse_unknown()
    return Heartbeat(lane=lane, token=token)


def _options_of(system: str | None) -> dict[str, tuple[str, ...]]:
    """Return the further keys a job system knows, with the keys inside each that is a table."""
    if system is None:
        return {}
    module = importlib.import_module(f"tailback.systems.{system}")
    names = tuple(getattr(module, "OPTIONS", ()))
    return {name: tuple(getattr(module, f"{name.upper()}_KEYS", ())) for name in names}


def _actions(table: Table, system: str | None, write_url: str | None) -> tuple[str, ...]:
    """Return what people may have done to jobs; none unless the file switches it on."""
    actions = table.texts("actions")
    if actions and write_url is None:
        remedy = 'Add write_url = "${BROKER_WRITE_URL}", an account that may change jobs.'
        table.wrong("actions", "needs a write_url", remedy)
        return ()
    known = systems.load(system).at(write_url or "").actions if system else {}
    for action in actions:
        if action not in known:
            remedy = f"Possible there: {', '.join(known) or 'none'}."
            table.wrong("actions", f'"{action}" is not possible with this job system', remedy)
    return tuple(action for action in actions if action in known)


def _refuse_unknown_inside(table: Table, key: str, known: tuple[str, ...]) -> None:
    value = table.values[key]
    if not known or not isinstance(value, dict):
        return
    nested = table.table(key)
    for name in value:
        if nested is not None and name not in known:
            remedy = did_you_mean(name, known, f"Known keys: {', '.join(sorted(known))}.")
            nested.wrong(name, f'unknown key "{name}"', remedy)


def _zone(table: Table) -> str | None:
    zone = table.text("time_zone")
    if zone is None or is_time_zone(zone):
        return zone
    remedy = did_you_mean(zone, _zones(), 'Write a name such as "Europe/Lisbon".')
    table.wrong("time_zone", f'"{zone}" is not a time zone', remedy)
    return None


def _zones() -> set[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415 - slow, only for a remedy

    return available_timezones()


def _web_url(table: Table, key: str) -> str | None:
    url = table.text(key)
    if url is not None and not url.startswith(("http://", "https://")):
        table.wrong(key, "is not a web address", 'Write "https://…".')
        return None
    return url


def _action(table: Table) -> str | None:
    action = table.text("customer_action")
    if action is not None and action.lower().startswith(("customers cannot", "cannot ")):
        remedy = 'Write only what completes "Customers cannot …": "get a receipt after paying".'
        table.wrong("customer_action", 'already says "cannot"', remedy)
    return action.strip().rstrip(".") if action else None


def _accounts(table: Table) -> Literal["tenant", "job"] | int:
    value = table.raw("accounts")
    if value is None or value in ("tenant", "job"):
        return value or "tenant"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    table.wrong("accounts", f"{value!r} is not known", 'Write "tenant", "job" or a number.')
    return "tenant"


def _owner_for(table: Table) -> dict[str, str]:
    nested = table.table("owner_for")
    if nested is None:
        return {}
    pairs = {bucket: nested.text(bucket) for bucket in nested.values}
    return {bucket: owner for bucket, owner in pairs.items() if owner}


def _expects(table: Table) -> Expectation | None:
    nested = table.table("expects")
    if nested is None:
        return None
    upstream = nested.text("from", required='Name the counter: from = "payments.succeeded".')
    within = nested.duration("within", required='Say how soon: within = "5m".')
    ratio = nested.number("ratio", at_least=0.0)
    if ratio is not None and not 0 < ratio <= 1:
        nested.wrong("ratio", f"{ratio:g} is not a share", "Write a number above 0, at most 1.")
    nested.refuse_unknown()
    if upstream is None or within is None:
        return None
    return Expectation(
        upstream=upstream, within_s=within, ratio=ratio if ratio is not None else 1.0
    )


def _cron(text: str) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - any moment proves the syntax

    if text == NO_SCHEDULE:
        return text
    try:
        CronSim(text, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(text) from error
    return text


def _country(code: str) -> str:
    import holidays  # noqa: PLC0415 - big, and rarely configured

    if code.partition("-")[0] not in holidays.list_supported_countries():
        raise ValueError(code)
    return code


def _moment(table: Table, key: str, zone: str) -> float | None:
    value = table.raw(key)
    if value is None:
        return None
    try:
        return moment(value, zone)
    except ValueError:
        remedy = 'Write a date and time: "2026-12-02 02:00".'
        table.wrong(key, f'"{value}" is not a moment', remedy)
        return None


def _day_and_minute(text: str) -> tuple[int, int]:
    day, _, clock = text.strip().partition(" ")
    return weekday(day), clock_minute(clock.strip())
