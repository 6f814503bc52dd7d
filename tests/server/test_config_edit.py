"""The file is changed line by line, with its comments, as a whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tailback.server.config import ConfigError, read
from tailback.server.config.edit import EditError, with_item, without_item
from tailback.server.config.file import ConfigFile

FILE = """\
# Our queues
[[lane]]   # money
name = "Receipts"  # what people read
queue = "emails"
noticed_after = "5m"   # agreed with support

# Who is told
[[person]]
name = "ana"
channels = ["chat"]

[[channel]]
name = "chat"
kind = "slack"
url = "https://hooks.example/x"
"""


def nothing() -> None:
    """Nobody asks what was agreed."""


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    path = tmp_path / "tailback.toml"
    path.write_text(FILE)
    path.chmod(0o640)
    return ConfigFile(path, lambda text: read(text, str(path), {}))


def test_a_value_changes_in_its_line_and_a_new_one_follows_the_last() -> None:
    written = with_item(FILE, "lane", 0, {"noticed_after": "10m", "owner": "ana", "affects": None})

    assert written == FILE.replace(
        'noticed_after = "5m"   # agreed', 'noticed_after = "10m"   # agreed'
    ).replace("support\n", 'support\nowner = "ana"\n')


def test_a_removed_value_takes_only_its_line_along() -> None:
    assert with_item(FILE, "lane", 0, {"noticed_after": None}) == FILE.replace(
        'noticed_after = "5m"   # agreed with support\n', ""
    )


def test_a_lane_with_a_new_name_keeps_its_key() -> None:
    lane = read(with_item(FILE, "lane", 0, {"name": "Invoices"}), env={}).lanes[0]

    assert (lane.name, lane.key) == ("Invoices", "receipts")


def test_a_new_lane_follows_the_others_before_the_comment_of_what_comes_next() -> None:
    written = with_item(FILE, "lane", None, {"name": "Exports", "queue": "exports", "owner": None})

    expected = '\n[[lane]]\nname = "Exports"\nqueue = "exports"\n\n# Who is told\n'
    assert written == FILE.replace("\n# Who is told\n", expected)


def test_the_first_lane_of_a_file_is_written_at_its_end() -> None:
    written = with_item("# empty\n", "lane", None, {"name": "Exports", "queue": "exports"})

    assert written.startswith("# empty\n")
    assert read(written, env={}).lanes[0].queue == "exports"


def test_lanes_in_one_line_are_left_to_their_author() -> None:
    with pytest.raises(EditError, match="by hand"):
        with_item('lane = [{name = "A", queue = "a"}]\n', "lane", 0, {"affects": "all"})


def test_a_form_that_the_editor_misreads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailback.server.config.edit._change", lambda _lane, _values: None)

    with pytest.raises(EditError, match="by hand"):
        with_item(FILE, "lane", 0, {"affects": "all"})


def test_a_removed_table_takes_no_comment_along() -> None:
    assert without_item(FILE, "person", 0) == FILE.replace(
        '[[person]]\nname = "ana"\nchannels = ["chat"]\n', ""
    )
    assert read(without_item(FILE, "lane", 0), env={}).lanes == ()
    assert without_item('[[lane]]\nname = "A"\n[lane.expects]\na = 1\n', "lane", 0) == ""


@pytest.mark.parametrize(
    "text", ['person = [{name = "a"}]\n', '[[person]]\nname = """\n[x]\n"""\n']
)
def test_a_table_that_cannot_be_cut_out_line_by_line_is_left_to_its_author(text: str) -> None:
    with pytest.raises(EditError, match="by hand"):
        without_item(text, "person", 0)


def test_a_list_of_the_same_elements_stays_in_its_order() -> None:
    text = '[[person]]\nchannels = ["b", "a"]\n'

    assert with_item(text, "person", 0, {"channels": ["a", "b"]}) == text
    assert '["b", "a", "c"]' in with_item(text, "person", 0, {"channels": ["a", "b", "c"]})


def test_a_list_keeps_the_comments_between_its_elements() -> None:
    text = '[[person]]\nchannels = [\n  "a",  # by day\n  "b",\n]\n'

    written = with_item(text, "person", 0, {"channels": ["a", "c"]})

    assert "# by day" in written
    assert '"c"' in written
    assert '"b"' not in written


def test_the_file_is_replaced_with_its_mode_and_through_its_link(
    file: ConfigFile, tmp_path: Path
) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file.path)
    through = ConfigFile(link, lambda text: read(text, env={}))

    config = through.change(through.read().mark, "lane", 0, {"owner": "ana"}, nothing)

    assert config.lanes[0].owner == "ana"
    assert link.is_symlink()
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert file.read().tables("lane")[0]["owner"] == "ana"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "tailback.toml"]


def changed_meanwhile(file: ConfigFile) -> str:
    mark = file.read().mark
    file.path.write_text(FILE + "\n")
    return mark


def read_only(file: ConfigFile) -> str:
    file.path.chmod(0o444)
    return file.read().mark


def gone(file: ConfigFile) -> str:
    file.path.unlink()
    return ""


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (changed_meanwhile, "was changed meanwhile"),
        (read_only, "is read-only"),
        (gone, "cannot be read"),
    ],
)
def test_what_cannot_be_changed_safely_is_refused_and_stays_as_it_is(
    file: ConfigFile, spoil: Callable[[ConfigFile], str], said: str
) -> None:
    mark = spoil(file)
    before = file.path.read_text() if file.path.exists() else None

    with pytest.raises(EditError, match=said):
        file.change(mark, "lane", 0, {"owner": "ana"}, nothing)

    assert (file.path.read_text() if file.path.exists() else None) == before


def test_a_file_that_is_no_text_or_not_there_says_so(file: ConfigFile) -> None:
    file.path.write_bytes(b"\xff\xfe")
    with pytest.raises(EditError, match="not UTF-8"):
        file.read()
    file.path.unlink()
    with pytest.raises(EditError, match="No such file"):
        file.read()


def test_a_value_that_the_reader_refuses_is_never_written(file: ConfigFile) -> None:
    agreed: list[bool] = []
    with pytest.raises(ConfigError, match="noticed_after"):
        file.change(
            file.read().mark, "lane", 0, {"noticed_after": "soon"}, lambda: agreed.append(True)
        )

    assert file.path.read_text() == FILE
    assert agreed == []


def test_a_file_system_that_refuses_leaves_the_file_and_nothing_else(
    file: ConfigFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(EditError, match=r"No space left on device\. It is as it was"):
        file.change(file.read().mark, "lane", 0, {"owner": "ana"}, nothing)

    assert file.path.read_text() == FILE
    assert [path.name for path in file.path.parent.iterdir()] == ["tailback.toml"]
