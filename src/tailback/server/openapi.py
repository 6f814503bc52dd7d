"""The OpenAPI document: what the framework knows of each address, and what a token needs there."""

from typing import Any

from litestar import Litestar
from litestar.openapi import OpenAPIConfig

CONFIG = OpenAPIConfig(
    title="Tailback",
    version="1",
    path="/_no_schema_pages",
    use_handler_docstrings=True,
    description="Whether background work is late or stuck. Numbers that are not known are null; "
    "times are Unix seconds, durations seconds.",
)
# What is answered in another form than JSON.
_FORMS = {
    "/metrics": "text/plain",
    "/api/v1/events/stream": "text/event-stream",
    "/api/v1/dead/export": "text/csv",
}


def document(app: Litestar) -> dict[str, Any]:
    """Return the description of every address for programs, with the scope that each needs."""
    said = app.openapi_schema.to_schema()
    scheme = {"type": "http", "scheme": "bearer", "description": "A token of the scope named."}
    said.setdefault("components", {})["securitySchemes"] = {"token": scheme}
    scopes = _scopes(app)
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            scope = scopes[path, method.upper()]
            operation["security"] = [] if scope == "open" else [{"token": [scope]}]
            _name_form(operation, _FORMS.get(path))
    return said


def _scopes(app: Litestar) -> dict[tuple[str, str], str]:
    return {
        (getattr(route, "path_format", route.path), method): handler.opt["scope"]
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if "scope" in handler.opt
    }


def _name_form(operation: dict[str, Any], form: str | None) -> None:
    for status, answer in operation["responses"].items():
        content = answer.get("content")
        if form is not None and content and status.startswith("2"):
            answer["content"] = {form: content.pop("application/json")}
