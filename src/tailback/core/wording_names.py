"""Whether the name of a lane is one thing or many, so that a sentence about it reads right.

A name is whatever somebody wrote. Where it could be either, a colon says what no verb can.
"""

import re

from tailback.core.text import clean_text

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
# A number or the name of a queue ("Lane 7", "shop.emails") is one thing, whatever it holds.
_CODE = re.compile(r"[0-9._:/@#]")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# "Exports of invoices" are the exports.
_BEFORE = _words(
    "about after at before between by during for from in into of on per through to via with"
    " without"
)
_JOINS = frozenset(("and", "or", "&", "+", "/"))
_MANY = _words("children criteria feet geese men menus mice people teeth women")
_ONE = _words(
    "alias atlas aws bias canvas cms cors css dns gas gps https ios news pos rss saas sms"
    " sns sqs tls"
)
_EITHER = _words("crossroads data headquarters means media ops sales series species staff")
_MANY_ICS = _words("clinics comics fabrics graphics metrics mosaics topics")
# With one of these before many, "Send receipts" may be what is done and not what it is done to.
_DONE = _words(
    "archive backup bill build calculate capture charge check clean cleanup clear collect compute"
    " copy create delete deliver dispatch download email encode expire export fetch generate"
    " handle import index mail make match merge migrate move notify pay poll prepare print process"
    " publish pull purge push rebuild recalculate receive reconcile refresh reindex remove render"
    " reset resize retry run save scan schedule score send ship store submit sync transcode"
    " transfer update upload validate verify warm write"
)
_SINGULAR_ENDS = ("ss", "is", "us")


def says(name: str, state: str, limit: int | None = None) -> str:
    """Return "Receipt emails are stuck", "Order sync is stuck", or "Sales: stuck".

    With `limit` the name is cut so that all of it has at most so many characters.
    """
    many = is_many(name)
    rest = f"{':' if many is None else ' are' if many else ' is'} {state}"
    return (name if limit is None else clean_text(name, limit - len(rest))) + rest


def is_many(name: str) -> bool | None:
    """Tell whether a verb after the name stands in the plural; None where it could be either."""
    words = _BRACKETS.sub(" ", name).lower().split()
    end = next((n for n, word in enumerate(words) if n and word in _BEFORE), len(words))
    words = words[:end]
    if not words:
        return None
    head, several = words[-1], not _JOINS.isdisjoint(words)
    if _CODE.search(head) and not several:
        return False
    many = _head_is_many(head) if _WORD.fullmatch(head) else None
    if several:
        return True if many else None
    if many and len(words) > 1 and (words[0] in _DONE or words[0].endswith("ing")):
        return None
    return None if many and name.isupper() else many


def _head_is_many(word: str) -> bool | None:
    last = word.rpartition("-")[2]
    if last in _MANY:
        return True
    if last in _EITHER or last.endswith(("'s", "s'")):
        return None
    if last in _ONE or not last.endswith("s") or last.endswith(_SINGULAR_ENDS):
        return False
    if last.endswith("ics"):
        return True if last in _MANY_ICS else None
    return True
