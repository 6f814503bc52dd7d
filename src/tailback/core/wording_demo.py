"""Every sentence of `tailback demo`: the story, what is seen beside each other, and the end."""

from tailback.core.wording import count, duration, promise

TITLE = "A shop whose receipt e-mails stop"
NAIVE = "queue length (what most monitors show)"
HONEST = "oldest receipt not sent (Tailback)"
VERDICT = "what the board says"
EXPORTS = "exports, the queue beside it"
MAIL = "payments taken / receipts delivered"
UNKNOWN = "not measured"


def opening(system: str, folder: str) -> str:
    """Say what is being started."""
    return (
        f"Starting a shop, its {system} workers, a mail server and Tailback; everything is in "
        f"{folder}."
    )


def board(link: str) -> str:
    """Say where the board is."""
    return f"Board (this link works once): {link}"


def open_for_business(seconds: float) -> str:
    """Say that the shop runs, and what comes next."""
    return (
        f"The shop takes a payment every second and each customer gets a receipt. "
        f"In {duration(seconds)} somebody edits the receipt template."
    )


def broken(line: str) -> str:
    """Say what was done to the template."""
    return f'The template was edited: it now says "{line}", and no customer has that field.'


def failing(error: str) -> str:
    """Say that the first error was seen."""
    return f"Every receipt fails and is tried again: {error}"


def climbing(age_s: float, waiting: int, unsent: int) -> str:
    """Say that the age tells what the queue length hides."""
    return (
        f"Queue length {waiting}: that monitor sees nothing. "
        f"{count(unsent, 'receipt')} not sent, the oldest for {duration(age_s)}: "
        "Tailback counts from the first enqueue, across retries."
    )


def said(sentence: str, age_s: float, promise_s: float) -> str:
    """Say that the alarm came in time."""
    return (
        f'The board says: "{sentence}". That is {duration(promise_s - age_s)} before '
        f"customers notice (promise {promise(promise_s)})."
    )


def mailed(owner: str, subject: str, left_s: float) -> str:
    """Say that the owner has the alert."""
    return f'{owner} has the alert by e-mail ("{subject}") {duration(left_s)} before that.'


def mailed_late(age_s: float, promise_s: float) -> str:
    """Say that the alert came after the customers."""
    return (
        f"the alert reached its owner when the oldest receipt was {duration(age_s)} old, after "
        f"the promise of {promise(promise_s)}"
    )


def mailed_recovery(owner: str, text: str) -> str:
    """Say that the owner knows of the end."""
    return f'{owner} is told in the same thread: "{text.strip().splitlines()[0]}"'


def story(sentence: str, page: str) -> str:
    """Say what the story of the outage comes to, and where it is."""
    return f"The story of the outage is written: {sentence}. {page}"


def mended() -> str:
    """Say that the template is right again."""
    return "The template is mended. Nobody restarts anything; the retries find their way."


def cleared(took_s: float, sentence: str) -> str:
    """Say that the backlog is gone."""
    return f'{duration(took_s)} later every receipt is out, and the board says: "{sentence}"'


def seen_all(paid: int, delivered: int) -> str:
    """Sum up."""
    return (
        f"Seen through the public API, step by step: {count(paid, 'payment')}, {delivered:,} "
        f"with a receipt, none lost. Exports stayed on time throughout."
    )


def still_open(link: str) -> str:
    """Say that the demo goes on until it is ended."""
    return f"The shop stays open: look around at {link}. Ctrl+C ends it and removes everything."


def kept(folder: str) -> str:
    """Say where the files are."""
    return f"Configuration, databases and logs are kept in {folder}."


def not_seen(step: str, seconds: float, instead: str) -> str:
    """Say which step did not happen."""
    return f"Not seen within {duration(seconds)}: {step}. Instead: {instead}."


def ended(what: str, code: int, tail: str) -> str:
    """Say that a process of the demo ended by itself."""
    text = f"{what} ended by itself with exit code {code}."
    return f"{text} It said last:\n{tail}" if tail else text


def seen_instead(verdict: str, sentence: str, age_s: float | None, delivered: int) -> str:
    """Say what was the case when a step did not happen."""
    age = UNKNOWN if age_s is None else duration(age_s)
    receipts = count(delivered, "receipt")
    return f'{verdict} ("{sentence}"), oldest {age}, {receipts} delivered'


def no_answer(why: str) -> str:
    """Say that the server did not answer."""
    return f"Tailback's own server does not answer: {why}"


def needs_url(system: str) -> str:
    """Say that a system needs an address."""
    return f"--system {system} needs --url, such as redis://127.0.0.1:6379/9."


def only_redis(url: str) -> str:
    """Say that the demo on Celery wants Redis."""
    return f"--url {url}: the demo runs Celery on Redis; write redis://host:6379/9."


def embedded_only() -> str:
    """Say that the embedded system takes no address."""
    return "--url is for --system celery; Huey runs on a file of the demo's own."


def not_empty(url: str, keys: int) -> str:
    """Refuse a Redis database that somebody uses."""
    return (
        f"The Redis database {url} holds {count(keys, 'key')}. The demo runs in an empty one; "
        "choose another number at the end of the URL."
    )


def redis_down(url: str, why: str) -> str:
    """Say that Redis cannot be used."""
    return f"Redis at {url} cannot be used: {why}. Start it, or run the demo without --system."


def library_missing(name: str) -> str:
    """Say which package the demo needs."""
    return f"The demo on {name} needs it installed: pip install '{name}[redis]'."


def naive_length(number: int | None) -> str:
    """Return the queue length as other monitors show it."""
    return UNKNOWN if number is None else f"{number:,}"


def honest_age(age_s: float | None, promise_s: float, *, idle: bool) -> str:
    """Return the age beside its promise."""
    if age_s is None:
        return "none" if idle else UNKNOWN
    return f"{duration(age_s)} of {promise(promise_s)}"


def plain(queue: str, age: str, sentence: str, exports: str, receipts: str) -> str:
    """Return what is seen as one line, where there is no terminal to draw on."""
    return f"queue length {queue} | oldest {age} | {sentence} | exports: {exports} | {receipts}"


def mail(paid: int, delivered: int) -> str:
    """Return payments beside receipts."""
    return f"{paid:,} / {delivered:,}"


def at(seconds: float) -> str:
    """Return the time of a line of the story."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


RECOVERED = "well again"
STEPS = {
    "open": "receipts and exports are on time and measured",
    "fails": "the error of the template as a reason of the lane",
    "climbs": "the true age of the oldest receipt while the queue length stays flat",
    "said": "the lane in trouble before the promise ran out",
    "mailed": "the alert in the mailbox of its owner",
    "clears": "the lane healthy again, and every payment with its receipt",
    "well": "the message of the recovery in the mailbox of the owner",
}


def exports_blamed(sentence: str) -> str:
    """Say that the healthy lane was accused."""
    return f'the exports lane stays healthy, but the board said "{sentence}"'


def too_late(age_s: float, promise_s: float) -> str:
    """Say that nothing was said in time."""
    return (
        f"the oldest receipt was {duration(age_s)} old (promise {promise(promise_s)}) and "
        "the board had not said so"
    )


def wrong_age(said_s: float | None, true_s: float) -> str:
    """Say that the shown age is not the true one."""
    shown = UNKNOWN if said_s is None else f"{said_s:.1f} s"
    return f"the board says {shown} while the oldest receipt is {true_s:.1f} s old"
