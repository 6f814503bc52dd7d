"""Structured facts of a live exception: better evidence than any text rule.

The names are those that the widely used client libraries document; an attribute that raises,
or holds something else than expected, is as good as absent.
"""

_HTTP = range(100, 600)
_SMTP = range(200, 600)
_SQLSTATE_CHARS = 5
MAX_CODE_CHARS = 100

# Where an HTTP status stands, best evidence first: the answer itself, then what a client
# library copied from it. `code` is used for too much else, so it counts only beside `headers`
# (urllib.error.HTTPError and its kin).
_STATUS_NAMES = ("status_code", "http_status", "status", "http_code")
_SQLSTATE_NAMES = ("sqlstate", "pgcode")


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an exception carries, None when it carries none."""
    response = _get(error, "response")
    for holder, names in (
        (response, ("status_code", "status", "code")),
        (_get(response, "ResponseMetadata"), ("HTTPStatusCode",)),
        (error, _STATUS_NAMES),
    ):
        for name in names:
            status = _number(_get(holder, name), _HTTP)
            if status is not None:
                return status
    if _get(error, "headers") is not None or type(error).__name__ == "HTTPError":
        return _number(_get(error, "code"), _HTTP)
    return None


def facts_of(error: BaseException) -> "dict[str, object]":
    """Return what is known of sqlstate, errno, code (of a cloud or payment API), smtp and host.

    `host` is who was called, without port, path and login: the message often does not say.
    """
    facts = {
        "sqlstate": _sqlstate(error),
        "errno": _errno(error),
        "code": _code(error),
        "smtp": _smtp(error),
        "host": _host(error),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _sqlstate(error: BaseException) -> str | None:
    original = _get(error, "orig")
    for holder in (error, _get(error, "diag"), original, _get(original, "diag")):
        for name in _SQLSTATE_NAMES:
            state = _get(holder, name)
            if isinstance(state, str) and len(state) == _SQLSTATE_CHARS and state.isalnum():
                return state
    return None


def _errno(error: BaseException) -> int | None:
    number = _get(error, "errno")
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    # MySQL drivers put (number, text) into args
    args = error.args
    names_database = type(error).__module__.partition(".")[0] in {"pymysql", "MySQLdb"}
    return args[0] if names_database and args and isinstance(args[0], int) else None


def _code(error: BaseException) -> str | None:
    """Return the remote side's own error code: botocore's, Stripe's, OpenAI's, Twilio's."""
    inside = _get(_get(error, "response"), "Error")
    for code in (_get(inside, "Code"), _get(error, "error_code"), _get(error, "code")):
        if isinstance(code, str) and 0 < len(code) <= MAX_CODE_CHARS:
            return code
        if isinstance(code, int) and not isinstance(code, bool) and code not in _HTTP:
            return str(code)
    return None


def _smtp(error: BaseException) -> int | None:
    """Return the code of the server's answer, or of its answer for the first recipient."""
    refused = _get(error, "recipients")
    if isinstance(refused, dict) and refused:
        answer = next(iter(refused.values()))
        return _number(answer[0], _SMTP) if isinstance(answer, tuple) and answer else None
    return _number(_get(error, "smtp_code"), _SMTP)


def _host(error: BaseException) -> str | None:
    """Return the host of the request that an HTTP client keeps with its exception."""
    for holder, name in (
        (_get(error, "request"), "url"),
        (_get(error, "request_info"), "real_url"),
        (error, "url"),
    ):
        _, found, rest = _text(_get(holder, name)).partition("://")
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
        if found and host and len(host) <= MAX_CODE_CHARS:
            return host
    return None


def _text(value: object) -> str:
    """Return an address as text: clients keep it as a string or as an object of their own."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - as for every foreign attribute
        return ""


def _number(value: object, allowed: range) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if number in allowed else None


def _get(holder: object, name: str) -> object:
    """Return an attribute or a key; None for everything that goes wrong."""
    try:
        if isinstance(holder, dict):
            return holder.get(name)
        return getattr(holder, name, None)
    except Exception:  # noqa: BLE001 - properties of foreign exceptions may do anything
        return None
