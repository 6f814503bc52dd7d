import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tailback.agent.encode import chunks, event_of


def entry(job_id: object = "1", error: dict[str, object] | None = None, **fields: object) -> Any:
    return ("started", 1.0, job_id, "q", None, error, fields)


def test_unknown_values_are_left_out() -> None:
    event = event_of(entry(tenant=None, attempt=0, ran_for=float("nan")), None)

    assert event == {"kind": "started", "at": 1.0, "id": "1", "queue": "q", "attempt": 0}


def test_a_long_name_is_cut_and_stays_unique() -> None:
    one = event_of(entry("x" * 999 + "1"), None)["id"]
    two = event_of(entry("x" * 999 + "2"), None)["id"]

    assert one != two
    assert len(str(one)) == len(str(two)) == 200


def test_why_is_text_of_the_app_and_cleaned() -> None:
    event = event_of(entry(why="revoked by ana@example.com " + "x" * 9_999), "4f2c")

    assert str(event["why"]).startswith("revoked by [e-mail] ")
    assert len(str(event["why"])) <= 2_048
    assert event["release"] == "4f2c"


def test_ids_of_other_types_become_text() -> None:
    identity = uuid.UUID(int=7)
    event = event_of(entry(identity, priority=5, drill=True, root=Decimal(3)), None)

    assert event["id"] == str(identity)
    assert (event["priority"], event["drill"], event["root"]) == (5, True, "3")


def test_at_most_a_hundred_events_are_encoded_at_a_stretch() -> None:
    made = list(chunks([entry(str(n)) for n in range(250)], None))

    assert [count for _, count, _ in made] == [100, 100, 50]
    assert [one["id"] for one in json.loads(b"[" + made[2][0] + b"]")] == [
        str(n) for n in range(200, 250)
    ]


def test_facts_that_json_does_not_know_become_text() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    ((text, count, lost),) = chunks([entry(error={"type": "X", "facts": {"when": at}})], None)

    assert json.loads(text)["error"]["facts"] == {"when": str(at)}
    assert (count, lost) == (1, 0)


@given(st.lists(st.tuples(st.text(), st.floats(), st.dictionaries(st.text(), st.text()))))
def test_every_event_is_written_or_counted_and_all_of_it_is_json(
    made: list[tuple[str, float, dict[str, str]]],
) -> None:
    entries: Any = [("started", at, text, text, text, None, fields) for text, at, fields in made]

    written = lost = 0
    for text, count, left_out in chunks(entries, None):
        assert len(json.loads(b"[" + text + b"]")) == count
        written += count
        lost += left_out

    assert written + lost == len(made)
    assert lost == sum(at != at or abs(at) == float("inf") for _, at, _ in made)  # noqa: PLR0124
