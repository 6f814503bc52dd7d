"""What a failed run of scheduled work leaves, and which of two runs begins."""

import pytest

from tailback.core.heartbeats import begin, failure_of


@pytest.mark.parametrize(
    ("output", "kind", "message"),
    [
        ("", "HeartbeatFailed", "Report reported that it failed"),
        (" \n\n", "HeartbeatFailed", "Report reported that it failed"),
        ("a\nb\nno space left\n\n", "HeartbeatFailed", "no space left"),
        ("Traceback …\nKeyError: 'total'\n", "KeyError", "'total'"),
        ("psycopg.OperationalError: it is gone", "psycopg.OperationalError", "it is gone"),
        ("x" * 5_000, "HeartbeatFailed", "x" * 299 + "…"),
    ],
)
def test_the_last_line_says_why(output: str, kind: str, message: str) -> None:
    error = failure_of("Report", output)

    assert (error["type"], error["message"]) == (kind, message)


def test_secrets_and_commands_to_a_terminal_are_taken_out_of_the_output() -> None:
    error = failure_of("Report", "password=hunter2hunter2\n\x1b[31mboom\x1b[0m")

    assert "hunter2" not in error["trace"]
    assert "\x1b" not in error["trace"] + error["message"]


def test_a_start_takes_the_run_that_is_free_and_first_one_that_died() -> None:
    assert begin({"a": None, "b": None}) == "a"
    assert begin({"a": "running", "b": "succeeded"}) == "b"
    assert begin({"a": "succeeded", "b": "dead"}) == "b"
    assert begin({"a": "running", "b": "running"}) is None
