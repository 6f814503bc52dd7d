"""Which data is concerned: table, column, constraint, model or field."""

import re

from tailback.core.failures.evidence import Evidence
from tailback.core.failures.extract import first_of
from tailback.core.failures.quotes import plain_quotes
from tailback.core.failures.table import words
from tailback.core.failures.trace import source_line_of

_CONSTRAINT = re.compile(
    r"constraint failed: (?P<sqlite>[\w.]+)"
    r"|collection: [\w\-]+\.(?P<collection>[\w.]+) index: (?P<index>[\w.]+?)(?:_-?1)?(?=[\s}])"
    r"|for key ['\"](?P<mysql>[\w.\-]+)"
    r"|fields?: \(`(?P<prisma>[\w`,]+)`\)"
    r"|constraint[: ]*[\"'`(](?P<named>[\w.]+)"
    r"|unique index ['\"](?P<unique>[\w.]+)"
    r"|\"(?P<custom>\w+_(?:fkey|fk|key|uniq|unique|idx|index|check|ck|pkey)\d*)\"",
    re.IGNORECASE,
)
_KEY_COLUMN = re.compile(r"Key \((\w+)")
_TABLE = re.compile(r'(?:on table|relation|table) ["`\'](\w+)', re.IGNORECASE)
_CONSTRAINT_ENDS = re.compile(
    r"_(?:fkey|fk|key|uniq|unique|idx|index|check|ck|uq)\d*$|^(?:fk|uq|ix|ck|idx)_"
)
_DJANGO_HASH = re.compile(r"_[0-9a-f]{8}(?=_|$)")


def constraint(evidence: Evidence) -> str | None:
    """The table and column under a constraint's name, as far as its name follows custom."""
    message = plain_quotes(evidence.link.message)
    match = _CONSTRAINT.search(message)
    table = _TABLE.search(message)
    if match is None:
        return table[1].lower() if table else model(evidence)
    name = next(part for part in reversed(match.groups()) if part)
    if match["collection"]:
        name = f"{match['collection']}_{match['index'].strip('_')}"
    name = name.lower().replace(".", "_").replace("`", "").replace(",", "_")
    name = _DJANGO_HASH.sub("", name)
    if name == "primary" or name.endswith(("_pkey", "_primary")):
        column = _KEY_COLUMN.search(message)
        name = name.removesuffix("pkey").removesuffix("primary").strip("_")
        return f"{name}_{column[1].lower() if column else 'id'}"
    return _CONSTRAINT_ENDS.sub("", _CONSTRAINT_ENDS.sub("", name)) or name


_column = first_of(
    r'column ["\'`](?:\w+\.)?(\w+)["\'`] of relation ["\'`](\w+)',
    r"(?:no such|unknown|undefined|invalid) column:?(?: name)? ['\"`]?(?:\w+\.)*(\w+)",
    r'column ["\'`]?(?:\w+\.)*(\w+)["\'`]? (?:of|does not|cannot|in |doesn)',
    r"column ['\"`](?:\w+\.)*(\w+)",
    r"has no column named (\w+)",
    r"notnull violation: \w+\.(\w+)",
    r"not null constraint failed: (?:\w+\.)*(\w+)",
    r"unknown attribute ['\"`](\w+)",
    r"cannot resolve keyword ['\"`](\w+)",
    r"field ['\"`](\w+)['\"`] doesn't have a default",
    r"has no field named ['\"`](\w+)",
    r"column:? ['\"`]?\(?(?:\w+\.)*(\w+)",
    r"(?:spalte|colonne|columna|colonna|coluna|столбец|столбце|列) ?\"(\w+)",
    r"\"[\w]+\".\"[\w]+\".\"(\w+)\"",
    r"\"(\w+)\": invalid identifier",
)


def only_column(evidence: Evidence) -> str | None:
    """The column alone: not every message of a database names the table too."""
    found = _column(evidence)
    return found.partition(".")[0].lower() if found else None


table = first_of(
    r'relation ["\'](?:\w+\.)?(\w+)',
    r"(?:relación|relazione|relação|отношение|リレーション|关系) ?\"(\w+)",
    r"no such table: (?:\w+\.)?(\w+)",
    r"table ['\"`]?(?:\w+\.)?(\w+)['\"`]? doesn't exist",
    r"(?:table|object name|view) ['\"`](?:\w+\.)?(\w+)",
    r"table `(?:\w+\.)?(\w+)`",
)

_MODEL = re.compile(
    r"prisma\.(?P<prisma>\w+)\.\w+\("
    r"|(?:could not find )?any entity of type \"(?P<typeorm>\w+)"
    r"|RecordNotFound, class: (?P<delayed>\w+)"
    r"|for class (?P<mongoid>\w+) with"
    r"|unable to find (?:\w+\.)+(?P<jpa>\w+) with id"
    r"|(?:^|[ :'\"])(?P<django>\w+) matching query does not exist"
    r"|(?:couldn't|could not|cannot|can't) find (?:an? |the |any )?(?P<rails>[A-Za-z]\w*)"
    r"|no query results for model \[(?:\w+\\)*(?P<laravel>\w+)"
    r"|no (?P<no>[A-Z]\w+) matches"
    r"|returned more than one (?P<several>\w+)"
    r"|no (?P<nosuch>\w+) (?:found|with|record)"
    r"|\b(?P<noun>[A-Za-z]\w+) (?:with |for )?(?:id|pk|uuid|number|ref|reference)?"
    r"[ =:#'\"]*[\w\-]*['\"]? "
    r"?(?:was |is |has )?(?:not found|does not exist|no longer exists|been deleted|deleted"
    r"|doesn't exist)"
    r"|no such (?P<such>\w+)"
    r"|from \w+ in (?:\w+\.)*(?P<ecto>\w+)",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:from|into|update)\s+[\"'`\[]?(?:\w+\.)?(\w+)", re.IGNORECASE)
_MODEL_CALL = re.compile(
    r"\b([A-Z]\w+)\.(?:objects|query|find|get|select)\b|(?:get|query|scalars|select)\(([A-Z]\w+)\b"
)
_NO_MODEL = words("""
    the object row record one column it a any error resource item file
""")


def model(evidence: Evidence) -> str | None:
    """The kind of record: a model, or the table it is kept in, in the singular."""
    link = evidence.link
    match = _MODEL.search(link.message)
    name = match[match.lastgroup] if match and match.lastgroup else None
    if name is None and link.short in {"DoesNotExist", "MultipleObjectsReturned"}:
        before = re.split(r"\.|::", link.type)
        name = before[-2] if len(before) > 1 and before[-2][:1].isupper() else None
    if name is None or name.lower() in _NO_MODEL:
        line = source_line_of(evidence.own_trace())
        sql = _FROM.search(line) or (_FROM.search(link.message) if "sql" in link.low else None)
        call = _MODEL_CALL.search(line)
        name = sql[1] if sql else (call[1] or call[2]) if call else None
    return _singular(name.lower()) if name else None


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_PYDANTIC_FIELD = re.compile(r"validation errors? for [\w\[\], ]+\n([\w.\[\]\-]+)")
_INSTANCE = re.compile(r"On instance((?:\[[^\]]+\])+)")
_named_field = first_of(
    r"^the (\w+(?: \w+)?) field (?:is|must|has|format|confirmation)\b",
    r"^['\"](\w+)['\"] is a required property",
    r"\b(e-?mail) address",
    r"'(\w+)' was unexpected|\('(\w+)' was unexpected",
    r"^\{['\"](\w+)['\"]: \{\d+: \{['\"](\w+)",
    r"^\{['\"]([\w.]+)['\"]: ",
    r"\$\.([\w.\[\]]+)",
    r"missing required parameter in \w+: \"(\w+)\"",
    r"invalid type for parameter ([\w.]+)",
    r"param is missing or the value is empty(?: or invalid)?: (\w+)",
    r"(?:field|parameter|property|attribute|key|param|path|argument|claim)"
    r"[ :]+[\"'`:]*([\w.]+)[\"'`]*",
    r"validation failed: (?:\w+: )?(\w+)",
    r"notNull violation: \w+\.(\w+)",
    r"\"path\": \[\s*\"(\w+)\"",
    r"['\"`](\w+)['\"`] (?:is|must|should|does|can)",
    r"^(?:missing|invalid|unknown|unsupported|bad) ([a-z_]\w*)",
    r"^(\w+) (?:is|must|should|can't|cannot|does)\b",
)
_NO_FIELD = words("""
    the value this it input data object field body there payload that a and
""")


def field(evidence: Evidence) -> str | None:
    """The first field that was found wrong, without positions in lists."""
    message = evidence.link.message
    match = _PYDANTIC_FIELD.search(message)
    if match:
        return _plain_path(match[1])
    found = _named_field(evidence)
    if "Failed validating" in message:
        match = _INSTANCE.search(message)
        parent = match[1].replace("'", "") if match else ""
        required = "is a required property" in message
        return _plain_path(f"{parent}.{found}" if required and found else parent)
    return None if found is None or found.lower() in _NO_FIELD else _plain_path(found)


def _plain_path(path: str) -> str | None:
    names = [name for name in re.split(r"[.\[\]]+", path) if name and not name.isdigit()]
    return ".".join(names).lower() or None
