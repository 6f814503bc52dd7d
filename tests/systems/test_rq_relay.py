"""The file in which a work horse leaves its news: by whom it is found, and when it is not used."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tailback.systems.rq import relay
from tailback.systems.rq.relay import VARIABLE, Relay, inherited

HORSE = """
import os
from tailback.systems.rq.relay import inherited
found = inherited(os.environ)
assert found is not None and found.in_child() and not found.orphaned()
found.write({"kind": "succeeded", "id": "a"})
"""


@pytest.fixture
def made() -> Iterator[Relay]:
    made = Relay()
    with closing(made._file):
        yield made


def test_a_spawned_process_finds_the_file_of_its_parent(made: Relay) -> None:
    environment = dict(os.environ)
    made.share(environment)

    horse = os.posix_spawn(sys.executable, [sys.executable, "-c", HORSE], environment)
    _, status = os.waitpid(horse, 0)

    assert status == 0
    assert list(made.take()) == [{"kind": "succeeded", "id": "a"}]
    assert list(made.take()) == []


def test_nobody_else_finds_it(made: Relay, tmp_path: Path) -> None:
    told: dict[str, str] = {}
    made.share(told)
    _, _, inode = told[VARIABLE].split(":")
    parent = os.getppid()
    with (tmp_path / "other").open("w") as other:
        wrong = [
            "",
            "nonsense",
            "a:b:c",
            told[VARIABLE],  # this process is not its own child
            f"{parent}:{other.fileno()}:{inode}",  # the number means another file
            f"{parent}:1000000:{inode}",  # … or none
        ]

        assert [inherited({VARIABLE: value}) for value in wrong] == [None] * len(wrong)


def test_a_full_file_and_half_a_message(made: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MAX_BYTES", 60)

    assert made.write({"id": "a"})
    assert not made.write({"id": "b" * 60})
    made._file.write(b'{"id": "cut')

    assert list(made.take()) == [{"id": "a"}]


def test_a_program_that_a_job_starts_inherits_nothing(made: Relay) -> None:
    environment = dict(os.environ)
    made.share(environment)

    asked = (
        "import os; from tailback.systems.rq.relay import inherited; print(inherited(os.environ))"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout == "None\n"
