"""Keys, sentences, records and corrections of reasons; nothing breaks on hostile text."""

import dataclasses
import re
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core.failures import BUCKETS, Overrides, error_of_record, reason_of
from tailback.core.failures.mask import masked
from tailback.core.failures.overrides import Override
from tailback.core.failures.reason import key_of
from tailback.core.wording_failures import MAX_SENTENCE_CHARS, failure_sentence

HOSTILE = (
    "a.", "((", 'File "', "::", "https://", "'", "[Errno ", "\n  ", "Caused by: ", "1.", "a b ",
    "PG::a: ", "order ", "-", "0", "A_", "for url: ", 'File "/a/b.py", line 1, in f\n    x\n',
)  # fmt: skip
LIMITED = {
    "type": "requests.exceptions.HTTPError",
    "message": "429 Client Error: Too Many Requests for url: https://api.crmhub.example/5",
    "status": 429,
}


def test_a_reason_says_everything_that_a_person_needs() -> None:
    reason = reason_of(LIMITED)

    assert dataclasses.asdict(reason) == {
        "bucket": "rate limit",
        "kind": "rate-limit",
        "entity": "crmhub.example",
        "key": "rate-limit-crmhub.example",
        "sentence": "Crmhub.example is rate limiting us (429)",
        "first_error_type": "requests.exceptions.HTTPError",
        "first_error_message": LIMITED["message"],
        "decided_by": "text too many requests",
    }


def test_a_deploy_changes_only_the_sentence() -> None:
    before, after = reason_of(LIMITED), reason_of(LIMITED, after_deploy="4f2c")

    assert after.sentence == f"{before.sentence}, first seen after deploy 4f2c"
    assert dataclasses.replace(after, sentence=before.sentence) == before


@pytest.mark.parametrize(
    ("kind", "entity", "status", "sentence"),
    [
        ("template-field", "customer_name", None, "Template field missing: customer name"),
        ("template-field", None, None, "Template field missing"),
        ("timeout", None, None, "An outside service does not answer in time"),
        ("timeout", "stripe", None, "Stripe does not answer in time"),
        ("timeout", "aws s3", 408, "AWS S3 does not answer in time (408)"),
        ("db-down", "redis", None, "Redis cannot be reached"),
        ("db-down", None, None, "The database cannot be reached"),
        ("rate-limit", "mail", None, "The mail server is rate limiting us"),
        ("disk-full", None, 500, "Disk is full"),
        ("missing-name", "shop.tax", None, "Code asks for something that is not there: shop.tax"),
    ],
)
def test_a_sentence_is_plain_words(
    kind: str, entity: str | None, status: int | None, sentence: str
) -> None:
    assert failure_sentence(kind, entity, status) == sentence


def test_a_long_sentence_is_cut() -> None:
    sentence = failure_sentence("unknown", "x" * 500)

    assert len(sentence) == MAX_SENTENCE_CHARS
    assert sentence.endswith("…")


def test_a_key_is_readable_bounded_and_safe_in_an_address() -> None:
    long_one, long_two = key_of("timeout", "x" * 300), key_of("timeout", "x" * 301)

    assert key_of("disk-full", None) == "disk-full"
    assert key_of("timeout", "api.Fax.example") == "timeout-api.fax.example"
    assert key_of("unknown", "any text") == key_of("unknown", "any text") != "unknown"
    assert len(long_one) == len(long_two) == 100
    assert long_one != long_two
    assert key_of("timeout", "日本") != key_of("timeout", "中国")
    assert re.fullmatch(r"[a-z0-9.\-]+", key_of("timeout", "日本 / ../x"))


def test_masking_leaves_the_wording_and_takes_the_values() -> None:
    one = (
        "Tray 3 of printer 0x7f3a at https://p.example/9 jammed for a@b.example "
        "on 2026-01-02T10:11:12Z: 'paper' in /var/spool/x/77, job 9bb9b256-009c-52c1-5365-9452d6b45515"
    )
    two = (
        "Tray 12 of printer 0xffff at https://q.example/8 jammed for c@d.example "
        "on 2025-12-31T01:02:03Z: 'ink' in /var/spool/y/8, job 00000000-009c-52c1-5365-9452d6b45515"
    )

    assert masked(one) == masked(two)
    assert masked(one).startswith(
        "tray <n> of printer <id> at <url> jammed for <e-mail> on <date>"
    )
    assert masked("took 3,4, 5 and 77ms.") == masked("took 1 and 9 s")
    assert masked('bad {"a": 1}') == "bad <data>"
    assert len(masked("word " * 500)) <= 200


@given(st.text(), st.text(), st.text(), st.none() | st.integers(100, 599))
def test_no_text_breaks_it_and_the_same_text_gives_the_same_reason(
    type_: str, message: str, trace: str, status: int | None
) -> None:
    error = {"type": type_, "message": message, "trace": trace, "status": status}

    reason = reason_of(error)

    assert reason == reason_of(error)
    assert reason.bucket in BUCKETS
    assert 0 < len(reason.key) <= 100
    assert reason.sentence


def test_hostile_text_keeps_no_pattern_busy() -> None:
    """Each of these would hold a careless pattern for minutes; an alarm ends the test then."""

    def stop(*_: object) -> None:
        raise TimeoutError("a pattern does not come to an end")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        for part in HOSTILE:
            text = part * 5_000
            error = {"type": text[:200], "message": text[:2_048], "trace": text[:32_768]}
            assert reason_of(error).key
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_record_becomes_an_error() -> None:
    record = {"id": 1, "exc_type": "A", "message": None, "http_status": 503, "more": []}

    assert error_of_record(record) == {"type": "A", "message": "", "trace": "", "status": 503}


@pytest.mark.parametrize(
    ("record", "trouble"),
    [
        ({"exc_type": 5}, "exc_type must be text or null, not a number"),
        ({"message": ["x"]}, "message must be text or null, not a list"),
        ({"traceback_tail": {}}, "traceback_tail must be text or null, not an object"),
        ({"message": True}, "message must be text or null, not true or false"),
        ({"exc_type": "A", "http_status": "503"}, "http_status must be a whole number"),
        ({"exc_type": "A", "http_status": 42}, "http_status must be a whole number"),
        ({"exc_type": "A", "http_status": True}, "http_status must be a whole number"),
        ({}, "nothing to explain"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(record: dict[str, object], trouble: str) -> None:
    with pytest.raises(ValueError, match=re.escape(trouble)):
        error_of_record(record)


def override(action: str, to: str, **more: str) -> Override:
    return Override(id=action, action=action, key="rate-limit-crmhub.example", to=to, **more)  # type: ignore[arg-type]


def test_corrections_are_applied_in_order_and_can_be_undone() -> None:
    reason = reason_of(LIMITED)
    corrections = (
        Overrides()
        .with_rule(override("rename", "Our CRM is busy"))
        .with_rule(override("rebucket", "third-party error"))
        .with_rule(override("merge", "crm-trouble"))
    )

    corrected = corrections.apply(reason)

    assert corrected.sentence == "Our CRM is busy"
    assert corrected.bucket == "third-party error"
    assert corrected.key == "crm-trouble"
    assert corrected.decided_by == (
        "text too many requests, renamed (rename), moved (rebucket), merged (merge)"
    )
    assert corrections.without("merge").apply(reason).key == reason.key
    assert (
        corrections.without("rename").without("rebucket").without("merge").apply(reason) == reason
    )


def test_a_split_takes_only_the_failures_that_contain_its_text() -> None:
    corrections = Overrides().with_rule(
        override("split", "crm-import", containing="CRMHUB.example/5")
    )
    other = {**LIMITED, "message": LIMITED["message"].replace("/5", "/6")}  # type: ignore[attr-defined]

    assert corrections.apply(reason_of({"type": "MemoryError"})).key == "out-of-memory"
    assert corrections.apply(reason_of(LIMITED)).key == "crm-import"
    assert corrections.apply(reason_of(other)).key == "rate-limit-crmhub.example"


def test_corrections_survive_being_written_down() -> None:
    corrections = Overrides().with_rule(override("merge", "x", by="ana"))

    assert Overrides.from_list(corrections.to_list()) == corrections


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ({"action": "drop"}, "action 'drop'"),
        ({"key": ""}, "must not be empty"),
        ({"action": "rebucket", "to": "weather"}, "bucket 'weather'"),
        ({"action": "split"}, "containing"),
        ({"to": "a"}, "into itself"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(values: dict[str, str], trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        Override(**{"id": "1", "action": "merge", "key": "a", "to": "b", **values})  # type: ignore[arg-type]


def test_an_id_is_taken_once_and_an_unknown_one_cannot_be_undone() -> None:
    corrections = Overrides().with_rule(override("merge", "x"))

    with pytest.raises(ValueError, match="exists already"):
        corrections.with_rule(override("merge", "y"))
    with pytest.raises(KeyError):
        corrections.without("nothing")
