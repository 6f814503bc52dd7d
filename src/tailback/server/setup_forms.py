"""What a form of the setup page asks to be written into one table of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tailback.core import wording_setup
from tailback.core.channel_keys import may_write
from tailback.server.config.edit import EditError, Value
from tailback.server.setup import LANE_TEXTS, PERSON_TEXTS, ChannelItem, Setup, channel_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One submitted line; `remove` asks to take its table out of the file."""

    table: str
    texts: Mapping[str, str]
    ticks: list[str]
    remove: bool

    @property
    def index(self) -> int | None:
        """Return the place of the table in the file; None for a new one."""
        number = self.texts.get("index", "")
        return int(number[:9]) if number.isascii() and number.isdigit() else None

    @property
    def name(self) -> str:
        """Return what the line is about."""
        return self.texts.get("name", "").strip()


def form_of(table: str, data: Any) -> Form:
    """Return the form as the browser sent it."""
    texts = {name: str(value) for name, value in data.items()}
    ticks = [str(value) for value in data.getall("tick", [])]
    remove = table != "lane" and "remove" in texts
    return Form(table=table, texts=texts, ticks=ticks, remove=remove)


def asked(form: Form, shown: Setup, *, several_sources: bool) -> dict[str, Value]:
    """Return what each key is set to; EditError when that may not be written."""
    if form.table == "lane":
        return _lane(form, several_sources=several_sources)
    if form.table == "person":
        return _person(form)
    came_from = (one for one in shown.channels if one.index == form.index)
    return _channel(form, next(came_from, None))


def _texts(form: Form, keys: Sequence[str]) -> dict[str, Value]:
    return {key: form.texts.get(key, "").strip() or None for key in keys}


def _lane(form: Form, *, several_sources: bool) -> dict[str, Value]:
    values = _texts(form, LANE_TEXTS)
    values["wake_someone"] = True if "wake_someone" in form.ticks else None
    if form.index is not None:
        return values
    source = form.texts.get("source") if several_sources else None
    return {"name": values["name"], "queue": form.texts.get("queue"), "source": source, **values}


def _person(form: Form) -> dict[str, Value]:
    values: dict[str, Value] = {"channels": form.ticks or None, **_texts(form, PERSON_TEXTS)}
    return values if form.index is not None else {**_texts(form, ("name",)), **values}


def _channel(form: Form, item: ChannelItem | None) -> dict[str, Value]:
    kind = form.texts.get("kind", "") if item is None else item.kind
    hidden = frozenset() if item is None else item.hidden
    values = _texts(form, channel_keys(kind))
    for key, typed in list(values.items()):
        if typed is None and key in hidden:
            del values[key]
        elif isinstance(typed, str) and not may_write(kind, key, typed):
            raise EditError(wording_setup.secret_in_file(form.name, key))
    values["allow_private"] = True if "allow_private" in form.ticks else None
    if form.index is not None:
        return values
    return {**_texts(form, ("name", "kind")), **values}
