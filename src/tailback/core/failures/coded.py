"""Reads documented codes: from the hook's facts, or as clients write them into their messages.

Each reader takes one exception and returns a decision or None; they are tried in order.
"""

import re
from collections.abc import Callable, Mapping

from tailback.core.failures import cloud, codes
from tailback.core.failures.decision import Decision
from tailback.core.failures.link import Link
from tailback.core.failures.table import words

_PHP_STATE = re.compile(r"SQLSTATE\[(\w{5})\](?:: [^:]+: (\d{4})\b)?(?: \[(\d{4})\])?")
_STATE = re.compile(r"\(SQLSTATE ([0-9A-Z]{5})\)|SQLSTATE:? ([0-9A-Z]{5})")
# These name no cause: only the text does.
_VAGUE_STATES = frozenset({"HY000", "23000"})
_MYSQL = re.compile(
    r"^\((\d{4}), |^(\d{4}) \(|^ERROR (\d{4})|Error (\d{4})(?: \(|:)|\(errno: (\d{4})"
)
_MONGO = re.compile(r"['\"]?code['\"]?: (\d+)|(E11000)")
_ORACLE = re.compile(r"(ORA-\d{5})")
_PRISMA = re.compile(r"\b(P[12]0\d\d)\b")
_AWS = re.compile(
    r"error occurred \(([\w.\-]+)\)|code: (\w+), message|ErrorCode:(\w+)|<Code>(\w+)<"
)
_TWILIO = re.compile(r"(?:errors/|code[ :]+|error:? )(\d{5})\b", re.IGNORECASE)
_API = re.compile(
    r"['\"](?:code|type|error|reason|errorCode)['\"]: ?['\"]([\w/.]+)['\"]"
    r"|(?:error|occurred): (\w+)$"
    r"|^\[?([A-Z][A-Z_]{5,})\]?:|Error Code (\w+)\.|\(([a-z]+_[a-z_]+)\)|^([a-z]+_[a-z_]+)$"
    r"|following error: ([\w/]+)"
)
_SQL_SERVER = re.compile(r"^\((\d{3,5}), |\((\d{3,5})\)(?: \(SQL|$)|error code: (\d{3,5})")
_SQL_SERVER_ROOTS = words("pymssql tinytds pyodbc")
_DELETES = ("update or delete on table", "still referenced")
_MYSQL_ROOTS = words("pymysql mysqldb mysql mysql2 trilogy mariadb aiomysql")
_DATABASE_TYPES = words("""
    OperationalError ProgrammingError IntegrityError DataError InternalError DatabaseError
    InterfaceError NotSupportedError Error QueryException PDOException MySQLError SQLException
""")


def by_code(link: Link) -> Decision | None:
    """Return what a documented code means, the most certain first."""
    for read in _READERS if link.facts else _TEXT_READERS:
        found = read(link)
        if found:
            return _by_direction(found, link)
    return None


def _by_direction(found: Decision, link: Link) -> Decision:
    """One code stands for both ends of a foreign key: what is deleted shows in the words."""
    if found.kind == "parent-missing" and any(sign in link.low for sign in _DELETES):
        return Decision("still-referenced", found.rule)
    return found


def by_state(state: str) -> Decision | None:
    """Return what an SQLSTATE means, by its own entry or by its class."""
    kind = codes.SQLSTATES.get(state) or codes.SQLSTATES.get(state[:2])
    return Decision(kind, f"sqlstate {state}") if kind else None


def _known(table: Mapping[str, str], name: str, code: str | None) -> Decision | None:
    kind = table.get(code) if code else None
    return Decision(kind, f"{name} {code}") if kind else None


def _written(pattern: re.Pattern[str], message: str) -> str | None:
    """Return the code that a pattern finds: its one group that matched."""
    match = pattern.search(message)
    return next((part for part in match.groups() if part), None) if match else None


def _sqlstate_fact(link: Link) -> Decision | None:
    state = link.facts.get("sqlstate")
    return by_state(state) if isinstance(state, str) and state not in _VAGUE_STATES else None


def _sqlstate_class(link: Link) -> Decision | None:
    """Drivers of PostgreSQL name their exception classes after the states."""
    classes = codes.SQLSTATE_OF_CLASS
    state = classes.get(link.short) or classes.get(link.short.removesuffix("Error"))
    return by_state(state) if state and link.root in codes.SQLSTATE_ROOTS else None


def _api_fact(link: Link) -> Decision | None:
    code = link.facts.get("code")
    if not isinstance(code, str):
        return None
    if link.root == "twilio":
        return _known(cloud.TWILIO, "twilio", code)
    if link.root in {"pymongo", "mongo"} or "Mongo" in link.short:
        return _known(codes.MONGO, "mongodb", code)
    return (
        _known(cloud.AWS, "aws", None if code.isdigit() else code)
        or _known(cloud.API_CODES, "api", code)
        or _known(codes.PRISMA, "prisma", code)
    )


def _sqlstate_text(link: Link) -> Decision | None:
    if "SQLSTATE" not in link.message:
        return None
    match = _PHP_STATE.search(link.message)
    if match is None:
        state = _written(_STATE, link.message)
        return by_state(state) if state else None
    found = _known(codes.MYSQL, "mysql", match[2] or match[3])
    return found or (None if match[1] in _VAGUE_STATES else by_state(match[1]))


def _sql_server(link: Link) -> Decision | None:
    if link.root not in _SQL_SERVER_ROOTS:
        return None
    return _known(codes.SQL_SERVER, "sql-server", _written(_SQL_SERVER, link.message))


def _mysql(link: Link) -> Decision | None:
    if link.root in _SQL_SERVER_ROOTS:
        return None
    if link.root not in _MYSQL_ROOTS and not (
        link.short in _DATABASE_TYPES and link.message[:1] in {"(", "1", "2", "3", "4", "E"}
    ):
        return None
    number = _written(_MYSQL, link.message) or str(link.facts.get("errno", ""))
    return _known(codes.MYSQL, "mysql", number)


def _mongodb(link: Link) -> Decision | None:
    if link.root not in {"pymongo", "mongo", "mongodb"} and "Mongo" not in link.short:
        return None
    number = _written(_MONGO, link.message)
    return _known(codes.MONGO, "mongodb", "11000" if number == "E11000" else number)


def _oracle(link: Link) -> Decision | None:
    if "ORA-" not in link.message:
        return None
    return _known(codes.ORACLE, "oracle", _written(_ORACLE, link.message))


def _prisma(link: Link) -> Decision | None:
    if "risma" not in link.type and "risma" not in link.message:
        return None
    return _known(codes.PRISMA, "prisma", _written(_PRISMA, link.message))


def _aws(link: Link) -> Decision | None:
    message = link.message
    if "error occurred (" in message or "ode:" in message or "<Code>" in message:
        found = _known(cloud.AWS, "aws", _written(_AWS, message))
        if found:
            return found
    return _known(cloud.AWS, "aws", link.short) if link.root == "aws" else None


def _twilio(link: Link) -> Decision | None:
    if link.root != "twilio" and "wilio" not in link.message:
        return None
    return _known(cloud.TWILIO, "twilio", _written(_TWILIO, link.message))


def _api_text(link: Link) -> Decision | None:
    if "_" not in link.message and "rror'" not in link.message:
        return None
    for match in _API.finditer(link.message):
        code = next(part for part in match.groups() if part)
        found = _known(cloud.API_CODES, "api", code)
        if found:
            return found
    return None


_Reader = Callable[[Link], Decision | None]
_TEXT_READERS: tuple[_Reader, ...] = (
    _sqlstate_class, _sqlstate_text, _sql_server, _mysql, _mongodb, _oracle, _prisma, _aws,
    _twilio, _api_text,
)  # fmt: skip
_READERS: tuple[_Reader, ...] = (_sqlstate_fact, _api_fact, *_TEXT_READERS)
