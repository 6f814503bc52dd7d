"""Which kind of failure one exception means: ordered rules, the most certain evidence first."""

import re
from collections.abc import Mapping

from tailback.core.failures import texts
from tailback.core.failures.coded import by_code
from tailback.core.failures.decision import Decision
from tailback.core.failures.link import Link
from tailback.core.failures.match import Matcher, stems_of
from tailback.core.failures.protocol import (
    by_errno,
    by_file_transfer,
    by_grpc,
    by_mail,
    by_status,
)
from tailback.core.failures.table import words
from tailback.core.failures.types import TYPES, WEAK_TYPES

# A type of these kinds is only a hint while the message has not been read.
_GIVES_WAY = words("""
    timeout unreachable dropped tls upstream-error login-refused not-allowed request-refused
    worker-died worker-stopped db-down db-lost rate-limit file-missing orm-misuse
    settings-wrong missing-name missing-attribute bad-response upstream-missing conflict
    alias-missing sql-error bad-operation broken-assumption undefined-name template-failed
    bad-value not-serialisable db-timeout missing-table card-declined db-query-timeout
    bad-recipient request-too-big bad-message command-timeout bad-file db-not-allowed
    out-of-memory bad-image
""")
# The messages of these are full of names from the app's code: most words mean nothing there.
CODE_TYPES = words("""
    AttributeError NameError TypeError KeyError IndexError NoMethodError ImportError
    ModuleNotFoundError UnboundLocalError AssertionError ReferenceError NotImplementedError
    UndefinedFunctionError ArgumentCountError ErrorException
""")
_ALSO_IN_CODE_EARLY = words("""
    unregistered-task not-serialisable credentials-missing template-field bad-encoding
    sql-error template-missing
""")
_NOT_IN_CODE_LATE = words("""
    invalid-field record-missing conflict bad-value cancelled upstream-error request-too-big
    timeout bad-number several-records
""")


# The HTTP status knows better than a type that only says "server" or "file".
_AFTER_STATUS = frozenset({"upstream-error", "file-missing"})
# What a type of these kinds leaves open, common words may say more exactly.
_READ_FIRST = words("settings-wrong orm-misuse unreachable dropped")
_OF_ANSWERS = words("bad-file not-json bad-encoding")
_EXACT = words("""
    setting-missing bad-url alias-missing timeout unreachable dropped
""")

# What a function of PHP itself warns of is no mistake of the code.
_PHP_WARNING = re.compile(r"\w+\(.*\): ")
_EARLY, _LATE = Matcher(texts.EARLY), Matcher(texts.LATE)
_CODE_EARLY = Matcher([rule for rule in texts.EARLY if rule.kind in _ALSO_IN_CODE_EARLY])
_CODE_LATE = Matcher([rule for rule in texts.LATE if rule.kind not in _NOT_IN_CODE_LATE])
_TRANSLATED = Matcher(texts.TRANSLATED)
_EXACT_LATE = Matcher([rule for rule in texts.LATE if rule.kind in _EXACT])


def decide(link: Link) -> Decision | None:
    """Return what an exception surely means; None when only its general type is left."""
    return _decide_in_code(link) if _is_code(link) else _decide(link)


def _is_code(link: Link) -> bool:
    """Return whether it is a mistake of the app's own code: its words are mostly names."""
    if link.short not in CODE_TYPES or link.root == "asyncpg":
        return False
    return link.short != "ErrorException" or not _PHP_WARNING.match(link.message)


def _decide(link: Link) -> Decision | None:
    of_type = _of_type(TYPES, link)
    return (
        by_code(link)
        or (of_type if of_type and of_type.kind not in _GIVES_WAY else None)
        or by_mail(link)
        or by_file_transfer(link)
        or _early(link)
        or (_by_text(_EXACT_LATE, link) if of_type and of_type.kind in _READ_FIRST else None)
        or (of_type if of_type and of_type.kind not in _AFTER_STATUS else None)
        or by_grpc(link)
        or by_status(link)
        or by_errno(link)
        or of_type
    )


def _early(link: Link) -> Decision | None:
    """Return what strong words mean; an answer that is an error is not expected to be readable."""
    found = _by_text(_TRANSLATED, link)
    if found:
        # Named after whose words they are: that is the datastore.
        return Decision(found.kind, f"postgresql {found.rule}")
    found = _by_text(_EARLY, link)
    return None if found and link.status and found.kind in _OF_ANSWERS else found


def _decide_in_code(link: Link) -> Decision | None:
    """Return what a mistake of the code means: its words first, its type is general."""
    of_type = _of_type(TYPES, link)
    return (
        (of_type if of_type and of_type.kind not in _GIVES_WAY else None)
        or _by_text(_CODE_EARLY, link)
        or _by_text(_CODE_LATE, link)
        or of_type
        or by_errno(link)
    )


def guess(link: Link) -> Decision | None:
    """Return what an exception probably means, by common wording and by its general type."""
    found = None if _is_code(link) else _by_text(_LATE, link)
    return found or _of_type(WEAK_TYPES, link)


def _of_type(table: Mapping[str, str], link: Link) -> Decision | None:
    kind = table.get(f"{link.root}:{link.short}")
    if kind:
        return Decision(kind, f"type {link.root}.{link.short}")
    kind = table.get(link.short)
    return Decision(kind, f"type {link.short}") if kind else None


def _by_text(rules: Matcher, link: Link) -> Decision | None:
    if link.stems is None:
        link.stems = stems_of(link.message)
    found = rules.first(link.low, link.stems)
    return Decision(found[0], f"text {' … '.join(found[1]).strip()}") if found else None
