import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tailback.core.redact import redact

SECRET = "hunter2Zq9"
JWT = (
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # logins in addresses
        ("redis://:hunter2@cache:6379/0 refused", "redis://:[hidden]@cache:6379/0 refused"),
        ("amqp://shop:hunter2@mq.example.com:5672//", "amqp://shop:[hidden]@mq.example.com:5672//"),
        ("postgresql://u:p@ss:w@db/shop", "postgresql://u:[hidden]@db/shop"),
        ("rediss://:ab/c+d=@cache.example.com:6380", "rediss://:[hidden]@cache.example.com:6380"),
        ("http://tbi9x8y7z@jobs.example.com/shop", "http://[hidden]@jobs.example.com/shop"),
        ("https://[::1]:80/x@y", "https://[::1]:80/x@y"),
        ("https://u:pw@[::1]:80/x", "https://u:[hidden]@[::1]:80/x"),
        # headers
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [hidden]"),
        ("{'Authorization': 'Bearer abc123def'}", "{'Authorization': 'Bearer [hidden]'}"),
        ("{'Authorization': 'Token abc'}", "{'Authorization': 'Token [hidden]'}"),
        ("got Basic dXNlcjpwYXNzd29yZA== here", "got Basic [hidden] here"),
        ("Cookie: sid=8f7a6b5c; a=b", "Cookie: [hidden]; a=b"),
        # names and values
        ("password=hunter2 host=db", "password=[hidden] host=db"),
        ("password: letmein", "password: [hidden]"),
        ("{'db_password': 'hun ter2', 'host': 'db'}", "{'db_password': '[hidden]', 'host': 'db'}"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "[hidden]", "n": 1}'),
        ("?token=abc&id=7", "?token=[hidden]&id=7"),
        ("X-Amz-Signature=0a1b2c&X-Amz-Date=2026", "X-Amz-Signature=[hidden]&X-Amz-Date=2026"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY=[hidden]"),
        ("client_secret=s3cr3t", "client_secret=[hidden]"),
        ("smtp_pass=letmein, PWD: abc", "smtp_pass=[hidden], PWD: [hidden]"),
        ("?sv=2022&sig=abc%3D&x=1", "?sv=2022&sig=[hidden]&x=1"),
        ("token: abcdefghijklmnop", "token: [hidden]"),
        ("token: 8f7a6b5c", "token: [hidden]"),
        # keys that are known by their form
        (f"jwt {JWT} expired", "jwt [hidden] expired"),
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "[hidden]"),
        ("Incorrect API key provided: sk-proj-abcdefghijklmnop1234", "Incorrect API key provided: [hidden]"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[hidden]"),
        ("xoxb-1234567890-abcdef", "[hidden]"),
        ("AKIAIOSFODNN7EXAMPLE", "[hidden]"),
        ("tbi_abcdefgh1234", "[hidden]"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter",
            "[hidden]\nafter",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE and cut", "[hidden]"),
        # people
        ("no such user ana.maria+x@mail.example.co.uk!", "no such user [e-mail]!"),
        ("<müller@münchen.de>: 550", "<[e-mail]>: 550"),
        ("card 4242 4242 4242 4242 declined", "card [card] declined"),
        ("4111111111111111", "[card]"),
        ("378282246310005,", "[card],"),
    ],
)  # fmt: skip
def test_what_must_not_be_told_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTPSConnectionPool(host='api.example.com', port=443): Read timed out. (read timeout=10)",
        "429 Too Many Requests for url: https://api.example.com/v1/charges?limit=3",
        "'customer' has no attribute 'name'",
        "fe_sendauth: no password supplied",
        'FATAL: password authentication failed for user "shop"',
        "Access denied for user 'root'@'localhost' (using password: YES)",
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "InvalidPasswordError: The user was not found",
        "jinja2.exceptions.TemplateSyntaxError: expected token 'end of print statement', got ':'",
        "Unexpected token: END in JSON at position 4",
        "Unexpected token < in JSON at position 0",
        "jwt.exceptions.ExpiredSignatureError: Signature has expired",
        "token: expired",
        "password=None",
        "KeyError: 'api_key'",
        "Basic authentication failed",
        "duplicate key value violates unique constraint: Key (id)=(1793476799123) already exists",
        "order 1234567890123456 not found",
        "at 1793476799123 ms",
        "4242424242424241 is not a card",
        "git clone ssh://git@github.com/x/y",
        "connection to server at 10.0.0.7, port 5432 failed",
        'File "/app/tokens.py", line 7, in get_token',
        "decorator @app.task is wrong",
        "bypass=true and compass: north and config: x",
        "x" * 70 + "@example.com is no mailbox",
        "token=",
        "matrix @ b.T",
    ],
)
def test_what_explains_a_failure_stays(text: str) -> None:
    assert redact(text) == text


PIECES = [*"aZ09 :/@.=-_[]'\"&;\n{}é", "://", "token", "password", "eyJ", "Bearer ", "[hidden]"]
TEXTS = st.lists(st.sampled_from(PIECES)).map("".join)


@given(TEXTS)
@example("password=[hidden]@x")
@example("://a:b@c://d:e@f")
@example("password='a'")
@example("Authorization: Bearer Bearer abc12345")
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = redact(text)

    assert redact(once) == once


@given(
    TEXTS, st.sampled_from(["password", "api_key", "auth_token", "client-secret", "passwd"]), TEXTS
)
def test_a_secret_that_is_named_never_survives(before: str, name: str, after: str) -> None:
    for pair in (f"{name}={SECRET}", f"'{name}': '{SECRET}'", f'"{name}": "{SECRET}"'):
        assert SECRET not in redact(f"{before}, {pair} {after}")


@given(TEXTS, TEXTS)
def test_a_password_in_an_address_never_survives(before: str, after: str) -> None:
    assert SECRET not in redact(f"{before} redis://user:{SECRET}@host:6379/ {after}")


@given(st.integers(0, 10**11), st.sampled_from(["4", "51", "37", "6011"]))
def test_every_valid_card_number_is_hidden_and_no_invalid_one(rest: int, prefix: str) -> None:
    length = 15 if prefix == "37" else 16
    body = (prefix + str(rest).zfill(11) + "0000")[: length - 1]
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if at % 2 == 0 else int(digit)
        for at, digit in enumerate(reversed(body))
    )
    check = -total % 10

    assert redact(f"n={body}{check}.") == "n=[card]."
    wrong = f"n={body}{(check + 1) % 10}."
    assert redact(wrong) == wrong


def test_hostile_text_costs_no_more_than_a_few_times_plain_text() -> None:
    """Counted in steps of the regular expressions' only danger: nested repetition."""
    for unit in ("a", "@", "://", "a@", "a.", "password", "=", "4", "4 ", "eyJ", "-", "a:", "_"):
        redact(unit * (32_768 // len(unit)))
        redact("://" + unit * 10_000)
        redact("password=" + unit * 10_000)
    assert re.match(r"\[hidden\]", redact("eyJaaaaaaaa.bbbb" + ".c" * 10_000))
