"""The OpenAPI document: what each address takes and answers, with examples of real answers."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.response import Response

from tailback.core import wire_schema
from tailback.server import openapi_shapes as shapes

CONFIG = OpenAPIConfig(
    title="Tailback",
    version="1",
    path="/_no_schema_pages",
    use_handler_docstrings=True,
    description="Whether background work is late or stuck. Numbers that are not known are null; "
    "times are Unix seconds, durations seconds.",
)
EXAMPLES = Path(__file__).with_name("openapi_examples.json")
_REF = "#/components/schemas/{name}"
_REFUSED = {
    "400": "What was sent cannot be read.",
    "401": "No token, or one that is not valid.",
    "403": "The token has another scope.",
    "404": "What the address names is not known.",
}
_WORDS_400 = "The body cannot be read: Object missing required field `release`."


def document(app: Litestar) -> dict[str, Any]:
    """Return the description of every address for programs, with the scope that each needs."""
    said = app.openapi_schema.to_schema()
    schemas = said["components"]["schemas"]
    _add_schemas(schemas)
    scheme = {"type": "http", "scheme": "bearer", "description": "A token of the scope named."}
    said["components"]["securitySchemes"] = {"token": scheme}
    scopes = _scopes(app)
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            scope = scopes[path, method.upper()]
            operation["security"] = [] if scope == "open" else [{"token": [scope]}]
            operation["summary"] = shapes.SUMMARIES.get(path, operation["summary"])
            _say_parameters(name, operation)
            _say_body(name, operation)
            _say_answers(name, operation)
            _say_refusals(operation, closed=scope != "open", named="{" in path)
    return said


@cache
def _examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def _example(name: str, part: str) -> Any:
    """Return the parameters, request or answer of an operation; None: there is no example yet."""
    return _examples().get(name, {}).get(part)


def _add_schemas(schemas: dict[str, Any]) -> None:
    types = [*shapes.BODIES.values(), *shapes.ANSWERS.values(), shapes.StoryNote, shapes.Problem]
    _, found = msgspec.json.schema_components(types, ref_template=_REF)
    story = found["Story"]
    kinds, _ = msgspec.json.schema_components(shapes.STORY_ADDS.values(), ref_template=_REF)
    story["properties"] |= dict(zip(shapes.STORY_ADDS, kinds, strict=True))
    story["required"] += shapes.STORY_ADDS
    schemas |= found
    wire = wire_schema.schema()
    parts = {f"wire.{name}": part for name, part in wire.pop("$defs").items()}
    del wire["$schema"]
    text = json.dumps({"wire.batch": wire, **parts})
    schemas |= json.loads(text.replace("#/$defs/", _REF.format(name="wire.")))


def _scopes(app: Litestar) -> dict[tuple[str, str], str]:
    return {
        (getattr(route, "path_format", route.path), method): handler.opt["scope"]
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if "scope" in handler.opt
    }


def _say_parameters(name: str, operation: dict[str, Any]) -> None:
    told = operation.setdefault("parameters", [])
    for query in shapes.QUERIES.get(name, ()):
        told.append(
            {"name": query, "in": "query", "required": False, "schema": {"type": "string"}}
        )
    values = _example(name, "parameters") or {}
    for parameter in told:
        parameter["description"] = shapes.PARAMETERS.get(parameter["name"], "")
        parameter["schema"].pop("format", None)  # ids with slashes are no addresses
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]


def _say_body(name: str, operation: dict[str, Any]) -> None:
    wire = {"POST /api/v1/events": "wire.batch", "POST /api/v1/queues": "wire.readings"}
    body = wire.get(name) or (shapes.BODIES[name].__name__ if name in shapes.BODIES else None)
    if body is not None:
        schema = {"$ref": _REF.format(name=body)}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    elif name == "POST /api/v1/complaints/webhook":
        content = {
            "application/json": {"schema": {"description": "Whatever the help desk sends."}}
        }
        operation["requestBody"] = {"required": True, "content": content}
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["example"] = _example(
            name, "request"
        )


def _say_answers(name: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.setdefault("content", {}).pop("application/json", {"schema": {}})
        if name in shapes.ANSWERS:
            content["schema"] = {"$ref": _REF.format(name=shapes.ANSWERS[name].__name__)}
        form = shapes.FORMS.get(name, "application/json")
        if form != "application/json":
            content["schema"] = {"type": "string"}
        content["example"] = _example(name, "answer")
        answer["content"] = {form: content}


def _say_refusals(operation: dict[str, Any], *, closed: bool, named: bool) -> None:
    answers = operation["responses"]
    details = {"400": _WORDS_400} if "400" in answers or "requestBody" in operation else {}
    if closed:
        scope = operation["security"][0]["token"][0]
        details["401"] = f"This needs a token of scope {scope}, or a session."
        details["403"] = f"This needs the scope {scope}."
    if named:
        details["404"] = "There is nothing of this name."
    for status, detail in details.items():
        content = {
            "schema": {"$ref": _REF.format(name="Problem")},
            "example": {"status_code": int(status), "detail": detail},
        }
        answers[status] = {
            "description": _REFUSED[status],
            "content": {"application/json": content},
        }


@get("/openapi.json", opt={"scope": "read"}, include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer the OpenAPI description of every address."""
    body = msgspec.json.encode(document(request.app))
    return Response(body, media_type="application/json")


openapi_router = Router("/", route_handlers=[openapi])
