"""Requests to RabbitMQ's management API over one connection, with limits on time and size."""

import base64
import http.client
import json
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from tailback.core.system import ProbeError
from tailback.core.wording_celery import management_odd, management_refused, management_unreachable
from tailback.systems.celery.amqp_url import Address

TIMEOUT_S = 5.0
MAX_BYTES = 8 * 1024 * 1024
_REFUSED = (401, 403)


class ManagementUnreachableError(ProbeError):
    """Nothing answered where the management API was expected."""


class Management:
    """The API of one node; `date` is the node's own clock at the last answer, Unix seconds."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._base = urlsplit(address.shown).path
        self._connection: http.client.HTTPConnection | None = None
        login = f"{address.user}:{address.password}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        self.date: float | None = None

    def get(self, path: str, body: bytes | None = None) -> Any:
        """Return the decoded answer, None for what does not exist; raises `ProbeError`."""
        status, answer = self._request(path, body)
        if status == http.client.NOT_FOUND:
            return None
        if status in _REFUSED:
            raise ProbeError(management_refused(self._address.shown, status))
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if status != http.client.OK or not isinstance(found, dict | list):
            raise ProbeError(management_odd(self._address.shown, status))
        return found

    def post(self, path: str, body: Any) -> Any:
        """Send `body` and return the decoded answer, as `get`; it may be repeated once."""
        return self.get(path, json.dumps(body).encode())

    def close(self) -> None:
        """Give up the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _request(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        kept = self._connection is not None
        try:
            return self._once(path, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not kept:
                raise self._unreachable(error) from error
        try:  # the server had closed the connection that was kept from the last look
            return self._once(path, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unreachable(error) from error

    def _once(self, path: str, sent: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._address.tls else http.client.HTTPConnection
            self._connection = kind(self._address.host, self._address.port, timeout=TIMEOUT_S)
        method = "GET" if sent is None else "POST"
        self._connection.request(method, self._base + path, body=sent, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            self.close()
            raise ProbeError(management_odd(self._address.shown, answer.status))
        self.date = _unix(answer.getheader("Date"))
        return answer.status, body

    def _unreachable(self, error: Exception) -> ManagementUnreachableError:
        why = str(error) or type(error).__name__
        return ManagementUnreachableError(management_unreachable(self._address.shown, why))


def _unix(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
