import json
import signal
import sys
from types import FrameType
from typing import Any

import pytest

from tailback import agent
from tailback.agent import errors
from tailback.agent.errors import describe_error


def caught(function: Any, *args: Any) -> BaseException:
    try:
        function(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fail(error: BaseException, cause: BaseException | None = None) -> None:
    raise error from cause


def test_type_message_and_trace_are_told() -> None:
    told = agent.describe_error(caught(fail, ValueError("broken")))

    assert (told["type"], told["message"]) == ("ValueError", "broken")
    trace = str(told["trace"])
    assert trace.startswith("Traceback (most recent call last):\n  File ")
    assert "in fail\n    raise error from cause" in trace
    assert trace.endswith("\nValueError: broken")


def test_a_type_outside_python_itself_is_qualified() -> None:
    assert describe_error(json.JSONDecodeError("bad", "x", 0))["type"] == (
        "json.decoder.JSONDecodeError"
    )


def test_an_exception_that_was_never_raised_has_no_trace() -> None:
    told = describe_error(ValueError("x"))

    assert told["trace"] is None
    assert told["chain"] == []
    assert told["facts"] == {}
    assert told["status"] is None


def test_the_chain_follows_explicit_causes_nearest_first() -> None:
    inner = KeyError("customer")
    middle = caught(fail, RuntimeError("render"), inner)
    outer = caught(fail, ValueError("task"), middle)

    chain = describe_error(outer)["chain"]

    assert [(one["type"], one["message"]) for one in chain] == [  # type: ignore[attr-defined]
        ("RuntimeError", "render"),
        ("KeyError", "'customer'"),
    ]


def test_the_chain_follows_what_was_being_handled_unless_suppressed() -> None:
    def during() -> None:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")  # noqa: B904 - the point

    def suppressed() -> None:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second") from None

    assert [one["type"] for one in describe_error(caught(during))["chain"]] == ["KeyError"]  # type: ignore[attr-defined]
    assert describe_error(caught(suppressed))["chain"] == []


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one

    assert len(describe_error(one)["chain"]) == 1  # type: ignore[arg-type]


def test_a_chain_has_at_most_ten_links() -> None:
    error: BaseException = ValueError("0")
    for number in range(1, 30):
        wrapper = ValueError(str(number))
        wrapper.__cause__ = error
        error = wrapper

    assert len(describe_error(error)["chain"]) == 10  # type: ignore[arg-type]


def test_of_a_group_the_first_error_is_told() -> None:
    group = ExceptionGroup("two failed", [KeyError("a"), ValueError("b")])

    assert [one["type"] for one in describe_error(group)["chain"]] == ["KeyError"]  # type: ignore[attr-defined]


def test_facts_come_from_the_nearest_that_knows_them() -> None:
    class Answered(Exception):  # noqa: N818
        status_code = 429

    told = describe_error(
        caught(fail, RuntimeError("retry"), caught(fail, Answered(), OSError(111, "x")))
    )

    assert told["status"] == 429
    assert told["facts"] == {"errno": 111}
    assert [one["status"] for one in told["chain"]] == [429, None]  # type: ignore[attr-defined]


def test_huge_messages_keep_their_head_and_tail() -> None:
    message = str(describe_error(ValueError("a" * 100_000 + "end"))["message"])

    assert len(message) <= 2_048
    assert message.startswith("aaa")
    assert message.endswith("end")


def test_a_deep_recursion_has_a_short_trace_that_says_what_it_leaves_out() -> None:
    def deeper() -> None:
        deeper()

    trace = str(describe_error(caught(deeper))["trace"])

    assert len(trace) <= 32 * 1024
    assert " more\n" in trace
    assert trace.count("in deeper") <= 51
    assert "in caught" in trace


def test_a_trace_of_long_lines_is_cut() -> None:
    source = (
        "def f(n):\n    " + "x = " + "1 + " * 300 + "1\n    return f(n - 1) if n else 1 // 0\n"
    )
    space: dict[str, Any] = {}
    exec(compile(source, "a" * 2_000 + ".py", "exec"), space)

    assert len(str(describe_error(caught(space["f"], 40))["trace"])) <= 32 * 1024


def test_values_of_variables_are_not_told() -> None:
    def work() -> None:
        card = "hunter2-in-a-local"
        raise ValueError(len(card))

    assert "hunter2" not in json.dumps(describe_error(caught(work)))


def test_secrets_are_hidden_everywhere() -> None:
    inner = caught(fail, ConnectionError("amqp://shop:hunter2@mq.example.com:5672"))
    told = json.dumps(describe_error(caught(fail, ValueError("password=hunter2"), inner)))

    assert "hunter2" not in told
    assert "mq.example.com:5672" in told


class HostileText(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise ValueError("no")


class HostileAttributes(Exception):  # noqa: N818
    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)


class HostileMeta(type):
    @property
    def __module__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no module")


class HostileType(Exception, metaclass=HostileMeta):  # noqa: N818
    pass


class HostileChain(Exception):  # noqa: N818
    @property
    def __cause__(self) -> Any:  # type: ignore[override]
        raise RuntimeError("no cause")


class EndlessText(Exception):  # noqa: N818
    def __str__(self) -> str:
        return str(self)


@pytest.mark.parametrize(
    "kind", [HostileText, HostileAttributes, HostileType, HostileChain, EndlessText]
)
def test_a_hostile_exception_is_described_as_well_as_it_lets_itself(
    kind: type[BaseException],
) -> None:
    told = describe_error(caught(fail, kind("x")))

    assert isinstance(told["type"], str)
    assert isinstance(told["message"], str)
    json.dumps(told)


def test_a_trace_that_cannot_be_made_costs_only_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise OSError("no source")

    monkeypatch.setattr("linecache.getline", broken)
    told = describe_error(caught(fail, ValueError("x")))

    assert (told["trace"], told["message"]) == (None, "x")


class Limit(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("where", ["__str__", "_frames", "_captured"])
def test_a_time_limit_that_strikes_while_describing_ends_the_job(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def limit(_: int, __: FrameType | None) -> None:
        raise Limit

    def strike(*_: object) -> Any:
        signal.raise_signal(signal.SIGALRM)

    class Slow(Exception):  # noqa: N818
        pass

    if where == "__str__":
        monkeypatch.setattr(Slow, "__str__", strike)
    else:
        monkeypatch.setattr(errors, where, strike)
    before = signal.signal(signal.SIGALRM, limit)
    try:
        with pytest.raises(Limit):
            describe_error(caught(fail, Slow()))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_given_dicts_are_capped_and_cleaned_too() -> None:
    told = errors.redacted(
        {
            "type": "X",
            "message": "m" * 99_999,
            "trace": None,
            "chain": [{"type": "Y", "message": "token=abc"}, "nonsense", {"type": "Z"}],
        }
    )

    assert len(str(told["message"])) == 2_048
    assert told["chain"] == [
        {"type": "Y", "message": "token=[hidden]"},
        {"type": "Z", "message": ""},
    ]
    assert errors.redacted({"type": "X"}) == {"type": "X"}


def test_python_that_runs_these_tests_is_not_the_app() -> None:
    assert not errors._in_app(json.__file__)
    assert not errors._in_app(pytest.__file__)
    assert not errors._in_app("<frozen importlib._bootstrap>")
    assert errors._in_app(__file__)
    assert sys.base_prefix
