"""The few decisions that need more than one exception's own words: keys, templates, files."""

import re

from tailback.core.failures.decision import Decision
from tailback.core.failures.evidence import Evidence
from tailback.core.failures.link import Link
from tailback.core.failures.table import words
from tailback.core.failures.trace import in_template, source_line_of

_KEY_NOT_FOUND = re.compile(r"key not found: [\"':]*([^\"'\n]*)")
_QUOTED = re.compile(r"^[\"']*([^\"'\n]*)[\"']*$")
_SETTING = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_TASK = re.compile(
    r"^[a-z_]\w*(?:\.[a-z_]\w*){2,}$|^[a-z_]\w*\.(?:tasks|jobs|workers)\.\w+$|\.tasks?\."
)
_INPUT_NAMES = re.compile(
    r"\b(?:payload|data|body|row|record|event|message|msg|params|item|line|json|request|response"
    r"|args|kwargs|form|attributes|webhook|doc|document|input|fields|order|contact)\w*\[|\.json\(\)\["
)
_SETTINGS_MODEL = re.compile(r"validation errors? for \w*(?:Settings|Config)\n")
_FORMATS = (".format(", ".format_map(", "%(", "substitute(")
_FILE_NAME = re.compile(r"directory(?:: '| - )([^'\n]*)")
_TEMPLATE_FILE = re.compile(
    r"\.(?:html?|j2|jinja2?|erb|liquid|mako|tmpl|txt\.j2|mjml|hbs|twig|ejs|pug|njk|mustache)\b"
)
_UNDEFINED = re.compile(r"undefined|has no attribute|key not found|for nil|not defined|of null")
# Template engines of Node show the line of the template: " >> 1| Hi <%= name %>".
_SHOWN_LINE = re.compile(r"\n *>{1,2} *\d+\| ")
_FIELD_KINDS = frozenset({"missing-attribute", "missing-key", "undefined-name", "none-value"})
CODE_KINDS = words("""
    none-value bad-type bad-operation missing-attribute missing-key bad-index undefined-name
    bad-value wrong-arguments template-failed
""")


def of_model(link: Link) -> Decision | None:
    """Settings that are read by a model are settings, not data that somebody sent."""
    if link.root != "pydantic_core":
        return None
    if "type=json_invalid" in link.message:
        return Decision("not-json", "model of text that is not JSON")
    if _SETTINGS_MODEL.search(link.message):
        return Decision("setting-missing", "model of settings")
    return None


def of_key_error(evidence: Evidence) -> Decision | None:
    """A KeyError says only the key: what it is shows in how it is written and where."""
    link = evidence.link
    if link.short not in {"KeyError", "fetch", "Fetch"}:
        return None
    match = _KEY_NOT_FOUND.match(link.message.strip()) or _QUOTED.match(link.message.strip())
    key = match[1] if match else ""
    if _SETTING.match(key) or "environ" in source_line_of(evidence.own_trace()):
        return Decision("setting-missing", "key that is an environment name")
    if _TASK.search(key):
        return Decision("unregistered-task", "key that is a task's name")
    line = source_line_of(evidence.own_trace())
    if any(sign in line for sign in _FORMATS) or in_template(evidence.own_trace()):
        return Decision("template-field", "key of a text that is filled in")
    if _INPUT_NAMES.search(line):
        return Decision("invalid-field", "key of the data a job was given")
    return None


def of_missing_name(evidence: Evidence, decision: Decision) -> Decision:
    """A name that the worker itself looks up is a task's."""
    if "in import_attribute" in evidence.own_trace():
        return Decision("unregistered-task", f"{decision.rule}, looked up by the worker")
    return decision


def in_a_template(evidence: Evidence, decision: Decision) -> Decision:
    """An ordinary mistake inside a template is the template's."""
    if decision.kind == "template-failed":
        missing = _UNDEFINED.search(evidence.link.low)
        return Decision("template-field", decision.rule) if missing else decision
    shown = in_template(evidence.own_trace()) or _SHOWN_LINE.search(evidence.link.message)
    if decision.kind in CODE_KINDS and shown:
        found = "template-field" if decision.kind in _FIELD_KINDS else "template-failed"
        return Decision(found, f"{decision.rule}, in a template")
    return decision


def of_missing_file(evidence: Evidence, decision: Decision) -> Decision:
    """A missing file without folder and ending is a program that is not installed."""
    match = _FILE_NAME.search(evidence.link.message)
    name = match[1] if match else ""
    if _TEMPLATE_FILE.search(evidence.link.low):
        return Decision("template-missing", f"{decision.rule}, a template's file")
    if "spawn" in evidence.link.low:
        return Decision("program-missing", f"{decision.rule}, a program")
    if name and "." not in name and ("/" not in name or "/bin/" in name):
        return Decision("program-missing", f"{decision.rule}, a program")
    return decision
