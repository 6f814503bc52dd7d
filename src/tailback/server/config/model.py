"""The configuration as values: frozen, checked, with secrets already filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tailback.core.model import Expectation, Lane
from tailback.core.policy.people import Person, WeeklyWindow
from tailback.server.config.problem import Problem

__all__ = [
    "Channel",
    "Config",
    "Heartbeat",
    "Oidc",
    "OutcomeQuery",
    "Person",
    "Server",
    "Silence",
    "Source",
    "WeeklyWindow",
]

ChannelKind = Literal["email", "slack", "webhook", "pagerduty", "apprise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The `[server]` table."""

    listen: str = "127.0.0.1:8765"
    public_url: str | None = None
    database: str = "sqlite:///tailback.db"
    time_zone: str = "UTC"
    dead_man_url: str | None = field(default=None, repr=False)
    review_weekday: int = 0
    review_minute: int = 9 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """The identity provider, and which groups get which role; "*" is everyone it knows."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid email profile"
    name_claim: str = "email"
    groups_claim: str = "groups"
    admins: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One connection to one job system; without `url` only pushed events describe it."""

    name: str
    system: str | None
    url: str | None = field(default=None, repr=False)
    write_url: str | None = field(default=None, repr=False)
    actions: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach people; `settings` holds the keys of its kind, secrets filled in."""

    name: str
    kind: ChannelKind
    settings: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A planned quiet time of one lane, in Unix seconds; `starts_at` None means already."""

    lane: str
    starts_at: float | None
    until: float
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeQuery:
    """A business counter: pushed when `query` is None, else asked for every `every_s`.

    It is asked of the database of `source`, or of the Prometheus at `prometheus`.

    With `expects` it must follow another counter, and speaks for the lane `lane`.
    """

    name: str
    source: str | None = None
    query: str | None = None
    every_s: float = 60.0
    prometheus: str | None = field(default=None, repr=False)
    lane: str | None = None
    expects: Expectation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The secret word under which a scheduled lane reports that it ran."""

    lane: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything `tailback.toml` says; all defaults when there is no file."""

    server: Server = field(default_factory=Server)
    oidc: Oidc | None = None
    sources: tuple[Source, ...] = ()
    lanes: tuple[Lane, ...] = ()
    people: tuple[Person, ...] = ()
    channels: tuple[Channel, ...] = ()
    silences: tuple[Silence, ...] = ()
    outcomes: tuple[OutcomeQuery, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    findings: tuple[Problem, ...] = ()
    """Findings that do not stop a server: `refused` (stop `tailback check`) and `warning`."""
