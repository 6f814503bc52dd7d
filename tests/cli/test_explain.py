"""`tailback explain` as a person and as a program use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tailback.cli.explain import explain

LIMITED = {
    "id": "d1",
    "exc_type": "requests.exceptions.HTTPError",
    "message": "429 Client Error: Too Many Requests for url: https://api.crmhub.example/5",
    "traceback_tail": "",
    "http_status": 429,
}
FULL = {"id": "d2", "exc_type": "OSError", "message": "[Errno 28] No space left on device"}


def lines(*records: object) -> str:
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in records) + "\n"


def run(text: str | bytes, *arguments: str) -> Result:
    return CliRunner().invoke(explain, arguments, input=text)


@pytest.mark.parametrize("arguments", [["--json"], ["--json", "-"]])
def test_each_failure_is_answered_with_one_json_object(arguments: list[str]) -> None:
    result = run(lines(LIMITED, "", FULL), *arguments)

    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 0
    assert first == {
        "id": "d1",
        "bucket": "rate limit",
        "reason_key": "rate-limit-crmhub.example",
        "sentence": "Crmhub.example is rate limiting us (429)",
        "first_error": {"type": LIMITED["exc_type"], "message": LIMITED["message"]},
        "decided_by": "text too many requests",
    }
    assert (second["id"], second["reason_key"]) == ("d2", "disk-full")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "failures.jsonl"
    file.write_text(lines(FULL), encoding="utf-8")

    result = run("", str(file), "--json")

    assert json.loads(result.stdout)["id"] == "d2"


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    result = run("", "/nowhere/failures.jsonl")

    assert result.exit_code == 2
    assert "failures.jsonl" in result.stderr


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("{", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "not valid JSON"),
        ('{"exc_type": 5}', "exc_type must be text"),
        ("{}", "nothing to explain"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_answered(line: str, trouble: str) -> None:
    result = run(lines(FULL, line, LIMITED), "--json")

    assert result.exit_code == 64
    assert [json.loads(one)["id"] for one in result.stdout.splitlines()] == ["d2", "d1"]
    assert result.stderr.startswith(f"line 2: {trouble}")
    assert "1 line could not be read" in result.stderr


def test_text_that_is_not_utf_8_is_named() -> None:
    result = run(b'{"exc_type": "\xff"}\n\x80\n', "--json")

    assert result.exit_code == 64
    assert "line 1: not UTF-8" in result.stderr
    assert "2 lines could not be read" in result.stderr


def test_people_get_one_entry_for_each_reason_the_most_frequent_first() -> None:
    result = run(
        lines(FULL, *({**LIMITED, "id": f"x{n}"} for n in range(3)), {**FULL, "id": None})
    )

    text = result.stdout
    assert result.exit_code == 0
    assert text.index("rate-limit") < text.index("disk-full")
    assert "3" in text
    assert "x0" in text
    assert "x1" not in text
    assert text.splitlines()[:3] == [
        "     3  rate limit: Crmhub.example is rate limiting us (429)",
        f"        {LIMITED['exc_type']}: {LIMITED['message']}",
        "        rate-limit-crmhub.example (by text too many requests; first: x0)",
    ]


def test_hostile_text_cannot_reach_the_terminal() -> None:
    hostile = {"id": "\x1b[31mred[bold]", "exc_type": "[red]X", "message": "\x1b]0;title\x07 odd"}

    result = run(lines(hostile))

    assert "\x1b" not in result.stdout
    assert "[bold]" in result.stdout


def test_nothing_in_is_nothing_out() -> None:
    result = run("")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_the_installed_command_knows_it() -> None:
    command = [sys.executable, "-m", "tailback", "explain", "--json"]

    done = subprocess.run(command, input=lines(FULL), capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["bucket"] == "resource exhausted"
