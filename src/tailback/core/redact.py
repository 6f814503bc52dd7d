"""Takes secrets and personal data out of error text; used at the agent and again at intake.

What helps to understand a failure stays: hosts, ports, paths, status codes, names of fields.
Every step looks first for what is cheap to find (a separator, an @) and only then around it, so
that a long trace costs little and a hostile one linear time.
"""

import re
from collections.abc import Callable

HIDDEN = "[hidden]"
EMAIL = "[e-mail]"
CARD = "[card]"

# What a name must end with, in lower case, for its value to be a secret.
_SURE_NAMES = ("password", "passwords", "passwd", "passphrase", "secret", "secrets", "secret_key")
_NAMES = (
    *_SURE_NAMES,
    *("password_hash", "credential", "credentials", "token", "tokens", "signature", "api_key"),
    *(
        "api-key",
        "apikey",
        "access_key",
        "access-key",
        "accesskey",
        "access_key_id",
        "private_key",
    ),
    *("private-key", "privatekey", "auth_key", "auth-key", "authkey", "session_id", "session-id"),
    *("sessionid", "authorization", "cookie"),
)
# Short ones must be the whole name or its last part: not "compass", "bypass" or "config".
_SHORT_NAMES = ("pwd", "pass", "sig")
_LONGEST_NAME = max(map(len, _NAMES))
# Values that a person reads as "there was none"; hiding them would hide the cause of a failure.
_NO_SECRET = frozenset(
    (
        *("none", "null", "nil", "true", "false", "undefined", "missing", "invalid", "expired"),
        *("required", "empty", "denied", "yes", "no"),
    )
)
_WORD = re.compile(r"[A-Za-z]+\Z")
_LOWER_WORD = re.compile(r"[A-Za-z][a-z]+\Z")
_CAMEL = re.compile(r"[a-z][A-Z]")
_LONG_WORD = 12
_BEFORE_SEPARATOR = 8  # quote, backslash and a few spaces between a name and its separator

_SEPARATOR = re.compile(r"[=:]")
_VALUE = re.compile(
    r"(?P<lead>\s{0,3}(?:b?\\?['\"]?(?:bearer|basic|digest|token)\s{1,4})?b?)"
    r"(?P<value>'[^'\n]{1,512}'|\"[^\"\n]{1,512}\"|[^\s'\"&,;)}\]<>]{1,512})",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"://(?P<user>[^\s/@:'\"<>\[]{0,128})(?P<password>:[^\s/?'\"<>]{0,256})?@(?=[\w\[%])"
)
# A password with an unescaped slash in it: what follows the colon is not a port.
_ODD_LOGIN = re.compile(
    r"://(?P<user>[^\s/@:'\"<>\[]{0,128})"
    r"(?P<password>:(?!\d{1,5}(?:[/?#\s]|$))[^\s@'\"<>]{1,256})@(?=[\w\[%])"
)
_PLAIN_USER = re.compile(r"[A-Za-z_.\-]{0,20}\Z")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:.*?-----END [A-Z ]{0,30}PRIVATE KEY-----|.*)",
    re.DOTALL,
)
_JWT = re.compile(r"eyJ[\w\-]{6,}\.[\w\-]{4,}(?:\.[\w\-]*)?")
_SCHEME = re.compile(
    r"(?P<scheme>\b(?:bearer|basic|digest|negotiate)\s{1,4})(?P<value>[\w\-.~+/]{8,}=*)",
    re.IGNORECASE,
)
_KNOWN_KEY = re.compile(
    r"\b(?:(?:sk|pk|rk)_(?:live|test)_\w{8,}|sk-[\w\-]{16,}|whsec_\w{8,}|xox[a-z]-[\w\-]{8,}"
    r"|gh[opsur]_\w{16,}|github_pat_\w{16,}|glpat-[\w\-]{12,}|npm_\w{20,}|pypi-[\w\-]{20,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w\-]{30,}|SG\.[\w\-]{16,}\.[\w\-]{16,}|hf_\w{20,}"
    r"|dop_v1_\w{20,}|shpat_\w{16,}|tb[irao]_[\w\-]{8,})"
)
_AT_DOMAIN = re.compile(r"@(?:[^\W_](?:[^\W_]|-){0,62}\.){1,8}[^\W\d_]{2,24}(?![\w\-])")
_LOCAL_CHARS = 64
_MANY_DIGITS = re.compile(r"\d(?:[ \-]?\d){12}")
_CARD = re.compile(
    r"(?<![\w.\-])(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|3[4-8]\d\d|30\d\d|6\d{3})"
    r"(?:[ \-]?\d){9,15}(?![\w\-]|\.\d)"
)


def redact(text: str) -> str:
    """Return `text` without tokens, passwords, keys, e-mail addresses and card numbers.

    Applying it to its own answer changes nothing.
    """
    for needles, hide in _STEPS:
        for needle in needles:
            if needle in text:
                text = hide(text)
                break
    return _CARD.sub(_hide_card, text) if _MANY_DIGITS.search(text) else text


def _hide_logins(text: str) -> str:
    return _ODD_LOGIN.sub(_hide_login, _LOGIN.sub(_hide_login, text))


def _hide_login(match: re.Match[str]) -> str:
    """`user:password@` keeps its user, which names an account; a lone user may be a token."""
    user, password = match["user"], match["password"]
    if password is not None:
        return f"://{user}:{HIDDEN}@"
    return match[0] if _PLAIN_USER.match(user) else f"://{HIDDEN}@"


def _hide_values(text: str) -> str:
    """Hide what follows a separator that follows the name of a secret."""
    parts: list[str] = []
    done = 0
    for found in _SEPARATOR.finditer(text):
        at = found.start()
        if at < done:
            continue
        reach = text[max(0, at - _LONGEST_NAME - _BEFORE_SEPARATOR) : at]
        name = reach.rstrip(" \t")
        bare = name.rstrip("'\"\\")
        if not _names_a_secret(bare):
            continue
        value = _VALUE.match(text, at + 1)
        if value is None:
            continue
        prose = found[0] == ":" and name == bare and value["lead"] == " "
        shown = _stand_in(value["value"], _is_sure(bare) or not prose)
        if shown is not None:
            parts.append(text[done : value.start("value")] + shown)
            done = value.end()
    return "".join((*parts, text[done:]))


def _names_a_secret(name: str) -> bool:
    low = name.lower()
    if low.endswith(_NAMES):
        return True
    return low.endswith(_SHORT_NAMES) and any(
        low.endswith(short) and not low[: -len(short)][-1:].isalpha() for short in _SHORT_NAMES
    )


def _is_sure(name: str) -> bool:
    """Whether a value goes in prose too; not after `InvalidPassword:`, a type and its message."""
    if not name.lower().endswith((*_SURE_NAMES, *_SHORT_NAMES)):
        return False
    word = re.split(r"[^A-Za-z]", name)[-1]
    return _CAMEL.search(word) is None


def _stand_in(value: str, sure: bool) -> str | None:
    """Return what is shown for a value, None to leave it ("Unexpected token: END")."""
    bare = value.strip("'\"")
    if bare.startswith("[") or bare.lower() in _NO_SECRET:
        return None
    quoted = value != bare
    if not sure and not quoted and _WORD.match(bare) and len(bare) < _LONG_WORD:
        return None
    quote = value[0] if quoted else ""
    return f"{quote}{HIDDEN}{quote}"


def _hide_scheme(match: re.Match[str]) -> str:
    """`Bearer x` is a secret, "Basic authentication failed" is a sentence."""
    return match[0] if _LOWER_WORD.match(match["value"]) else f"{match['scheme']}{HIDDEN}"


def _hide_emails(text: str) -> str:
    parts: list[str] = []
    done = 0
    for found in _AT_DOMAIN.finditer(text):
        at = found.start()
        start = at
        while start > max(done, at - _LOCAL_CHARS) and _in_local(text[start - 1]):
            start -= 1
        # `://git@host` is a login; a name longer than any mailbox's is none
        if start < at and not text.endswith("://", 0, start) and not _runs_on(text, start, done):
            parts.append(text[done:start] + EMAIL)
            done = found.end()
    return "".join((*parts, text[done:]))


def _in_local(letter: str) -> bool:
    return letter.isalnum() or letter in "_.+-"


def _runs_on(text: str, start: int, done: int) -> bool:
    return start > done and _in_local(text[start - 1])


def _hide_card(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]  # noqa: PLR2004 - Luhn
    return match[0] if (sum(digits[-1::-2]) + sum(doubled)) % 10 else CARD


def _hide_schemes(text: str) -> str:
    return _SCHEME.sub(_hide_scheme, text)


def _hide_known(text: str) -> str:
    return _KNOWN_KEY.sub(HIDDEN, text)


# Without one of the needles in the text a step can find nothing. Named values come before keys
# known by their form: a form must not swallow the name and spare the value.
_STEPS: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("PRIVATE KEY-----",), lambda text: _PRIVATE_KEY.sub(HIDDEN, text)),
    (("://",), _hide_logins),
    (("=", ":"), _hide_values),
    (("eyJ",), lambda text: _JWT.sub(HIDDEN, text)),
    (
        (
            *("earer ", "asic ", "igest ", "egotiate ", "EARER ", "ASIC ", "IGEST ", "EGOTIATE "),
            *("earer\t", "asic\t", "earer\n", "asic\n"),
        ),
        _hide_schemes,
    ),
    (
        (
            *("k_live_", "k_test_", "sk-", "whsec_", "xox", "ghp_", "gho_", "ghu_", "ghs_"),
            *("ghr_", "github_pat_", "glpat-", "npm_", "pypi-", "AKIA", "ASIA", "AIza", "SG."),
            *("hf_", "dop_v1_", "shpat_", "tbi_", "tbr_", "tbo_", "tba_"),
        ),
        _hide_known,
    ),
    (("@",), _hide_emails),
)
