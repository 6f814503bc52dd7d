"""From a failure to its reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from tailback.core.failures import special
from tailback.core.failures.chain import chain_of, is_empty, is_wrapper, useful
from tailback.core.failures.decision import Decision
from tailback.core.failures.entities import entity_of
from tailback.core.failures.evidence import Evidence
from tailback.core.failures.kinds import KINDS, OF_DATABASE, SHARPER, VAGUE
from tailback.core.failures.link import Link
from tailback.core.failures.reason import Reason, key_of
from tailback.core.failures.rules import decide, guess
from tailback.core.failures.table import words
from tailback.core.failures.technology import (
    NOT_DATABASES,
    OF_LIBRARY,
    OF_MANY,
    OF_PORT,
    technology_in,
    technology_of,
)
from tailback.core.failures.upstream import service_of_library
from tailback.core.wording_failures import failure_sentence

_UNKNOWN = Decision("unknown", "no rule: wording")
_TRANSPORT = frozenset({"unreachable", "dropped", "timeout"})
_HTTP_LIBRARIES = words("""
    requests httpx httpx2 httpcore urllib urllib3 http aiohttp faraday net restclient httparty
    axioserror axios got guzzlehttp undici grpc tesla hackney httpoison reqwest
""")


def reason_of(error: Mapping[str, Any], after_deploy: str | None = None) -> Reason:
    """Return why a job failed, from the `error` of a wire event.

    `error` has type, message, trace, status, chain and facts, all optional and of any content.
    `after_deploy` is the release after which the reason first appeared: it changes the sentence.
    """
    links, trace = chain_of(error)
    status = next((link.status for link in links if link.status is not None), None)
    helpful = useful(links)
    link, decision = _decided(helpful, trace)
    evidence = Evidence(link, links, trace)
    decision = _refined(decision, evidence)
    evidence.rule = decision.rule
    kind = KINDS[decision.kind]
    entity = entity_of(kind.entity, evidence)
    return Reason(
        bucket=kind.bucket,
        kind=decision.kind,
        entity=entity,
        key=key_of(decision.kind, entity),
        sentence=failure_sentence(decision.kind, entity, status, after_deploy),
        first_error_type=link.type,
        first_error_message=link.message,
        decided_by=decision.rule,
    )


def _decided(links: Sequence[Link], trace: str) -> tuple[Link, Decision]:
    """Return the first exception of the chain (outermost first) that says something sure."""
    unsure: tuple[Link, Decision] | None = None
    for link in links:
        evidence = Evidence(link, list(links), trace)
        found = special.of_key_error(evidence) or special.of_model(link) or decide(link)
        if found:
            return link, found
        if unsure is None:
            weak = guess(link)
            unsure = (link, weak) if weak else None
    if unsure:
        return unsure
    first = links[0]
    if is_empty(first):
        return first, Decision("opaque", "type without content")
    if is_wrapper(first):
        return first, Decision("retries-used-up", f"type {first.short}")
    return first, _UNKNOWN


def _refined(decision: Decision, evidence: Evidence) -> Decision:
    """Return the decision in the light of the rest of the chain and of where it happened."""
    if decision.kind in VAGUE:
        decision = _sharper(evidence) or decision
    if decision.kind in OF_DATABASE and _is_database(evidence):
        decision = Decision(OF_DATABASE[decision.kind], decision.rule)
    if decision.kind == "file-missing":
        return special.of_missing_file(evidence, decision)
    if decision.kind == "missing-name":
        return special.of_missing_name(evidence, decision)
    if decision.kind in special.CODE_KINDS:
        return special.in_a_template(evidence, decision)
    return decision


def _sharper(evidence: Evidence) -> Decision | None:
    for link in evidence.links:
        if link is not evidence.link:
            found = decide(link)
            if found and found.kind in SHARPER:
                return found
    return None


def _is_database(evidence: Evidence) -> bool:
    """Return whether the trouble is with a datastore of ours, not with an outside service."""
    link = evidence.link
    clients = {OF_LIBRARY.get(one.root) for one in evidence.links} - NOT_DATABASES - {None}
    if clients or OF_PORT.search(link.message):
        return True
    if service_of_library(link.root) or link.root in _HTTP_LIBRARIES:
        return False
    found = technology_in(link.low)
    if found is None and (link.root in OF_MANY or not _speaks_http(evidence)):
        found = technology_of(link, evidence.trace)
    return found is not None and found not in NOT_DATABASES


def _speaks_http(evidence: Evidence) -> bool:
    return (
        any(one.root in _HTTP_LIBRARIES or service_of_library(one.root) for one in evidence.links)
        or "http://" in evidence.trace
        or "https://" in evidence.trace
    )
