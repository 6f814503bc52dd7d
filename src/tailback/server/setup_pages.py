"""The setup page: for admins only, in the file and the store, and all of it in the audit."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from litestar import Request, Router, get, post
from litestar.response import Redirect, Response

from tailback import clock
from tailback.core import wording_setup
from tailback.core.channel_keys import may_show
from tailback.server.access import SCOPES
from tailback.server.alerting import board_url
from tailback.server.api import NO_STORE
from tailback.server.channel_test import try_channel
from tailback.server.config import Channel, ConfigError
from tailback.server.config.edit import EditError
from tailback.server.config.reload import takeover
from tailback.server.config.sections import CHANNEL_KEYS
from tailback.server.confirmed import Confirmations
from tailback.server.services import Services, principal_of, services_of
from tailback.server.setup import ChannelItem, Item, Setup, setup_of
from tailback.server.setup_forms import Form, asked, form_of
from tailback.server.show import show

AnyItem = TypeVar("AnyItem", bound=Item)
_LOOK = {"scope": "read", "role": ("admin",)}
_CHANGE = {"scope": "actions", "role": ("admin",)}
_DONE = {
    "saved": wording_setup.SAVED,
    "removed": wording_setup.REMOVED,
    "later": wording_setup.SAVED_FOR_LATER,
    "ended": wording_setup.TOKEN_ENDED,
}
MAX_NOTE_CHARS = 200


@get("/setup", opt=_LOOK, include_in_schema=False)
async def setup(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the map, people, channels and tokens; `?new=slack` asks for a new channel's line."""
    asked_for = request.query_params
    found = await asyncio.to_thread(setup_of, services_of(request), asked_for.get("new", ""))
    return _page(request, found, done=_DONE.get(asked_for.get("done", "")))


@post("/setup/lane", opt=_CHANGE, status_code=200, include_in_schema=False)
async def save_lane(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write one line of the map into the file, if the whole file is right then."""
    return await _save(request, "lane")


@post("/setup/person", opt=_CHANGE, status_code=200, include_in_schema=False)
async def save_person(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write one person into the file, or take one out."""
    return await _save(request, "person")


@post("/setup/channel", opt=_CHANGE, status_code=200, include_in_schema=False)
async def save_channel(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write one channel into the file, or take one out."""
    return await _save(request, "channel")


async def _save(request: Request[Any, Any, Any], table: str) -> Response[Any]:
    services = services_of(request)
    form = form_of(table, await request.form())
    shown = await asyncio.to_thread(setup_of, services, form.texts.get("kind", ""))
    try:
        done = await asyncio.to_thread(_write, request, services, form, shown)
    except (EditError, ConfigError) as error:
        shown = await asyncio.to_thread(setup_of, services, form.texts.get("kind", ""))
        said = _what_is_wrong(error, form)
        return _page(request, _with_problem(shown, form, said), problem=said, status=409)
    return Redirect(f"/setup?done={done}", status_code=303, headers=NO_STORE)


@post("/setup/channel/test", opt=_CHANGE, status_code=200, include_in_schema=False)
async def test_channel(request: Request[Any, Any, Any]) -> Response[str]:
    """Send a test message by one channel, now."""
    services = services_of(request)
    name = str((await request.form()).get("channel", ""))
    shown = await asyncio.to_thread(setup_of, services)
    channels = await asyncio.to_thread(_channels_of, services)
    channel = next((one for one in channels if one.name == name), None)
    if channel is None:
        return _page(request, shown, problem=wording_setup.no_channel(name), status=404)
    _audit(request, services, "test channel", channel.name)
    ok, said = await asyncio.to_thread(_send_test, services, channel, _who(request))
    if ok:
        return _page(request, shown, done=said)
    return _page(request, shown, problem=said, status=502)


@post("/setup/token", opt=_CHANGE, status_code=200, include_in_schema=False)
async def new_token(request: Request[Any, Any, Any]) -> Response[str]:
    """Make a token and show it, this once."""
    services = services_of(request)
    form = await request.form()
    scope = next((known for known in SCOPES if known == form.get("scope")), None)
    source = str(form.get("source", "")) or None
    shown = await asyncio.to_thread(setup_of, services)
    if scope is None or (scope == "ingest" and source not in shown.sources):
        return _page(request, shown, problem=wording_setup.TOKEN_NEEDS_SOURCE, status=400)
    note = str(form.get("note", "")).strip()[:MAX_NOTE_CHARS] or None
    source = source if scope == "ingest" else None
    _audit(request, services, "create token", scope, {"source": source, "note": note})
    secret, token = await asyncio.to_thread(
        services.store.tokens.create,
        scope,
        now=services.now(),
        source=source,
        note=note,
        created_by=_who(request),
    )
    shown = replace(shown, tokens=[*shown.tokens, token])
    return _page(request, shown, secret=secret)


@post("/setup/token/end", opt=_CHANGE, status_code=200, include_in_schema=False)
async def end_token(request: Request[Any, Any, Any]) -> Response[Any]:
    """End a token at once."""
    services = services_of(request)
    number = str((await request.form()).get("token", ""))
    if number.isascii() and number.isdigit():
        _audit(request, services, "end token", number)
        await asyncio.to_thread(services.store.tokens.revoke, int(number[:18]), now=services.now())
        services.gate.forget()
    return Redirect("/setup?done=ended", status_code=303, headers=NO_STORE)


def _write(request: Request[Any, Any, Any], services: Services, form: Form, shown: Setup) -> str:
    """Write what a form says; return which sentence fits."""
    if services.file is None:
        raise EditError(wording_setup.NO_FILE)
    several = len(services.config.sources) > 1
    values = None if form.remove else asked(form, shown, several_sources=several)
    said = f"{'remove' if form.remove else 'change'} {form.table}"
    # the keys of a channel alone: its values may lead somewhere
    detail = {"keys": sorted(values or ())} if form.table == "channel" else values
    config = services.file.change(
        form.texts.get("mark", ""),
        form.table,
        form.index,
        values,
        lambda: _audit(request, services, said, form.name, detail),
    )
    found = takeover(services.config, config)
    if found.config is None and f"[[{form.table}]]" in found.restart_for:
        return "later"
    return "removed" if form.remove else "saved"


def _channels_of(services: Services) -> Sequence[Channel]:
    """Return the channels as the file says them now, else as the server started with them."""
    if services.file is not None:
        with suppress(EditError, ConfigError):
            return services.file.judged(services.file.read()).channels
    return services.config.channels


def _send_test(services: Services, channel: Channel, by: str) -> tuple[bool, str]:
    began = clock.monotonic()
    home = board_url(services.config, services.address) + "/"
    receipt = try_channel(channel, by, services.now(), home)
    if receipt.ok:
        Confirmations(services.store).delivered(channel.name, services.now())
        return True, wording_setup.test_taken(channel.name, clock.monotonic() - began)
    return False, wording_setup.test_refused(channel.name, receipt.reason)


def _what_is_wrong(error: EditError | ConfigError, form: Form) -> str:
    if isinstance(error, EditError):
        return str(error)
    first = next(found for found in error.problems if found.severity != "warning")
    if form.remove:
        return wording_setup.still_needed(form.name, first.key, first.wrong)
    return f"{form.name}: {first.key.split(' ')[-1]} {first.wrong}. {first.remedy}"


def _with_problem(shown: Setup, form: Form, said: str) -> Setup:
    """Return the page with what was typed still in its line, beside what is wrong with it."""

    def lines(items: Sequence[AnyItem]) -> list[AnyItem]:
        return [line(item) if item.id == form.texts.get("id") else item for item in items]

    def line(item: AnyItem) -> AnyItem:
        if form.remove:
            return replace(item, problem=said)
        texts = {key: form.texts.get(key, text) for key, text in item.texts.items()}
        if isinstance(item, ChannelItem):
            texts = {k: text if may_show(item.kind, k, text) else "" for k, text in texts.items()}
        return replace(item, texts=texts, ticks=frozenset(form.ticks), problem=said)

    return replace(
        shown,
        lanes=lines(shown.lanes),
        people=lines(shown.people),
        channels=lines(shown.channels),
    )


def _page(
    request: Request[Any, Any, Any],
    shown: Setup,
    *,
    problem: str | None = None,
    done: str | None = None,
    secret: str | None = None,
    status: int = 200,
) -> Response[str]:
    return show(
        request,
        "setup.html",
        setup=shown,
        kinds=CHANNEL_KEYS,
        hints=wording_setup.HINTS,
        scopes=SCOPES,
        problem=problem,
        done=done,
        secret=secret,
        status=status,
    )


def _audit(
    request: Request[Any, Any, Any],
    services: Services,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    origin = request.client.host if request.client is not None else None
    services.store.audit.add(
        _who(request), action, subject, now=services.now(), origin=origin, detail=detail
    )


def _who(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).person or ""


setup_router = Router(
    "/",
    route_handlers=[
        setup,
        save_lane,
        save_person,
        save_channel,
        test_channel,
        new_token,
        end_token,
    ],
)
