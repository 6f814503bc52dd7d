import io
import smtplib
import urllib.error
from email.message import Message
from typing import Any

import pytest

from tailback.agent.facts import facts_of, status_of


class Remote(Exception):  # noqa: N818
    def __init__(self, *args: object, **attributes: Any) -> None:
        super().__init__(*args)
        self.__dict__.update(attributes)


class Response:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __bool__(self) -> bool:
        return False  # as an unsuccessful response of requests


class Unreadable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Remote(response=Response(status_code=503)), 503),
        (Remote(response=Response(status=429)), 429),
        (Remote(response={"ResponseMetadata": {"HTTPStatusCode": 400}}), 400),
        (Remote(status_code=401), 401),
        (Remote(http_status=402), 402),
        (Remote(status=404), 404),
        (Remote(status_code="429"), 429),
        (urllib.error.HTTPError("http://x", 502, "bad", Message(), io.BytesIO()), 502),
        (type("HTTPError", (Remote,), {})(code=500), 500),
        (Remote(code=500), None),
        (Remote(status_code=True), None),
        (Remote(status_code=7), None),
        (Remote(status="gone"), None),
        (Remote(response=None), None),
        (ValueError("x"), None),
    ],
)
def test_the_http_status_is_taken_from_the_live_exception(
    error: BaseException, status: int | None
) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (Remote(sqlstate="40001"), {"sqlstate": "40001"}),
        (Remote(pgcode="23505"), {"sqlstate": "23505"}),
        (Remote(diag=Response(sqlstate="57014")), {"sqlstate": "57014"}),
        (Remote(orig=Remote(sqlstate="08006")), {"sqlstate": "08006"}),
        (Remote(orig=Remote(diag=Response(sqlstate="08006"))), {"sqlstate": "08006"}),
        (Remote(sqlstate="nonsense"), {}),
        (OSError(28, "No space left"), {"errno": 28}),
        (Remote(errno=True), {}),
        (
            type("OperationalError", (Remote,), {"__module__": "pymysql.err"})(2006, "gone"),
            {"errno": 2006},
        ),
        (type("OperationalError", (Remote,), {"__module__": "pymysql.err"})("gone"), {}),
        (
            Remote(response={"Error": {"Code": "ThrottlingException"}}),
            {"code": "ThrottlingException"},
        ),
        (Remote(code="card_declined"), {"code": "card_declined"}),
        (Remote(error_code=21211), {"code": "21211"}),
        (Remote(code=404), {}),
        (Remote(code=""), {}),
        (smtplib.SMTPRecipientsRefused({}), {}),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), {"smtp": 550}),
        (smtplib.SMTPRecipientsRefused({"a": ()}), {}),  # type: ignore[dict-item]
        (smtplib.SMTPResponseException(550, b"no such user"), {"smtp": 550}),
        (
            Remote(request=Response(url="https://u:p@api.fax.example:443/5")),
            {"host": "api.fax.example"},
        ),
        (Remote(request_info=Response(real_url="http://fax.example")), {"host": "fax.example"}),
        (Remote(url="https://fax.example/x"), {"host": "fax.example"}),
        (Remote(url="/only/a/path"), {}),
        (Remote(url="https:///x"), {}),
        (Remote(url=Unreadable()), {}),
        (ValueError("x"), {}),
    ],
)
def test_facts_are_taken_from_the_live_exception(
    error: BaseException, facts: dict[str, object]
) -> None:
    assert facts_of(error) == facts
