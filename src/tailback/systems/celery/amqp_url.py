"""What a RabbitMQ address of Celery's `broker_url` says."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

AMQP_PORT = 5672
AMQPS_PORT = 5671
MANAGEMENT_PORT = 15672
MANAGEMENT_TLS_PORT = 15671


@dataclass(frozen=True, slots=True)
class Address:
    """Where one HTTP or AMQP server listens, and as whom to ask; `shown` has no secrets."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    shown: str


def broker_address(url: str) -> tuple[Address, str]:
    """Return the AMQP address and the virtual host; raises `ValueError` for a wrong port."""
    parts = urlsplit(url.split(";", maxsplit=1)[0])
    tls = parts.scheme == "amqps"
    host = parts.hostname or "localhost"
    port = parts.port or (AMQPS_PORT if tls else AMQP_PORT)
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    vhost = unquote(parts.path.removeprefix("/")) or "/"
    return Address(host, port, user, password, tls, f"{parts.scheme}://{host}:{port}"), vhost


def management_address(url: str, broker: Address) -> Address:
    """Return where the management API listens; `url` may be empty, then by its usual port."""
    if not url:
        port = MANAGEMENT_TLS_PORT if broker.tls else MANAGEMENT_PORT
        scheme = "https" if broker.tls else "http"
        url = f"{scheme}://{_bracketed(broker.host)}:{port}"
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must begin with http:// or https:// and name a host")
    port = parts.port or (443 if tls else 80)
    user = unquote(parts.username) if parts.username else broker.user
    password = unquote(parts.password) if parts.username and parts.password else broker.password
    shown = f"{parts.scheme}://{_bracketed(parts.hostname)}:{port}{parts.path.rstrip('/')}"
    return Address(parts.hostname, port, user, password, tls, shown)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def queue_path(vhost: str, queue: str | None = None) -> str:
    """Return the management API's path of a virtual host's queues, or of one of them."""
    path = f"/api/queues/{quote(vhost, safe='')}"
    return path if queue is None else f"{path}/{quote(queue, safe='')}"
