"""Documented codes decide, whether the hook took them from the exception or the text shows them."""

from typing import Any

import pytest

from tailback.core.failures import reason_of


def kind(type_: str, message: str = "", status: int | None = None, **facts: Any) -> str:
    return reason_of({"type": type_, "message": message, "status": status, "facts": facts}).kind


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"sqlstate": "40P01"}, "db-deadlock"),
        ({"sqlstate": "22P99"}, "bad-value"),
        ({"sqlstate": "ZZZZZ"}, "unknown"),
        ({"sqlstate": 5}, "unknown"),
        ({"code": "NoSuchKey"}, "object-missing"),
        ({"code": "card_declined"}, "card-declined"),
        ({"code": "P2024"}, "db-pool"),
        ({"code": "404"}, "unknown"),
        ({"code": 7}, "unknown"),
        ({"code": "ECONNREFUSED"}, "unreachable"),
        ({"errno": 28}, "disk-full"),
        ({"errno": 9999}, "unknown"),
        ({"smtp": 550}, "bad-recipient"),
        ({"smtp": "550"}, "unknown"),
    ],
)
def test_a_fact_of_the_live_exception_decides_without_any_text(
    facts: dict[str, Any], wanted: str
) -> None:
    assert kind("shop.Failure", **facts) == wanted


def test_a_code_is_read_as_the_library_s_own() -> None:
    assert kind("twilio.base.exceptions.TwilioRestException", code="21211") == "bad-recipient"
    assert kind("pymongo.errors.OperationFailure", code="50") == "db-query-timeout"
    assert kind("pymysql.err.OperationalError", errno=1205) == "db-lock-timeout"


@pytest.mark.parametrize(
    ("type_", "message", "wanted"),
    [
        ("psycopg.errors.UniqueViolation", "x", "duplicate"),
        ("PG::UndefinedTable", "ERROR: x", "missing-table"),
        ("shop.UniqueViolation", "x y z", "unknown"),
        ("PDOException", "SQLSTATE[23000]: Integrity constraint violation: 1452 Cannot add", "parent-missing"),
        ("PDOException", "SQLSTATE[HY000] [2002] Connection refused", "db-down"),
        ("PDOException", "SQLSTATE[42S22]: Column not found: 9999 x", "sql-error"),
        ("PDOException", "SQLSTATE[HY000]: General error: 1 no such table: x", "missing-table"),
        ("pgx.PgError", "ERROR: duplicate (SQLSTATE 23505)", "duplicate"),
        ("Something", "SQLSTATE nonsense", "unknown"),
        ("mysql.connector.errors.DatabaseError", "1045 (28000): Access denied", "db-login-refused"),
        ("Error", "Error 1213 (40001): Deadlock found", "db-deadlock"),
        ("pymysql.err.Error", "(9999, 'x')", "unknown"),
        ("pymongo.errors.BulkWriteError", "full error: {'writeErrors': [{'code': 11000}]}", "duplicate"),
        ("MongoServerError", "E11000 duplicate key error", "duplicate"),
        ("pymongo.errors.OperationFailure", "no code here", "db-error"),
        ("oracledb.exceptions.DatabaseError", "ORA-00060: deadlock detected", "db-deadlock"),
        ("oracledb.exceptions.DatabaseError", "ORA-99999: what", "db-error"),
        ("PrismaClientKnownRequestError", "Unique constraint failed on the fields: (`email`) P2002", "duplicate"),
        ("PrismaClientKnownRequestError", "odd P1999", "unknown"),
        ("botocore.exceptions.ClientError", "An error occurred (SlowDown) when calling the PutObject operation", "rate-limit"),
        ("botocore.exceptions.ClientError", "An error occurred (Weird) when calling the X operation", "upstream-error"),
        ("Aws::S3::Errors::NoSuchBucket", "gone", "store-missing"),
        ("Aws::Odd", "gone away somehow", "unknown"),
        ("Error", "Twilio error 21610 happened", "bad-recipient"),
        ("twilio.rest.Odd", "error 99999", "unknown"),
        ("SlackApiError", "The server responded with: {'ok': False, 'error': 'channel_not_found'}", "upstream-missing"),
        ("SlackApiError", "The server responded with: {'ok': False, 'error': 'odd_thing'}", "upstream-error"),
    ],
)  # fmt: skip
def test_a_code_in_the_text_decides(type_: str, message: str, wanted: str) -> None:
    assert kind(type_, message) == wanted


@pytest.mark.parametrize(
    ("type_", "message", "wanted"),
    [
        ("smtplib.SMTPDataError", "(550, b'5.7.1 spam')", "mail-refused"),
        ("smtplib.SMTPDataError", "(554, b'no')", "mail-refused"),
        ("smtplib.SMTPDataError", "(299, b'odd')", "unknown"),
        ("smtplib.SMTPSenderRefused", "(530, b'5.7.0 Must issue a STARTTLS command first')", "settings-wrong"),
        ("smtplib.SMTPSenderRefused", "(530, b'5.7.0 Authentication Required')", "mail-login-refused"),
        ("smtplib.SMTPRecipientsRefused", "{'a@b': (554, b'5.7.1 Relay access denied')}", "not-allowed"),
        ("smtplib.SMTPDataError", "(452, b'4.2.2 mailbox over quota')", "mailbox-full"),
        ("smtplib.SMTPDataError", "(421, b'Too many messages')", "rate-limit"),
        ("smtplib.SMTPDataError", "(451, b'9.9.9 later')", "upstream-error"),
        ("smtplib.SMTPDataError", "(550, b'5.9.9 whatever')", "bad-recipient"),
        ("Error", "Invalid login: 535-5.7.8 Username and Password not accepted", "mail-login-refused"),
        ("Error", "(550, b'5.1.1 no such user')", "bad-recipient"),
        ("grpc._channel._InactiveRpcError", "status = StatusCode.UNAVAILABLE", "upstream-error"),
        ("Error", "rpc error: code = ResourceExhausted desc = x", "rate-limit"),
        ("Error", "14 UNAVAILABLE: boom", "upstream-error"),
        ("Error", "ABNORMAL: boom", "unknown"),
        ("Error", "Request failed with status code 404", "upstream-missing"),
        ("Error", "HTTP Error 418: teapot", "request-refused"),
        ("Error", "Processed 450 rows", "unknown"),
        ("requests.exceptions.RetryError", "too many 503 error responses", "upstream-error"),
        ("Errno::EMFILE", "x", "open-files"),
        ("Error", "EPIPE happened", "dropped"),
        ("OSError", "[Errno 122] x", "disk-full"),
        ("OSError", "[Errno 4444] x", "unknown"),
    ],
)  # fmt: skip
def test_protocol_codes_are_read(type_: str, message: str, wanted: str) -> None:
    assert kind(type_, message) == wanted


@pytest.mark.parametrize(
    ("status", "wanted"),
    [(401, "login-refused"), (429, "rate-limit"), (418, "request-refused"), (507, "upstream-error"), (302, "unknown")],
)  # fmt: skip
def test_an_http_status_decides_for_an_unknown_type(status: int, wanted: str) -> None:
    assert kind("shop.Failure", "odd thing", status) == wanted


def test_words_are_stronger_than_the_status_beside_them() -> None:
    assert kind("HTTPError", "API rate limit exceeded", 403) == "rate-limit"
    assert kind("HTTPError", "Forbidden", 403) == "not-allowed"
