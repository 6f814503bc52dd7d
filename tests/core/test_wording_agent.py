"""What an agent says in a worker's log: what happened, and what to do next."""

import pytest

from tailback.core import wording_agent as words

ADDRESS = "http://jobs:8642/shop"


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (words.dsn_wrong("the port is missing"), ["the port is missing", "Nothing is sent"]),
        (words.dsn_missing(), ["TAILBACK_DSN is not set", "`tailback up` prints"]),
        (words.hook_failed("KeyError in hook", "'x'"), ["KeyError in hook: 'x'", "not affected"]),
        (words.refused_token(ADDRESS, 403), [ADDRESS, "HTTP 403", "tailback token new"]),
        (words.refused_batch(ADDRESS, 400, "no"), ["HTTP 400: no", "dropped and counted"]),
        (words.refused_events(ADDRESS, 3, "at: is required"), ["3 of the events", "at: is"]),
        (words.unreachable(ADDRESS, "refused"), [ADDRESS, "(refused)", "Jobs are not affected"]),
        (words.reachable_again(ADDRESS), [ADDRESS, "has been sent"]),
        (words.batch_sent(7, 12, 202), ["batch 7 with 12 events: 202"]),
        (words.batch_sent(7, 12, None), ["no answer"]),
        (words.run_usage(), ["Usage: tailback run <worker command>", "TAILBACK_DSN"]),
        (words.cannot_start("rq", "No such file"), ["rq cannot be started (No such file)"]),
        (words.cannot_start("rq", None), ["unknown reason"]),
        (words.no_server(), ["set TAILBACK_DSN=", "TAILBACK_URL and TAILBACK_TOKEN"]),
        (words.url_wrong("no host"), ["no host", "https://"]),
        (words.not_taken(ADDRESS, None, "refused"), ["cannot be reached: refused", "server up?"]),
        (words.not_taken(ADDRESS, 401, ""), ["HTTP 401", "--scope ingest"]),
        (words.not_taken(ADDRESS, 500, "on fire"), ["(HTTP 500): on fire"]),
        (words.extra_missing("click"), ["module click", "pip install 'tailback[server]'"]),
        (words.our_bug("KeyError"), ["bug in Tailback (KeyError)", "report it"]),
    ],
)
def test_a_sentence_says_what_happened_and_what_to_do(said: str, parts: list[str]) -> None:
    for part in parts:
        assert part in said
