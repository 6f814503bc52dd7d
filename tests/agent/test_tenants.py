import asyncio
import threading
import uuid
from collections.abc import Callable

import pytest

import tailback
from tailback import agent
from tailback.agent.tenants import current, extract, plain, tenant


def send(order_id: int, account_id: str = "") -> None:
    raise NotImplementedError


def test_a_block_names_the_account_and_ends() -> None:
    with tailback.tenant("acct_1"):
        assert current() == "acct_1"
        with tailback.tenant("acct_2"):
            assert current() == "acct_2"
        assert current() == "acct_1"

    assert current() is None


def test_a_block_ends_when_the_app_raises() -> None:
    with pytest.raises(ZeroDivisionError), tenant("acct_1"):
        raise ZeroDivisionError

    assert current() is None


def test_a_decorated_function_runs_inside_and_keeps_its_name() -> None:
    @tenant("acct_1")
    def work(value: int) -> tuple[int, str | None]:
        return value, current()

    assert work(7) == (7, "acct_1")
    assert work.__name__ == "work"
    assert current() is None


def test_a_decorated_coroutine_runs_inside_and_others_beside_it_do_not() -> None:
    @tenant("acct_1")
    async def work() -> str | None:
        await asyncio.sleep(0)
        return current()

    async def other() -> str | None:
        await asyncio.sleep(0)
        return current()

    async def both() -> tuple[str | None, str | None]:
        inside, outside = await asyncio.gather(work(), other())
        return inside, outside

    assert asyncio.run(both()) == ("acct_1", None)


def test_one_object_may_be_entered_by_several_threads_at_once() -> None:
    shared = tenant("acct_1")
    both_inside = threading.Barrier(2)
    seen: list[str | None] = []

    def work() -> None:
        with shared:
            both_inside.wait(10)
            seen.append(current())
        seen.append(current())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, seen)) == ["None", "None", "acct_1", "acct_1"]


ACCOUNT = uuid.UUID("12345678123456781234567812345678")


@pytest.mark.parametrize(
    ("given", "account"),
    [
        ("acct", "acct"),
        (42, "42"),
        (ACCOUNT, str(ACCOUNT)),
        ("x" * 999, "x" * 200),
        ("", None),
        (None, None),
        (True, None),
        (object(), None),
        ([1], None),
    ],
)
def test_an_account_is_a_short_text_or_not_known(given: object, account: str | None) -> None:
    assert plain(given) == account


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "account"),
    [
        (None, (), {"account_id": 7}, "7"),
        (None, ("x", "acct"), {}, None),
        (send, (1, "acct"), {}, "acct"),
        (send, (1,), {}, None),
        (send, (1,), {"tenant": "t"}, "t"),
        (None, ({"account_id": "deep"},), {}, "deep"),
        (None, (), {"payload": {"tenant": "deep"}}, "deep"),
        (None, (), {"payload": {"other": 1}}, None),
        (print, ("acct",), {}, None),
        (dict, ("acct",), {}, None),
        (None, (), {}, None),
    ],
)
def test_an_account_is_found_in_the_arguments(
    function: Callable[..., object] | None,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    account: str | None,
) -> None:
    assert extract(("account_id", "tenant"), function, args, kwargs) == account


@pytest.mark.usefixtures("fresh")
def test_arguments_are_looked_at_only_when_their_name_is_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agent.install("http://t@127.0.0.1:9/s")
    assert agent.tenant_of("send", (), {"account_id": 7}) is None

    monkeypatch.setattr(agent, "_settings", None)
    monkeypatch.setenv("TAILBACK_TENANT_ARG", "account_id")
    agent.install("http://t@127.0.0.1:9/s")

    assert agent.tenant_of("send", (), {"account_id": 7}) == "7"
    assert agent.tenant_of(send, (1, "acct")) == "acct"
    with tailback.tenant("outer"):
        assert agent.tenant_of("send", (), {"account_id": 7}) == "outer"


@pytest.mark.usefixtures("fresh")
def test_hostile_arguments_only_hide_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hostile(dict[str, object]):
        def get(self, *_: object) -> object:
            raise ValueError("never")

    monkeypatch.setenv("TAILBACK_TENANT_ARG", "account_id")
    agent.install("http://t@127.0.0.1:9/s")

    assert agent.tenant_of("send", (Hostile(),)) is None
