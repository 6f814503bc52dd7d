import inspect
import signal
import sys
from types import FrameType

import pytest

from tailback.agent import guard
from tailback.agent.guard import guarded

pytestmark = pytest.mark.usefixtures("fresh")


@guarded
def fails(value: int = 1) -> int:
    """Fails on zero."""
    return 1 // value


def test_a_hook_that_works_answers_as_always() -> None:
    assert fails(1) == 1


def test_a_hook_that_fails_answers_none_and_is_counted_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert fails(0) is None
    assert fails(value=0) is None

    (kind,) = guard.swallowed
    assert guard.swallowed[kind] == 2
    assert kind == f"ZeroDivisionError in {__name__}.fails"
    assert len(caplog.records) == 1
    assert "The job was not affected" in caplog.text


def test_a_guarded_hook_keeps_its_name_and_signature() -> None:
    assert fails.__name__ == "fails"
    assert str(inspect.signature(fails)) == "(value: int = 1) -> int"
    assert fails.__doc__ == "Fails on zero."


def test_at_most_ten_kinds_are_said(caplog: pytest.LogCaptureFixture) -> None:
    for number in range(15):
        guard.swallow(ValueError(), f"place {number}")
    guard.swallow(ValueError(), "place 3")

    assert len(caplog.records) == 10
    assert guard.swallowed["other"] == 5
    assert guard.swallowed["ValueError in place 3"] == 2


def test_a_broken_log_handler_does_not_reach_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("tailback.agent.log.warning", broken)

    assert fails(0) is None


@pytest.mark.parametrize("wanted", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_process_passes(wanted: type[BaseException]) -> None:
    @guarded
    def hook() -> None:
        raise wanted

    with pytest.raises(wanted):
        hook()


class JobTimeoutException(Exception):  # noqa: N818 - the name in rq
    pass


class OwnLimit(Exception):  # noqa: N818
    pass


def test_a_time_limit_that_a_signal_throws_into_a_hook_ends_the_job() -> None:
    def limit(_: int, __: FrameType | None) -> None:
        raise OwnLimit

    @guarded
    def hook() -> None:
        signal.raise_signal(signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, limit)
    try:
        with pytest.raises(OwnLimit):
            hook()
        assert not guard.belongs_to_the_app(OwnLimit("raised by a hook itself"))
    finally:
        signal.signal(signal.SIGALRM, before)

    assert guard.swallowed == {}


def test_a_time_limit_known_by_its_name_ends_the_job() -> None:
    limit = type("BaseTimeoutException", (Exception,), {})

    @guarded
    def hook() -> None:
        raise type("JobTimeoutException", (limit,), {})

    with pytest.raises(limit):
        hook()


def test_without_the_signal_module_only_names_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "signal")

    assert not guard.belongs_to_the_app(OwnLimit())
