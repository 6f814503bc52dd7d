"""Which part of the app is concerned: name, place, task, template, setting, program, file."""

import re

from tailback.core.failures.evidence import Evidence
from tailback.core.failures.extract import first_of
from tailback.core.failures.mask import masked
from tailback.core.failures.trace import area_of, place_of

variable = first_of(
    r"^\"(\w+)\" not defined",
    r"['\"](\w+)['\"] is (?:undefined|not defined)",
    r"has no attribute ['\"](\w+)",
    r"undefined variable:? \$?(\w+)",
    r"failed lookup for key \[(\w+)",
    r"undefined (?:local variable or )?method [`'](\w+)",
    r"attribute [`'\"](\w+)[`'\"]",
    r"variable ['\"`$]*(\w+)",
    r"^['\"]?(\w+)['\"]?$",
    r"undefined property:? (?:[\w\\]+::)?\$?(\w+)",
    r"reading '(\w+)'",
    r"\b(\w+) is not defined",
)
_template = first_of(
    r"['\"\[]?([\w\-/.]+\.\w+)['\"\]]?", r"view \[([\w.\-]+)", r"template:? ['\"]?([\w\-/.]+)"
)
_TEMPLATE_ENDS = re.compile(r"^.*/(?:views|templates)/|(?:\.\w{2,6})+$")


def template(evidence: Evidence) -> str | None:
    """A template's name without the endings that not every engine says."""
    found = _template(evidence)
    return _TEMPLATE_ENDS.sub("", found) or found if found else None


_setting = first_of(
    r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b",
    r"'settings' object has no attribute '(\w+)'",
    r"(?:setting|variable|key|option|configuration|config)[: ]+[\"'`]?([\w.\-]{3,})",
    r"[\"'`]([\w.\-]+)[\"'`]",
)
_EXACT_SETTING = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")

_OF_MODEL = re.compile(r"validation errors? for \w+\n(\w+)")


def setting_name(evidence: Evidence) -> str | None:
    match = _EXACT_SETTING.search(evidence.link.message) or _OF_MODEL.search(evidence.link.message)
    return match[1].lower() if match else _setting(evidence)


alias = first_of(
    r"'conn_id': '([\w\-]+)'",
    r"(?:connection|database|cache|storage|queue|disk|alias|backend)"
    r"[ \[:]+['\"`]?([\w\-]+)['\"`\]]",
    r"['\"`]([\w\-]+)['\"`]",
)
task = first_of(
    r"task of type (?:KeyError\(u?)?['\"]?([\w.]+)",
    r"constant ([\w:]+)",
    r"class/module ([\w:]+)",
    r"^module '([\w.]+)' has no attribute '(\w+)'",
    r"(?:task|job) (?:type|kind|name)[: ]+['\"`]?([\w.:\-]{3,})",
    r"^([\w.:\-]+)(?: not found in \w+)?$",
    r"(?:task|job|actor|function|handler|processor|worker|kind|type|name)"
    r"(?: name)?[: ]+['\"`]?([\w.:\-]{3,})",
    r"['\"`]([\w.:\-]+)['\"`]",
)
_name = first_of(
    r"cannot import name ['\"](\w+)",
    r"module ['\"][\w.]+['\"] has no attribute ['\"](\w+)",
    r"type object ['\"](\w+)['\"] has no attribute ['\"](\w+)",
    r"['\"]([\w.]+)['\"] object has no attribute ['\"](\w+)",
    r"no module named ['\"]?([\w.]+)",
    r"cannot find (?:module|package) ['\"]([@\w./\-]+)",
    r"uninitialized constant ([\w:]+)",
    r"target class \[([\w\\]+)\]",
    r"key not found: [\"':]*(\w+)",
    r"undefined (?:local variable or )?method [`'](\w+[?!=]?)['`]",
    r"(?:function|method|class|load such file --|load) [\"'`]?([\w:\\./@\-]+)",
    r"((?:\w+\.)*\w+) is not a function",
    r"name ['\"](\w+)['\"] is not",
    r"(?:variable|index|key|property)[: ]+[\"'`$:]*([\w.]+)",
    r"\b(\w+) is not defined",
    r"^['\"]([^'\"\n]{1,80})['\"]$",
)
_function = first_of(
    r"(?<![\w.<>])(?:[\w.<>]*<locals>\.)?([\w.<>]+)\(\)",
    r"function ([\w\\:]+)",
    r"method [`']?(\w+)",
)
_attribute_of_none = first_of(
    r"'NoneType' object has no attribute '(\w+)'",
    r"method [`'](\w+[?!=\[\]]*)['`] (?:called )?for nil",
    r"(?:reading|setting) '(\w+)'",
    r"property [\"'](\w+)[\"'] on null",
    r"function (\w+)\(\) on null",
    r"read property '(\w+)' of",
    r"destructure property '(\w+)'",
    r"cannot invoke \"(?:[\w$]+\.)*(\w+)\(",
    r"because [\"<]?([\w.()<>]+)[\">]? is null",
)
command = first_of(
    r"could not find (chrom\w+)",
    r"no (\w+) executable",
    r"Command '\[?'?(?:[\w./\-]*/)?([\w\-.]+)",
    r"process \"(?:[\w./\-]*/)?([\w\-.]+)",
    r"directory(?:: '| - )(?:[\w./\-]*/)?([\w\-.]+)",
    r"spawn (?:[\w./\-]*/)?([\w\-.]+)",
    r"^(?:[\w./\-]*/)?([\w\-.]+): command not found",
    r"\"([\w\-]+)\": executable",
    r"executable[^\w]+(?:at )?(?:[\w./\-]*/)?([\w\-.]+)",
)


def place(evidence: Evidence) -> str | None:
    """Where in the app's own code it happened, else the wording."""
    return place_of(evidence.own_trace()) or masked(evidence.link.message) or None


def none_value(evidence: Evidence) -> str | None:
    return _attribute_of_none(evidence) or place(evidence)


_method = re.compile(
    r"method [`'](?P<ruby>\w+[?!=]?)['`] for (?:an instance of |#<)"
    r"(?P<of_ruby>[A-Z]\w*(?:::[A-Z]\w*)*)"
    r"|undefined method (?P<of_php>[\w\\]+)::(?P<php>\w+)"
)
_NAMESPACE = re.compile(r".*(?:::|\\)")


def name_or_place(evidence: Evidence) -> str | None:
    match = _method.search(evidence.link.message)
    if match:
        owner = _NAMESPACE.sub("", match["of_ruby"] or match["of_php"])
        return f"{owner}.{match['ruby'] or match['php']}"
    return _name(evidence) or place(evidence)


def function_or_place(evidence: Evidence) -> str | None:
    return _function(evidence) or place(evidence)


def area(evidence: Evidence) -> str | None:
    return _limited_task(evidence) or area_of(evidence.trace)


_limited_task = first_of(
    r"exceeded for ([\w.]+)",
    r"(?<![\w\\])([\w\\]+) has been attempted",
    r"(?<![\w\\])([\w\\]+) has timed out",
)


def text(evidence: Evidence) -> str:
    link = evidence.link
    return f"{link.short}: {masked(link.message)}"


_FILE_TYPES = (
    ("spreadsheet", ("xls", "excel", "openpyxl", "workbook", "roo::")),
    ("pdf", ("pdf",)),
    ("csv", ("csv", "tokenizing", "quoted field", "no columns to parse", "emptydata", "columns")),
    ("zip archive", ("zip", "central directory")),
    (
        "xml",
        ("xml", "etree", "well-formed", "no element found", "nokogiri", "sax", "expat", "tag"),
    ),
    ("yaml", ("yaml", "psych")),
    ("document", ("document", "docx")),
    ("archive", ("tar", "lzma", "zlib")),
)


def file_type(evidence: Evidence) -> str | None:
    haystack = f"{evidence.link.type} {evidence.link.message}".lower()
    for name, hints in _FILE_TYPES:
        if any(hint in haystack for hint in hints):
            return name
    return None
