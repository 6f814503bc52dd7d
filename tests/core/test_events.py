"""Events compare and print by what they say."""

from tailback.core.events import Event


def test_events_that_say_the_same_are_the_same():
    one = Event("started", 5.0, "a", "q", attempt=1)
    other = Event("started", 5.0, "a", "q", attempt=1)

    assert one == other
    assert hash(one) == hash(other)
    assert one != Event("started", 5.0, "a", "q", attempt=2)
    assert one != "started"
    assert (
        repr(one) == "Event({'kind': 'started', 'at': 5.0, 'id': 'a', 'queue': 'q', 'attempt': 1})"
    )
