"""Which queue a message of an app goes to, and what the hook remembers, without any broker."""

import pytest
from celery import Celery
from kombu import Exchange, Queue

from tailback.systems.celery import publish, queues, work
from tailback.systems.celery.queues import queue_declared, queue_of


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Celery:
    monkeypatch.setattr(queues, "_known", {})
    app = Celery("shop", broker="memory://", set_as_current=False)
    shop, other = Exchange("shop", type="topic"), Exchange("other")
    app.conf.task_queues = [
        Queue("emails", shop, routing_key="mail"),
        Queue("exports", other, routing_key="files"),
    ]
    return app


def test_a_message_goes_to_the_queue_that_is_bound_to_its_exchange_and_key(app: Celery) -> None:
    delayed = ".".join("01" * 14) + ".mail"

    assert queue_of(app, "", "plain") == "plain"
    assert queue_of(app, None, None) == "celery"
    assert queue_of(app, Exchange("shop"), "mail") == "emails"
    assert queue_of(app, "shop", delayed) == "emails"
    assert queue_of(app, "elsewhere", "files") == "exports", "the key alone tells"
    assert queue_of(app, "shop", "unheard") == "unheard"


def test_what_is_known_of_queues_is_bounded(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MAX_KNOWN", 1)

    told = [queue_of(app, "shop", key) for key in ("mail", "unheard", "mail")]

    assert told == ["emails", "unheard", "emails"]
    assert len(queues._known) == 1


def test_a_publisher_that_declares_one_queue_names_it() -> None:
    assert queue_declared([Queue("emails")]) == "emails"
    assert queue_declared([Queue("emails"), Queue("exports")]) is None
    assert queue_declared([Queue("")]) is None
    assert queue_declared(None) is None


def test_an_attempt_ends_once_and_what_ended_is_remembered_in_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "MAX_ENDED", 2)
    state = work.State()

    assert [state.ends("a", 1), state.ends("a", 1), state.ends("a", 2), state.ends("b", 1)] == [
        True,
        False,
        True,
        True,
    ]
    assert list(state.ended) == [("a", 2), ("b", 1)]


def test_a_publish_of_another_shape_is_left_alone() -> None:
    properties: dict[str, object] = {}

    publish.stamp("shop.send", headers=None, properties=properties)
    publish.tell("shop.send", headers=[])

    assert properties == {}
