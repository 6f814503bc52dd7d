"""What the agent is told by its environment; nothing here ever raises into the app."""

from urllib.parse import unquote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# name -> (default, meaning); the one table of the agent's options, rendered into the docs.
OPTIONS = {
    "TAILBACK_DSN": ("", "where events go: http://<ingest token>@host:port/<source>"),
    "TAILBACK_TENANT_ARG": ("", "names of job arguments that hold the account, first wins"),
    "TAILBACK_RELEASE": ("", "release name sent with every event"),
    "TAILBACK_FLUSH_S": ("0.5", "seconds that events are gathered before they are sent, 0.05-10"),
    "TAILBACK_DEBUG": ("", "1: log every batch and the trace of every error inside the agent"),
}
FLUSH_S_RANGE = (0.05, 10.0)


class DsnError(ValueError):
    """The DSN cannot be used; the text is the middle of a sentence and holds no secret."""


class Dsn:
    """One server, one ingest token, one source."""

    __slots__ = ("host", "path", "port", "secure", "source", "token")

    def __init__(
        self, *, secure: bool, host: str, port: int, path: str, token: str, source: str
    ) -> None:
        self.secure = secure
        self.host = host
        self.port = port
        self.path = path
        self.token = token
        self.source = source

    @property
    def shown(self) -> str:
        """The address without the token, for people."""
        scheme = "https" if self.secure else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{self.path}"


def parse_dsn(text: str) -> Dsn:
    """Read `http(s)://<ingest token>@host[:port][/prefix]/<source>`; raises `DsnError`."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        reason = "its port is not a number" if "ort" in str(error) else "it is not a URL"
        raise DsnError(reason) from None
    if parts.scheme not in {"http", "https"}:
        raise DsnError("it does not start with http:// or https://")
    if not parts.username:
        raise DsnError("the ingest token before the @ is missing")
    if not parts.hostname:
        raise DsnError("the host is missing")
    prefix, _, source = parts.path.rstrip("/").rpartition("/")
    if not source:
        raise DsnError("the source after the last / is missing")
    secure = parts.scheme == "https"
    return Dsn(
        secure=secure,
        host=parts.hostname,
        port=port if port is not None else (443 if secure else 80),
        path=prefix,
        token=unquote(parts.username),
        source=unquote(source),
    )


class Settings:
    """Everything the agent can be told, already checked."""

    __slots__ = ("debug", "dsn", "flush_s", "release", "tenant_args")

    def __init__(
        self,
        dsn: Dsn,
        *,
        tenant_args: tuple[str, ...] = (),
        release: str | None = None,
        flush_s: float = 0.5,
        debug: bool = False,
    ) -> None:
        self.dsn = dsn
        self.tenant_args = tenant_args
        self.release = release
        self.flush_s = flush_s
        self.debug = debug


def read_settings(dsn: str, env: "Mapping[str, str]") -> Settings:
    """Return the settings of `env` for this DSN; raises `DsnError` for the DSN alone."""
    names = (name.strip() for name in env.get("TAILBACK_TENANT_ARG", "").split(","))
    return Settings(
        parse_dsn(dsn),
        tenant_args=tuple(name for name in names if name),
        release=env.get("TAILBACK_RELEASE") or None,
        flush_s=_seconds(env.get("TAILBACK_FLUSH_S", "")),
        debug=env.get("TAILBACK_DEBUG", "") not in {"", "0"},
    )


def _seconds(text: str) -> float:
    low, high = FLUSH_S_RANGE
    try:
        value = float(text)
    except ValueError:
        return float(OPTIONS["TAILBACK_FLUSH_S"][0])
    return min(max(value, low), high) if value == value else low  # noqa: PLR0124 - NaN
