"""Reads what Huey pickled without ever running it.

The standard library's disassembler names the operations; here they only move plain values about
on a stack. A class or function in the data becomes a `Named`, a call of it a `Called`: nothing is
imported, nothing is called, nothing is hashed or compared, and all of it is bounded.
"""

import pickletools
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

MAX_BYTES = 256 * 1024
MAX_STEPS = 20_000
# (id, name, eta, retries, retry_delay, …): the order of huey.registry.Message since version 2.
MESSAGE = "huey.registry.Message"
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Message:
    """What is read of one message; `eta` has no zone, as Huey wrote it."""

    id: str
    name: str
    eta: datetime | None
    retries: int | None
    retry_delay: float | None


class PeekError(ValueError):
    """These bytes are no pickle that can be read within the bounds."""


@dataclass(frozen=True, slots=True)
class Named:
    """Stands for a class or function."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """Stands for what a call would have made."""

    what: Any
    args: Any


def peek(data: bytes) -> Message | None:
    """Return the message in `data`, signed or compressed or not; None for anything else."""
    try:
        made = read(unpack(data))
    except PeekError:
        return None
    fields = _fields_of(made)
    if not isinstance(fields, tuple) or len(fields) < _FIELDS:
        return None
    job, name, eta, retries, delay = fields[:_FIELDS]
    if not isinstance(job, str) or not isinstance(name, str):
        return None
    return Message(job, name, as_datetime(eta), _number(retries), _number(delay))


def _fields_of(made: Any) -> Any:
    """Return what a message was made of: a call of its class, in protocols 0 and 1 by a detour."""
    if not isinstance(made, Called) or not isinstance(made.what, Named):
        return None
    if made.what.name == MESSAGE:
        return made.args
    detour = made.what.name.endswith("._reconstructor") and isinstance(made.args, tuple)
    return made.args[2] if detour and made.args[:1] == (Named(MESSAGE),) else None


def unpack(data: bytes) -> bytes:
    """Return the pickle inside, decompressed to at most `MAX_BYTES`."""
    if data[:2] == b"\x1f\x8b" or data[:1] == b"\x78":
        try:
            return zlib.decompressobj(wbits=47).decompress(data, MAX_BYTES)
        except zlib.error as error:
            raise PeekError(str(error)) from None
    return data[:MAX_BYTES]


def as_datetime(value: Any) -> datetime | None:
    """Read a pickled naive datetime: a call of the class with ten bytes."""
    if not isinstance(value, Called) or value.what != Named("datetime.datetime"):
        return None
    raw = value.args[0] if isinstance(value.args, tuple) and value.args else None
    if isinstance(raw, Called) and isinstance(raw.args, tuple) and raw.args:
        raw = raw.args[0]
    if isinstance(raw, str):
        raw = raw.encode("latin-1", "replace")
    if not isinstance(raw, bytes) or len(raw) != 10:  # noqa: PLR2004 - datetime's own format
        return None
    year, micros = raw[0] * 256 + raw[1], int.from_bytes(raw[7:10], "big")
    month, day, hour, minute, second = raw[2:7]
    # The highest bit of the month is datetime's `fold`.
    month &= 0x7F
    try:
        return datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001
    except ValueError:
        return None


def _number(value: Any) -> Any:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain else None


def read(data: bytes) -> Any:
    """Return what the pickle would make, with `Named` and `Called` in place of anything alive."""
    machine = _Machine()
    try:
        # The disassembler raises ValueError for a pickle without an end.
        for opcode, argument, _ in islice(pickletools.genops(data), MAX_STEPS):
            if opcode.name == "STOP":
                return machine.stack[-1]
            machine.run(opcode.name, argument)
    except Exception as error:  # noqa: BLE001 - hostile bytes may break the reader anywhere
        raise PeekError(str(error)[:200]) from None
    raise PeekError(f"it has more than {MAX_STEPS} operations")


_MARK = object()
_IGNORED = frozenset({"PROTO", "FRAME", "READONLY_BUFFER"})
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_LIST": list,
    "EMPTY_DICT": list,
    "EMPTY_SET": list,
    "EMPTY_TUPLE": tuple,
}
_COUNTED = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PLAIN = (int, float, str, bytes, bytearray)


class _Machine:
    """The stack and the memo of one pickle; dictionaries and sets are kept as lists."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, name: str, argument: Any) -> None:
        """Do one operation."""
        special = getattr(self, f"_do_{name.lower()}", None)
        if special is not None:
            special(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _COUNTED:
            count = _COUNTED[name]
            self.stack[-count:] = [tuple(self.stack[-count:])]
        elif name.endswith("PUT"):
            self.memo[int(argument)] = self.stack[-1]
        elif name.endswith("GET"):
            self.stack.append(self.memo[int(argument)])
        elif isinstance(argument, _PLAIN) and not name.startswith(("EXT", "PERSID")):
            self.stack.append(bytes(argument) if isinstance(argument, bytearray) else argument)
        elif name not in _IGNORED:
            raise PeekError(f"operation {name} is not read")

    def _marked(self) -> list[Any]:
        """Take everything above the last mark off the stack."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] is _MARK:
                items = self.stack[at + 1 :]
                del self.stack[at:]
                return items
        raise PeekError("a mark is missing")

    def _call(self, what: Any, args: Any) -> None:
        self.stack.append(Called(what, args))

    def _extend(self, items: list[Any]) -> None:
        # Under a Called, as of a subclass of list, there is nothing to extend.
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def _do_mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _do_pop(self, _: Any) -> None:
        self.stack.pop()

    def _do_pop_mark(self, _: Any) -> None:
        self._marked()

    def _do_dup(self, _: Any) -> None:
        self.stack.append(self.stack[-1])

    def _do_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _do_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._marked()))

    def _do_list(self, _: Any) -> None:
        self.stack.append(self._marked())

    _do_dict = _do_frozenset = _do_list

    def _do_append(self, _: Any) -> None:
        item = self.stack.pop()
        self._extend([item])

    def _do_appends(self, _: Any) -> None:
        self._extend(self._marked())

    _do_setitems = _do_additems = _do_appends

    def _do_setitem(self, _: Any) -> None:
        items = self.stack[-2:]
        del self.stack[-2:]
        self._extend(items)

    def _do_global(self, argument: Any) -> None:
        self.stack.append(Named(str(argument).replace(" ", ".", 1)))

    def _do_stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise PeekError("a name is not text")
        self.stack.append(Named(f"{module}.{name}"))

    def _do_inst(self, argument: Any) -> None:
        self._call(Named(str(argument).replace(" ", ".", 1)), tuple(self._marked()))

    def _do_obj(self, _: Any) -> None:
        what, *args = self._marked()
        self._call(what, tuple(args))

    def _do_reduce(self, _: Any) -> None:
        args = self.stack.pop()
        self._call(self.stack.pop(), args)

    _do_newobj = _do_reduce

    def _do_newobj_ex(self, _: Any) -> None:
        self.stack.pop()
        self._do_reduce(None)

    def _do_build(self, _: Any) -> None:
        self.stack.pop()
