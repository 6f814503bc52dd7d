"""The setup page: for admins only, in the file and the store, and all of it in the audit."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Request, Router, get, post
from litestar.response import Redirect, Response

from tailback import clock
from tailback.core import wording_setup
from tailback.server.access import SCOPES
from tailback.server.alerting import board_url
from tailback.server.api import NO_STORE
from tailback.server.channel_test import try_channel
from tailback.server.config import Channel, ConfigError
from tailback.server.config.edit import EditError, Value
from tailback.server.config.reload import takeover
from tailback.server.services import Services, principal_of, services_of
from tailback.server.setup import TEXTS, Setup, SetupLane, setup_of
from tailback.server.show import show

_LOOK = {"scope": "read", "role": ("admin",)}
_CHANGE = {"scope": "actions", "role": ("admin",)}
_DONE = {
    "lane": wording_setup.LANE_SAVED,
    "later": wording_setup.LANE_SAVED_FOR_LATER,
    "ended": wording_setup.TOKEN_ENDED,
}
MAX_NOTE_CHARS = 200


@get("/setup", opt=_LOOK, include_in_schema=False)
async def setup(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the map, people, channels and tokens."""
    found = await asyncio.to_thread(setup_of, services_of(request))
    return _page(request, found, done=_DONE.get(request.query_params.get("done", "")))


@post("/setup/lane", opt=_CHANGE, status_code=200, include_in_schema=False)
async def save_lane(request: Request[Any, Any, Any]) -> Response[Any]:
    """Write one line of the map into the file, if the whole file is right then."""
    services = services_of(request)
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        done = await asyncio.to_thread(_save_lane, request, services, form)
    except (EditError, ConfigError) as error:
        shown = await asyncio.to_thread(setup_of, services)
        said = _what_is_wrong(error, form)
        return _page(request, _with_problem(shown, form, said), problem=said, status=409)
    return Redirect(f"/setup?done={done}", status_code=303, headers=NO_STORE)


@post("/setup/channel/test", opt=_CHANGE, status_code=200, include_in_schema=False)
async def test_channel(request: Request[Any, Any, Any]) -> Response[str]:
    """Send a test message by one channel, now."""
    services = services_of(request)
    name = str((await request.form()).get("channel", ""))
    shown = await asyncio.to_thread(setup_of, services)
    channel = next((one for one, _state in shown.channels if one.name == name), None)
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


def _save_lane(
    request: Request[Any, Any, Any], services: Services, form: Mapping[str, str]
) -> str:
    """Write what a form says of a lane; return which sentence fits."""
    if services.file is None:
        raise EditError(wording_setup.NO_FILE)
    index, values = _asked(form, services)
    config = services.file.set_lane(
        form.get("mark", ""),
        index,
        values,
        lambda: _audit(request, services, "change lane", str(values["name"]), values),
    )
    later = (
        takeover(services.config, config).config is None and config.lanes != services.config.lanes
    )
    return "later" if later else "lane"


def _asked(form: Mapping[str, str], services: Services) -> tuple[int | None, dict[str, Value]]:
    """Return which lane a form is about, and what each key is set to."""
    values: dict[str, Value] = {key: form.get(key, "").strip() or None for key in TEXTS}
    values["wake_someone"] = True if "wake_someone" in form else None
    number = form.get("index", "")
    if number.isascii() and number.isdigit():
        return int(number[:9]), values
    several = len(services.config.sources) > 1
    place = {"queue": form.get("queue"), "source": form.get("source") if several else None}
    return None, {"name": values["name"], **place, **values}


def _send_test(services: Services, channel: Channel, by: str) -> tuple[bool, str]:
    began = clock.monotonic()
    home = board_url(services.config, services.address) + "/"
    receipt = try_channel(channel, by, services.now(), home)
    if receipt.ok:
        return True, wording_setup.test_taken(channel.name, clock.monotonic() - began)
    return False, wording_setup.test_refused(channel.name, receipt.reason)


def _what_is_wrong(error: EditError | ConfigError, form: Mapping[str, str]) -> str:
    if isinstance(error, EditError):
        return str(error)
    first = next(found for found in error.problems if found.severity == "error")
    return f"{form.get('name', '')}: {first.key.split(' ')[-1]} {first.wrong}. {first.remedy}"


def _with_problem(shown: Setup, form: Mapping[str, str], said: str) -> Setup:
    """Return the page with what was typed still in its line, beside what is wrong with it."""

    def line(lane: SetupLane) -> SetupLane:
        if lane.id != form.get("id"):
            return lane
        texts = {key: form.get(key, "") for key in TEXTS}
        return replace(lane, texts=texts, wake_someone="wake_someone" in form, problem=said)

    return replace(shown, lanes=[line(lane) for lane in shown.lanes])


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


setup_router = Router("/", route_handlers=[setup, save_lane, test_channel, new_token, end_token])
