"""`tailback replay` as a person and as a program use it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tailback.cli.replay import command
from tests.server.test_replay import LANE, stuck


def run(tmp_path: Path, *options: str, text: str | None = None) -> Result:
    recording = tmp_path / "day.ndjson"
    rows = "".join(json.dumps(row) + "\n" for row in stuck())
    recording.write_text(rows if text is None else text)
    config = tmp_path / "tailback.toml"
    config.write_text(LANE)
    arguments = [str(recording), "--config", str(config), *options]
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_every_change_is_one_json_object(tmp_path: Path) -> None:
    result = run(tmp_path, "--json")

    rows = [json.loads(line) for line in result.stdout.splitlines()]
    verdict = next(row for row in rows if row["kind"] == "verdict")
    episode = next(row for row in rows if row["kind"] == "episode")
    assert result.return_value == 0
    assert set(verdict) == {
        "at", "kind", "lane", "verdict", "cause", "sentence", "oldest_age_s", "affected_accounts",
    }  # fmt: skip
    assert set(episode) == {
        "at", "kind", "event", "id", "lane", "rule", "cause", "page", "owner", "message",
    }  # fmt: skip


def test_a_person_reads_when_what_was_alerted_and_how_much_was_read(tmp_path: Path) -> None:
    result = run(tmp_path)

    assert "2026-01-05 09:00:15  receipts: Healthy" in result.stdout
    assert "receipts: OPENED Receipts are stuck." in result.stdout
    assert "receipts: ESCALATED (page) Receipts are stuck." in result.stdout
    assert result.stdout.endswith("33 lines, 1 alert\n")


def test_standard_input_is_read_and_without_a_file_every_queue_is_a_lane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(json.dumps(row) + "\n" for row in stuck())

    result = CliRunner().invoke(command, ["-", "--json"], input=rows, standalone_mode=False)
    assert {json.loads(line)["lane"] for line in result.stdout.splitlines()} == {"emails"}

    (tmp_path / "tailback.toml").write_text(LANE)
    result = CliRunner().invoke(command, ["-", "--json"], input=rows, standalone_mode=False)
    assert {json.loads(line)["lane"] for line in result.stdout.splitlines()} == {"receipts"}


def test_a_line_that_cannot_be_read_is_wrong_usage_and_named(tmp_path: Path) -> None:
    result = run(tmp_path, text='{"kind":"started","at":"soon"}\n')

    assert result.exit_code != 0
    assert "day.ndjson, line 1" in str(result.exception)


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "none.ndjson")])

    assert "none.ndjson cannot be read" in result.output
