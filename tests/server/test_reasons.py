"""What is remembered of an error is all that decides its reason."""

from tailback.server.reasons import explained, reason_key


def test_the_same_wrapper_around_another_cause_is_another_reason() -> None:
    wrapper = {"type": "shop.SyncFailed", "message": "sync failed", "trace": "x"}
    full = {"type": "OSError", "message": "[Errno 28] No space left on device"}
    late = {"type": "redis.exceptions.TimeoutError", "message": "Timeout reading from socket"}

    assert reason_key({**wrapper, "chain": [full]}) == "disk-full"
    assert reason_key({**wrapper, "chain": [late]}) == "db-timeout-redis"
    assert reason_key({**wrapper, "facts": {"errno": 24}}) == "open-files"


def test_an_error_is_judged_once() -> None:
    error = {"type": "MemoryError", "message": "once"}

    assert explained(error) is explained(dict(error))
