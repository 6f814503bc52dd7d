"""The story that the demo tells."""

import pytest

from tailback.core import wording_demo as words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            words.climbing(44 * 60, 3, 120),
            ("Queue length 3: that monitor sees nothing. 120 receipts not sent, the oldest for "
            "44 min: Tailback counts from the first enqueue, across retries."),
        ),
        (
            words.said("Stuck", 40, 60),
            'The board says: "Stuck". That is 20 s before customers notice (promise 1 min).',
        ),
        (
            words.cleared(75, "Healthy"),
            '1 min later every receipt is out, and the board says: "Healthy"',
        ),
        (words.not_seen("an alarm", 90, "silence"), "Not seen within 1 min: an alarm. Instead: silence."),
        (words.ended("worker", 1, ""), "worker ended by itself with exit code 1."),
        (
            words.ended("worker", 1, "boom"),
            "worker ended by itself with exit code 1. It said last:\nboom",
        ),
        (
            words.seen_instead("healthy", "all is well", None, 1),
            'healthy ("all is well"), oldest not measured, 1 receipt delivered',
        ),
        (
            words.seen_instead("stuck", "no", 61.0, 2),
            'stuck ("no"), oldest 1 min, 2 receipts delivered',
        ),
        (words.naive_length(1_250), "1,250"),
        (words.honest_age(None, 60, idle=True), "none"),
        (words.honest_age(40, 90, idle=False), "40 s of 90 s"),
        (words.mail(1_250, 3), "1,250 / 3"),
        (words.at(125.9), "2:05"),
        (
            words.wrong_age(None, 12),
            "the board says not measured while the oldest receipt is 12.0 s old",
        ),
        (
            words.wrong_age(3, 12),
            "the board says 3.0 s while the oldest receipt is 12.0 s old",
        ),
        (
            words.too_late(90, 60),
            "the oldest receipt was 1 min old (promise 1 min) and the board had not said so",
        ),
        (
            words.plain("3", "40 s", "Stuck", "Healthy", "9 / 8"),
            "queue length 3 | oldest 40 s | Stuck | exports: Healthy | 9 / 8",
        ),
    ],
)  # fmt: skip
def test_what_is_seen_is_told_in_real_numbers(said: str, text: str) -> None:
    assert said == text


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (words.opening("celery", "/tmp/x"), ["celery workers", "/tmp/x"]),
        (words.board("http://x/in"), ["works once", "http://x/in"]),
        (words.open_for_business(15), ["In 15 s somebody edits"]),
        (words.broken("{{ nobody }}"), ['it now says "{{ nobody }}"']),
        (words.failing("no such field"), ["no such field"]),
        (words.mended(), ["Nobody restarts anything"]),
        (words.story("Alerted 31 s before", "http://x/story"), ["Alerted 31 s before. http://x"]),
        (words.seen_all(1_250, 1_250), ["1,250 payments, 1,250 with a receipt", "none lost"]),
        (words.still_open("http://x"), ["http://x", "Ctrl+C ends it"]),
        (words.kept("/tmp/x"), ["/tmp/x"]),
        (words.no_answer("refused"), ["does not answer: refused"]),
        (words.needs_url("celery"), ["--system celery needs --url"]),
        (words.only_redis("amqp://x"), ["amqp://x", "redis://host:6379/9"]),
        (words.embedded_only(), ["--url is for --system celery"]),
        (words.not_empty("redis://x/9", 1), ["holds 1 key", "choose another number"]),
        (words.redis_down("redis://x", "refused"), ["redis://x cannot be used: refused"]),
        (words.library_missing("celery"), ["pip install 'celery[redis]'"]),
        (words.exports_blamed("Slow"), ['the board said "Slow"']),
    ],
)
def test_each_step_names_what_a_person_needs_next(said: str, parts: list[str]) -> None:
    for part in parts:
        assert part in said


def test_what_is_not_known_is_said_to_be_so() -> None:
    assert words.naive_length(None) == "not measured"
    assert words.honest_age(None, 60, idle=False) == "not measured"
