"""What a traceback text tells: the exceptions behind the last one, and places in the app."""

import re
from itertools import islice

from tailback.core.failures.link import Link
from tailback.core.failures.table import words
from tailback.core.fields import MESSAGE_CHARS, NAME_CHARS

_PYTHON_JOINTS = (
    "\nThe above exception was the direct cause of the following exception:",
    "\nDuring handling of the above exception, another exception occurred:",
)
_HEAD = re.compile(r"([A-Za-z_][\w.]*(?:(?:::|\\)\w+)*)(?::(?: (.*))?)?$")
_OTHER_CAUSE = re.compile(
    r"(?:^|\n)\s*(?:\[cause\]:|[Cc]aused by:?|parent:|original:)\s*"
    r"(?P<type>[A-Za-z_][\w.$]*(?:(?:::|\\)\w+)*)(?:: ?| \()(?P<message>[^\n]*)"
)
_OTHER_MARKS = ("aused by", "[cause]:", "  parent: ", "  original: ")
_FRAME = re.compile(r'File "([^"]+)", line \d+, in (\S+)(?:\n    ([^\n]*))?')
_RUBY_JOB = re.compile(r"app/(?:jobs|workers|sidekiq)/([\w/]+?)(?:_job|_worker)?\.rb")
_NODE_FRAME = re.compile(r"at (?:async )?([\w.$<>]+) \((?:file://)?(/[^):]+):\d+")
_OUTSIDE = (
    "site-packages", "dist-packages", "/lib/python", "lib/ruby", "node_modules", "<frozen",
    "<string>", "memory:0x", "/gems/", "lib/sqlalchemy", "_cy.py", ".pyx",
)  # fmt: skip
_DULL_FILES = words("""
    tasks task jobs job worker workers __init__ main app index actors actor consumers consumer
    handlers handler commands processors
""")
_DULL_FOLDERS = words("app src current code srv home lib bin release")
MAX_CAUSES = 10


def causes_in(trace: str) -> list[Link]:
    """Return the exceptions that led to the last one of a trace, nearest first."""
    if "\nThe above exception" in trace or "\nDuring handling of" in trace:
        direct, handling = _PYTHON_JOINTS
        sections = trace.replace(handling, direct).split(direct)[:-1]
        raised = [_raised(section) for section in reversed(sections[-MAX_CAUSES:])]
        return [link for link in raised if link is not None]
    if any(mark in trace for mark in _OTHER_MARKS):
        found = _OTHER_CAUSE.finditer(trace)
        return [
            Link(one["type"][:NAME_CHARS], one["message"].rstrip(")")[:MESSAGE_CHARS])
            for one in islice(found, MAX_CAUSES)
        ]
    return []


def section_of(trace: str, type_: str) -> str:
    """Return the part of a Python traceback that ends with an exception of this type."""
    direct, handling = _PYTHON_JOINTS
    if direct not in trace and handling not in trace:
        return trace
    sections = trace.replace(handling, direct).split(direct)
    for section in sections[:-1]:
        at = section.rfind(f"\n{type_}")
        if at >= 0 and section[at + 1 + len(type_) :][:1] in {"", ":", "\n"}:
            return section
    return sections[-1]


def heads_in(trace: str) -> str:
    """Return the lines of a trace of another language that name an exception."""
    if "  File " in trace:
        return ""
    lines = (one.strip() for one in trace.split("\n"))
    named = (one for one in lines if "Error" in one or "Exception" in one)
    return "\n".join(one for one in named if not one.startswith("at "))


def _raised(section: str) -> Link | None:
    """Return what a section of a Python traceback ends with."""
    at = section.rfind('\n  File "')
    lines = section[at + 1 :].strip("\n").split("\n")[1 if at >= 0 else 0 :]
    for indented in (False, True):
        for number, line in enumerate(lines):
            if line[:1].isspace() is not indented:
                continue
            match = _HEAD.match(line.strip())
            if match:
                rest = lines[number + 1 :]
                text = "\n".join([match[2] or "", *rest]).strip()
                return Link(match[1][:NAME_CHARS], text[:MESSAGE_CHARS])
    return None


def _app_frames(trace: str) -> list[re.Match[str]]:
    return [
        frame
        for frame in _FRAME.finditer(trace)
        if not any(part in frame[1] for part in _OUTSIDE) and frame[1][0] != "<"
    ]


def area_of(trace: str) -> str | None:
    """Return which part of the app ran: the module or folder of the outermost own frame."""
    frames = _app_frames(trace)
    if frames:
        folder, _, file = frames[0][1].rpartition("/")
        stem = file.rpartition(".")[0]
        parent = folder.rpartition("/")[2]
        return parent if stem in _DULL_FILES and parent not in _DULL_FOLDERS else stem
    ruby = _RUBY_JOB.search(trace)
    return ruby[1] if ruby else None


def place_of(trace: str) -> str | None:
    """Return the innermost own function, without line numbers: "shop/tasks/charge.py charge"."""
    frames = _app_frames(trace)
    if frames:
        path, function = frames[-1][1], frames[-1][2]
        return f"{'/'.join(path.split('/')[-2:])} {function}"
    node = [one for one in _NODE_FRAME.finditer(trace) if "node_modules" not in one[2]]
    if node:
        return node[0][1]
    ruby = _RUBY_JOB.search(trace)
    return ruby[1] if ruby else None


def source_line_of(trace: str) -> str:
    """Return the source text of the innermost own frame, "" when the trace shows none."""
    frames = _app_frames(trace)
    return (frames[-1][3] or "") if frames else ""


def in_template(trace: str) -> bool:
    """Return whether the innermost frames run a template."""
    tail = trace[-1_500:]
    return (
        "in top-level template code" in tail
        or 'File "<template>"' in tail
        or ", in render_body" in tail
        or "in block '" in tail
        or ("/string.py" in tail and ", in substitute" in tail)
    )
