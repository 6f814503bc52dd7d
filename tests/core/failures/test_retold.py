"""Errors that the app's own exceptions retell in their message are found there."""

import pytest

from tailback.core.failures import reason_of


@pytest.mark.parametrize(
    ("type_", "message", "key", "first"),
    [
        (
            "shop.errors.SyncError",
            "could not push contact 5: ReadTimeout('api.fax.example: timed out')",
            "timeout-fax.example",
            "ReadTimeout",
        ),
        (
            "RuntimeError",
            "job 5 failed: redis.exceptions.BusyLoadingError: Redis is loading",
            "db-starting-redis",
            "redis.exceptions.BusyLoadingError",
        ),
        (
            "shop.errors.StepFailed",
            "import (IntegrityError: UNIQUE constraint failed: users.email)",
            "duplicate-users-email",
            "IntegrityError",
        ),
        (
            "shop.errors.StepFailed",
            "GET https://api.fax.example/1: ConnectionResetError(104, 'Connection reset by peer')",
            "dropped-fax.example",
            "ConnectionResetError",
        ),
        ("shop.errors.StepFailed", "FaxError: see FaxError(5)", None, "FaxError"),
        ("shop.errors.FaxError", "FaxError: 429 Too Many Requests", None, "shop.errors.FaxError"),
        ("shop.errors.StepFailed", "Error: Things went badly", None, "shop.errors.StepFailed"),
        ("requests.exceptions.ReadTimeout", "ValueError: x", None, "requests.exceptions.ReadTimeout"),
    ],
)  # fmt: skip
def test_an_error_inside_a_message_is_the_first_useful_one(
    type_: str, message: str, key: str | None, first: str
) -> None:
    reason = reason_of({"type": type_, "message": message})

    assert reason.first_error_type == first
    assert key is None or reason.key == key


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("Unexpected trouble talking to Stripe: timed out", "timeout-stripe"),
        ("no answer: ApiError(429, 'busy')", "rate-limit"),
        ("rendering: 'dict object' has no attribute 'first_name'", "template-field-first-name"),
        ("rendering: No filter named 'money'.", "template-syntax"),
        ("Order 5: No Customer matches the given query.", "record-missing-customer"),
        ("temporary file size exceeds temp_file_limit (64kB)", "db-temp-space"),
    ],
)
def test_words_decide_where_only_they_are_retold(message: str, key: str) -> None:
    assert reason_of({"type": "shop.errors.StepFailed", "message": message}).key == key
