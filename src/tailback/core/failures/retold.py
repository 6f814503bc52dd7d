"""Exceptions that are written out in the message of another one."""

import re

from tailback.core.failures.codes import SQLSTATE_OF_CLASS
from tailback.core.failures.link import Link
from tailback.core.failures.types import TYPES, WEAK_TYPES
from tailback.core.failures.wrappers import AFTERMATH, EMPTY_TYPES

_DB_API = re.compile(
    r"\(([\w.]+)\) (.*?)(?=\n\[SQL: |\n\(Background on|\n\n\[SQL: |\Z)", re.DOTALL
)
_RUBY = re.compile(
    r"(?:^|: |\()((?:PG|Mysql2|SQLite3|TinyTds|Trilogy|Redis|Net|Errno|OpenSSL|Faraday|JSON"
    r"|Timeout)::[\w:]+\w)(?:: ?| - ?|$|\))(.*)",
    re.DOTALL,
)
_RAISED = re.compile(
    r"(?:raised|raised unexpected:|state=finished raised|failed:|due to|caused by:?|last error:|"
    r"last exception:|reason:|original error:|job failed:|inner exception:) "
    r"([A-Z]\w+(?:(?:\.|::)\w+)*(?:Error|Exception|Exceeded|Exists|Timeout|Refused|Violation|Limited"
    r"|ReadTimeout|OpenTimeout|ConnectTimeout))"
    r"(?:\(\"?'?(.*?)\"?'?,?\)(?:>|$|\])|: (.*)|[>\]]|$)",
    re.DOTALL | re.IGNORECASE,
)
# "KeyError('x')" or "requests.exceptions.HTTPError: 503 …" somewhere in a sentence.
_NAMED = re.compile(r"(?<![\w.$])((?:[A-Za-z_]\w*\.)*([A-Z]\w{4,}))(\(|: )")
_QUOTED = re.compile(r"b?(['\"])(.*?)\1,?\)", re.DOTALL)
_KNOWN = frozenset(
    {name.rpartition(":")[2] for table in (TYPES, WEAK_TYPES) for name in table}
    | SQLSTATE_OF_CLASS.keys()
)
_ENDS = ("Error", "Exception")


def named_in(link: Link) -> Link | None:
    """Return the exception that stands in a message which only says where it happened.

    Only the app's own and general types retell others; a library's error speaks for itself.
    """
    if link.short in _KNOWN and link.short not in EMPTY_TYPES:
        return None
    for match in _NAMED.finditer(link.message):
        short = match[2]
        says_something = short not in EMPTY_TYPES and short != link.short
        if says_something and (short in _KNOWN or short.endswith(_ENDS)):
            return Link(match[1], _told(link.message, match), link.status, link.facts)
    return None


def _told(message: str, name: re.Match[str]) -> str:
    rest = message[name.end() :]
    if name[3] == "(":
        quoted = _QUOTED.match(rest)
        return quoted[2].replace("\\n", "\n").replace("\\'", "'") if quoted else rest.rstrip(")")
    before = message[: name.start()]
    return rest.removesuffix(")") if before.endswith("(") else rest


def written_in(link: Link, wraps: bool) -> Link | None:
    """Return the exception that ORMs, Ruby and (if `link` only `wraps`) retriers write out."""
    message = link.message
    if message[:1] == "(":
        match = _DB_API.match(message)
        # A class: has a module, or begins like one; "(token_expired)" is a code.
        if match and ("." in match[1] or match[1][0].isupper()):
            return Link(match[1], match[2], link.status, link.facts)
    if "::" in message:
        match = _RUBY.search(message)
        if match:
            return Link(match[1], match[2], link.status, link.facts)
    if wraps or link.short in AFTERMATH:
        match = _RAISED.search(message)
        if match:
            return Link(match[1], match[2] or match[3] or "", link.status)
    return None
