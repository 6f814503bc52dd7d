"""The first useful error is found under wrappers, in every way that chains are written down."""

from typing import Any

import pytest

from tailback.core.failures import reason_of
from tailback.core.failures.chain import chain_of
from tailback.core.failures.trace import MAX_CAUSES, causes_in

DIRECT = "\n\nThe above exception was the direct cause of the following exception:\n\n"
HANDLING = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
RATE = "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.fax.example/5"
FRAMES = (
    'Traceback (most recent call last):\n  File "/app/fax/tasks.py", line 3, in send\n    call()\n'
)


def first(error: dict[str, Any]) -> tuple[str, str]:
    reason = reason_of(error)
    return reason.first_error_type, reason.kind


def test_a_retry_wrapper_gives_way_to_the_error_it_was_raised_from() -> None:
    trace = (
        f"{FRAMES}{RATE}{DIRECT}{FRAMES}celery.exceptions.MaxRetriesExceededError: Can't retry x"
    )

    reason = reason_of(
        {
            "type": "celery.exceptions.MaxRetriesExceededError",
            "message": "Can't retry shop.send[5] args:() kwargs:{}",
            "trace": trace,
        }
    )

    assert reason.kind == "rate-limit"
    assert reason.entity == "fax.example"
    assert reason.sentence == "Fax.example is rate limiting us"
    assert reason.first_error_type == "requests.exceptions.HTTPError"
    assert reason.first_error_message.startswith("429 Client Error")


def test_the_chain_of_the_wire_counts_before_the_trace() -> None:
    error = {
        "type": "tenacity.RetryError",
        "message": "RetryError[<Future at 0x1 state=finished raised HTTPError>]",
        "trace": f"{FRAMES}ValueError: not this{DIRECT}{FRAMES}tenacity.RetryError",
        "status": 503,
        "facts": {"errno": 28},
        "chain": [
            {"type": "shop.errors.Wrapped", "message": "", "status": None, "facts": {}},
            {
                "type": "requests.exceptions.HTTPError",
                "message": "for url: https://api.fax.example/5",
                "status": 503,
                "facts": {"errno": 28},
            },
            "nonsense",
        ],
    }

    links, _ = chain_of(error)
    reason = reason_of(error)

    assert links[0].status is None
    assert links[0].facts == {}
    assert reason.first_error_type == "requests.exceptions.HTTPError"
    assert (reason.kind, reason.entity) == ("upstream-error", "fax.example")
    assert reason.sentence == "Fax.example answers with errors (503)"


def test_a_fact_that_only_the_outermost_knows_stays_with_it() -> None:
    links, _ = chain_of(
        {
            "type": "A",
            "message": "",
            "status": 404,
            "facts": {"sqlstate": "40P01"},
            "chain": [{"type": "B", "message": "", "status": None, "facts": {}}],
        }
    )

    assert links[0].status == 404
    assert links[0].facts == {"sqlstate": "40P01"}


@pytest.mark.parametrize(
    ("trace", "wanted"),
    [
        (
            "RuntimeError: could not export\nCaused by: PG::DeadlockDetected: ERROR: deadlock detected",
            "db-deadlock",
        ),
        (
            "x\n\tat a.B(C.java:1)\nCaused by: java.net.SocketTimeoutException: Read timed out",
            "timeout",
        ),
        (
            "TypeError: fetch failed\n  [cause]: Error: getaddrinfo ENOTFOUND api.fax.example",
            "dns",
        ),
        ("x\nCaused by:\nActiveRecord::RecordNotFound (Couldn't find User)", "record-missing"),
        ("caused by: redis.exceptions.TimeoutError: Timeout reading from socket", "db-timeout"),
    ],
)
def test_causes_are_read_in_the_manner_of_each_language(trace: str, wanted: str) -> None:
    assert first({"type": "RuntimeError", "message": "failed", "trace": trace})[1] == wanted


@pytest.mark.parametrize(
    ("type_", "message", "inner", "kind"),
    [
        (
            "sqlalchemy.exc.OperationalError",
            "(psycopg2.errors.DeadlockDetected) deadlock detected\nDETAIL: x\n\n[SQL: update y]",
            "psycopg2.errors.DeadlockDetected",
            "db-deadlock",
        ),
        (
            "ActiveRecord::StatementInvalid",
            'PG::UndefinedColumn: ERROR:  column "vat" does not exist',
            "PG::UndefinedColumn",
            "missing-column",
        ),
        (
            "celery.exceptions.ChordError",
            "Dependency 7 raised SoftTimeLimitExceeded()",
            "SoftTimeLimitExceeded",
            "time-limit",
        ),
        (
            "tenacity.RetryError",
            "RetryError[<Future at 0x7 state=finished raised ReadTimeout>]",
            "ReadTimeout",
            "timeout",
        ),
        (
            "Net::HTTP::Persistent::Error",
            "too many connection resets (due to Net::ReadTimeout - Net::ReadTimeout) after 4",
            "Net::HTTP::Persistent::Error",
            "timeout",
        ),
    ],
)
def test_an_error_written_into_the_message_of_another_is_the_first(
    type_: str, message: str, inner: str, kind: str
) -> None:
    assert first({"type": type_, "message": message}) == (inner, kind)


def test_the_driver_s_own_text_is_kept_without_what_the_wrapper_added() -> None:
    reason = reason_of(
        {
            "type": "sqlalchemy.exc.IntegrityError",
            "message": "(sqlite3.IntegrityError) UNIQUE constraint failed: users.email\n"
            "[SQL: insert into users values(?)]\n(Background on this error at: https://x)",
        }
    )

    assert reason.first_error_message == "UNIQUE constraint failed: users.email"
    assert (reason.kind, reason.entity) == ("duplicate", "users_email")


def test_mysql_numbers_in_brackets_are_no_wrapper() -> None:
    reason = reason_of({"type": "OperationalError", "message": "(1213, 'Deadlock found')"})

    assert reason.first_error_type == "OperationalError"
    assert reason.decided_by == "mysql 1213"


def test_what_only_follows_from_an_earlier_failure_is_skipped() -> None:
    trace = (
        f"{FRAMES}psycopg.errors.UniqueViolation: duplicate key value violates unique constraint "
        f'"users_email_key"{HANDLING}{FRAMES}sqlalchemy.exc.PendingRollbackError: rolled back'
    )

    found = first({"type": "sqlalchemy.exc.PendingRollbackError", "message": "x", "trace": trace})

    assert found == ("psycopg.errors.UniqueViolation", "duplicate")


def test_the_outermost_sure_error_decides_and_an_unsure_one_gives_way_to_its_cause() -> None:
    trace = f"{FRAMES}{RATE}{HANDLING}{FRAMES}KeyError: 'id'"

    assert first({"type": "KeyError", "message": "'id'", "trace": trace})[1] == "rate-limit"
    assert first({"type": "PaymentFailed", "message": "x", "trace": trace})[1] == "rate-limit"
    assert first({"type": "MemoryError", "message": "", "trace": trace})[1] == "out-of-memory"


def test_without_anything_useful_the_wrapper_itself_is_named() -> None:
    exhausted = {"type": "celery.exceptions.MaxRetriesExceededError", "message": "Can't retry x"}

    assert first(exhausted) == (
        "celery.exceptions.MaxRetriesExceededError",
        "retries-used-up",
    )
    assert first({"type": "Exception", "message": "job hit max attempts (5)"})[1] == (
        "retries-used-up"
    )
    assert first({"type": "Exception", "message": "Something went wrong!"})[1] == "opaque"
    assert first({"type": "StandardError", "message": "StandardError"})[1] == "opaque"
    assert first({})[1] == "unknown"


def test_a_vague_failure_takes_the_sharper_word_of_its_cause() -> None:
    trace = (
        f"{FRAMES}socket.gaierror: [Errno -2] Name or service not known{DIRECT}{FRAMES}"
        "openai.APIConnectionError: Connection error."
    )

    reason = reason_of(
        {"type": "openai.APIConnectionError", "message": "Connection error.", "trace": trace}
    )

    assert (reason.kind, reason.entity) == ("dns", "openai")


def test_a_section_without_an_error_line_is_left_out() -> None:
    section = 'Traceback (most recent call last):\n  File "/app/x.py", line 1, in f\n    x y\n'

    assert causes_in(f"{section}{DIRECT}{FRAMES}ValueError: x") == []


def test_an_indented_or_multi_line_error_is_still_read() -> None:
    indented = f"{FRAMES}    shop.Broken: first\nsecond line"

    (cause,) = causes_in(f"{indented}{DIRECT}{FRAMES}ValueError: x")

    assert (cause.type, cause.message) == ("shop.Broken", "first\nsecond line")


def test_a_section_without_frames_is_read_from_its_start() -> None:
    (cause,) = causes_in(f"shop.Broken: alone{DIRECT}ValueError: x")

    assert (cause.type, cause.message) == ("shop.Broken", "alone")


def test_a_chain_without_end_is_cut() -> None:
    trace = DIRECT.join(f"{FRAMES}shop.E{number}: x" for number in range(50))

    assert len(causes_in(trace)) == MAX_CAUSES
    assert len(causes_in("\n".join(f"Caused by: a.E{n}: x" for n in range(50)))) == MAX_CAUSES


def test_values_of_any_type_are_taken() -> None:
    reason = reason_of(
        {"type": 5, "message": None, "trace": None, "status": True, "facts": 7, "chain": "x"}
    )

    assert reason.first_error_type == "5"
