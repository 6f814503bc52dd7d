"""Reads `tailback.toml`: one strict pass that finds every problem and its remedy."""

from tailback.server.config.load import load, read
from tailback.server.config.model import (
    Channel,
    Config,
    Heartbeat,
    Oidc,
    OutcomeQuery,
    Person,
    Server,
    Silence,
    Source,
    WeeklyWindow,
)
from tailback.server.config.problem import ConfigError, Problem
from tailback.server.config.settings import documented_settings
from tailback.server.config.values import scrub_url, slug

__all__ = [
    "Channel",
    "Config",
    "ConfigError",
    "Heartbeat",
    "Oidc",
    "OutcomeQuery",
    "Person",
    "Problem",
    "Server",
    "Silence",
    "Source",
    "WeeklyWindow",
    "documented_settings",
    "load",
    "read",
    "scrub_url",
    "slug",
]
