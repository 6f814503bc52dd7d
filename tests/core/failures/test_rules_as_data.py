"""Every rule is data with an example, and every example is decided by its rule."""

from pathlib import Path

import pytest

from tailback.core import wording_failures
from tailback.core.failures import BUCKETS, cloud, codes, reason_of, texts
from tailback.core.failures.kinds import KINDS, OF_DATABASE, SHARPER, VAGUE
from tailback.core.failures.table import table
from tailback.core.failures.texts.rule import TextRule, rule
from tailback.core.failures.types import TYPES, WEAK_TYPES
from tailback.core.failures.wrappers import AFTERMATH, EMPTY_TYPES, RETRIES_USED_UP

TABLES = {
    "sqlstates": codes.SQLSTATES,
    "mysql": codes.MYSQL,
    "mongo": codes.MONGO,
    "oracle": codes.ORACLE,
    "prisma": codes.PRISMA,
    "errnos": codes.ERRNOS,
    "http": codes.HTTP,
    "http classes": codes.HTTP_CLASSES,
    "grpc": codes.GRPC,
    "mail enhanced": codes.MAIL_ENHANCED,
    "mail": codes.MAIL_CODES,
    "aws": cloud.AWS,
    "api": cloud.API_CODES,
    "twilio": cloud.TWILIO,
    "types": TYPES,
    "weak types": WEAK_TYPES,
    "of a database": OF_DATABASE,
}


NUMBERED = list(enumerate([*texts.EARLY, *texts.TRANSLATED, *texts.LATE]))


@pytest.mark.parametrize(
    "text_rule", [one for _, one in NUMBERED], ids=[f"{at}-{one.kind}" for at, one in NUMBERED]
)
def test_the_example_of_a_text_rule_is_decided_by_it(text_rule: TextRule) -> None:
    type_, message = text_rule.example

    reason = reason_of({"type": type_, "message": message})

    assert reason.kind == text_rule.kind, reason.decided_by


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_leads_to_known_kinds_only(name: str) -> None:
    assert set(TABLES[name].values()) <= set(KINDS)


def test_every_kind_has_a_bucket_a_sentence_and_a_rule_that_leads_to_it() -> None:
    reached = {kind for one in TABLES.values() for kind in one.values()}
    reached |= {one.kind for one in (*texts.EARLY, *texts.LATE)}
    without_evidence = {"opaque", "retries-used-up", "unknown"}

    assert {kind.bucket for kind in KINDS.values()} == set(BUCKETS)
    assert set(wording_failures.SENTENCES) == set(KINDS)
    assert reached | without_evidence == set(KINDS)
    assert set(KINDS) >= VAGUE | SHARPER


def test_the_reference_shows_every_kind_with_its_bucket_and_sentence(repo_root: Path) -> None:
    page = (repo_root / "docs/reference/reasons.md").read_text(encoding="utf-8")

    for kind, (bucket, _) in KINDS.items():
        sentence = wording_failures.SENTENCES[kind].replace("{it}", "…")
        assert f"| {bucket} | `{kind}` | {sentence} |" in page, kind


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_type_alone_says_its_kind(name: str) -> None:
    """Retry wrappers and empty types say nothing, so none may have a kind."""
    package, _, short = name.rpartition(":")
    if short in AFTERMATH | EMPTY_TYPES | RETRIES_USED_UP:
        return

    reason = reason_of({"type": f"{package}.{short}".strip("."), "message": ""})

    kind = TYPES[name]
    allowed = {kind, OF_DATABASE.get(kind, kind)}
    assert reason.kind in allowed or reason.decided_by != f"type {short}"


def test_evidence_that_means_two_things_is_refused_when_the_rules_are_loaded() -> None:
    with pytest.raises(ValueError, match="'429' means both 'rate-limit' and 'timeout'"):
        table("rate-limit: 429\ntimeout: 408 429")


def test_a_rule_reads_alternatives_and_parts() -> None:
    made = rule("disk-full", "no space left | disk&full\n  quota", ("OSError", "quota"))

    assert made.needles == (("no space left",), ("disk", "full"), ("quota",))
