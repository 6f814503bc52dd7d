"""Who is concerned: the outside service, datastore, provider or recipient."""

import re

from tailback.core.failures import upstream as calls
from tailback.core.failures.evidence import Evidence
from tailback.core.failures.extract import first_of
from tailback.core.failures.link import Link
from tailback.core.failures.table import words
from tailback.core.failures.technology import OF_LIBRARY, OF_MANY, technology_of
from tailback.core.failures.trace import area_of, heads_in, source_line_of

# A dotted task name ("shop.orders.store") reads like a host.
_TASK_NAMED = "Can't retry "
_EXACT_SETTING = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")


def upstream(evidence: Evidence) -> str | None:
    """Who was called: the library's owner, what the chain names, then what the trace shows."""
    return _owner(evidence.link) or _in_chain(evidence) or _from_trace(evidence)


def _owner(link: Link) -> str | None:
    """Whose client library raised this; clients of large providers serve several services."""
    owner = (
        calls.service_of_library(link.root)
        or OF_LIBRARY.get(link.root)
        or calls.service_of_class(link.short)
    )
    if owner == "aws" or "calling the " in link.message:
        service = calls.aws_service(link.message) or calls.aws_service(link.type)
        return service or calls.service_in_text(link.message) or "aws"
    if owner in {"google", "azure"}:
        return calls.service_in_text(link.message) or owner
    return owner


def _in_chain(evidence: Evidence) -> str | None:
    for one in evidence.links:
        host = one.facts.get("host")
        found = calls.service_of_host(host) if isinstance(host, str) else None
        found = found or calls.service_of_library(one.root)
        if found is None and not one.message.startswith(_TASK_NAMED):
            found = calls.service_in_text(one.message)
        if found:
            return found
    return None


def _from_trace(evidence: Evidence) -> str | None:
    trace = evidence.trace
    found = calls.service_in_url(trace) if "://" in trace else None
    return (
        found
        or calls.service_in_text(heads_in(trace))
        or calls.library_in_trace(trace)
        or OF_LIBRARY.get(evidence.link.root)
        or calls.provider_in(evidence.link.message)
        or calls.subject_of(evidence.link.message)
        or technology_of(evidence.link, trace)
        or calls.service_in_source(source_line_of(trace))
        or _called_in(trace)
    )


def _called_in(trace: str) -> str | None:
    area = area_of(trace)
    return f"a service called in {area}" if area else None


_OF_RULE = {
    "sqlstate": "postgresql",
    **{name: name for name in ("mysql", "postgresql", "mongodb", "oracle", "sql-server")},
}


def technology(evidence: Evidence) -> str | None:
    """The datastore: by library, wording or trace, else by whose code the rule read."""
    for one in (evidence.link, *evidence.links):
        found = technology_of(one, evidence.trace)
        if found:
            return found
    return _OF_RULE.get(evidence.rule.partition(" ")[0])


def pool(evidence: Evidence) -> str | None:
    """A pool of connections belongs to the library as much as to the datastore."""
    found = technology(evidence)
    return found or (evidence.link.root if evidence.link.root in OF_MANY else None)


_sql = first_of(
    r"function (\w+)\(",
    r"at or near \"(\w+)",
    r"near \"(\w+)",
    r"operator does not exist: ([^\n]+)",
)


def query(evidence: Evidence) -> str | None:
    return " ".join(part for part in (technology(evidence), _sql(evidence)) if part) or None


_ENGINES = words("""
    jinja2 django mako liquid twig haml slim actionview erubi handlebars mustache ejs pug chevron
    pystache tornado genshi chameleon
""")


def engine(evidence: Evidence) -> str | None:
    root = evidence.link.root
    return root if root in _ENGINES else None


_RECIPIENTS = (
    ("phone number", ("phone", "sms", "'to' number", "twilio", "handset", "numberparse")),
    ("device", ("device", "registration", "push", "token", "endpoint")),
)


def recipient(evidence: Evidence) -> str:
    haystack = f"{evidence.link.type} {evidence.link.message}".lower()
    for name, hints in _RECIPIENTS:
        if any(hint in haystack for hint in hints):
            return name
    return "mail address"


_PROVIDERS = (
    ("google", "google"),
    ("boto", "aws"),
    ("aws", "aws"),
    ("region", "aws"),
    ("azure", "azure"),
)


def provider(evidence: Evidence) -> str | None:
    link = evidence.link
    known = calls.service_of_library(link.root)
    if known:
        return known
    for needle, provider in _PROVIDERS:
        if needle in link.low:
            return provider
    match = _EXACT_SETTING.search(link.message)
    return match[1].lower().partition("_")[0] if match else calls.library_in_trace(evidence.trace)
