"""What the board shows of a lane beside its numbers."""

from tailback.server.compose import NOTE_CHARS, shown_notes


def test_notes_are_shown_in_words_and_short() -> None:
    notes = ["redis-full=536870912/536870912,noeviction", "held-by-workers=2", "x" * 1_000]

    shown = shown_notes(notes)

    assert shown[:2] == [
        "Redis is full (512 MB of 512 MB): new jobs are refused",
        "held-by-workers=2",
    ]
    assert len(shown[2]) <= NOTE_CHARS
