"""Secrets of channels are references, and what is no reference is not shown."""

import pytest

from tailback.core.channel_keys import may_show, may_write


@pytest.mark.parametrize(
    ("kind", "key", "written", "shown"),
    [
        ("email", "to", "ana@example.com", True),
        ("slack", "url", "${SLACK}", True),
        ("slack", "url", "https://hooks.example/secret", False),
        ("webhook", "url", "https://hooks.example/${PART}/secret", False),
        ("email", "smtp", "smtp://user:word@mail.example", False),
        ("pagerduty", "url", "https://events.example", True),
    ],
)
def test_only_what_cannot_be_a_secret_is_shown(
    kind: str, key: str, written: str, shown: bool
) -> None:
    assert may_show(kind, key, written) is shown


@pytest.mark.parametrize(
    ("kind", "key", "typed", "written"),
    [
        ("slack", "url", "https://hooks.example/secret", False),
        ("slack", "url", "https://hooks.example/${SLACK}", True),
        ("webhook", "url", "http://intern:8080/hook", True),
        ("email", "smtp", "smtp://mail.example:25", True),
        ("email", "smtp", "smtp://user:${SMTP}@mail.example:587", True),
        ("email", "smtp", "smtp://user:word@mail.example:587", False),
        ("email", "smtp", "smtp://[mail", False),
        ("email", "smtp", "${SMTP_URL}", True),
    ],
)
def test_a_secret_in_plain_text_is_not_written(
    kind: str, key: str, typed: str, written: bool
) -> None:
    assert may_write(kind, key, typed) is written
