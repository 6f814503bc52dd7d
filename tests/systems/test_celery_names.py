"""Celery's names: keys, queues and addresses."""

import pytest

from tailback.core.system import ProbeError
from tailback.systems.celery import OPTIONS
from tailback.systems.celery.amqp_url import broker_address, management_address, queue_path
from tailback.systems.celery.keys import Bindings, Keys, keys_of, queues_in, topic
from tailback.systems.celery.probe import open_probe
from tailback.systems.celery.redis_probe import redis_url, scored, shown_url


def test_every_priority_has_its_own_list_and_zero_is_the_queue_itself():
    assert Keys().lists("emails") == [
        "emails",
        "emails\x06\x163",
        "emails\x06\x166",
        "emails\x06\x169",
    ]
    made = keys_of({"priority_steps": [0, 5], "sep": ":", "global_keyprefix": "app-"})
    assert made.lists("emails") == ["app-emails", "app-emails:5"]
    assert (made.unacked, made.unacked_index) == ("app-unacked", "app-unacked_index")


@pytest.mark.parametrize(
    "options",
    [
        {"priority_steps": "0,3"},
        {"priority_steps": []},
        {"priority_steps": [True]},
        {"queues": "emails"},
        {"queues": [1]},
    ],
)
def test_a_wrong_option_is_refused_with_its_name(options):
    (name,) = options
    with pytest.raises(ProbeError, match=name):
        keys_of(options), queues_in(options)
    assert name in OPTIONS


def test_the_pattern_for_bindings_takes_a_prefix_literally():
    assert Keys(prefix="a*[b]?-").bindings_pattern() == r"a\*\[b\]\?\-_kombu.binding.*"


def test_broadcasts_are_no_queues_of_jobs():
    keys = Keys(prefix="p")

    assert keys.exchange_of("p_kombu.binding.emails") == "emails"
    assert keys.exchange_of("p_kombu.binding.celery.pidbox") is None
    assert keys.exchange_of("p_kombu.binding.celeryev") is None


def test_a_message_is_led_to_its_queue_by_exchange_and_routing_key():
    bindings = Bindings()
    sep = "\x06\x16"
    assert bindings.learn(
        "shop", [f"mail{sep}{sep}emails", f"*.pdf{sep}x{sep}exports", "odd"], sep
    ) == ["emails", "exports"]

    assert bindings.queue_of("", "anything", []) == "anything"
    assert bindings.queue_of("shop", "mail", []) == "emails"
    assert bindings.queue_of("shop", "big.pdf", []) == "exports"
    assert bindings.queue_of("shop", "very.big.pdf", []) is None
    assert bindings.queue_of("other", "emails", ["emails"]) == "emails"


def test_a_topic_matches_words():
    assert topic("a.*.c").fullmatch("a.b.c")
    assert not topic("a.*.c").fullmatch("a.b.b.c")
    assert topic("a.#").fullmatch("a.b.c")
    assert not topic("a.b").fullmatch("aXb")


@pytest.mark.parametrize(
    ("broker_url", "wanted"),
    [
        ("redis://:pw@h:1/2", "redis://:pw@h:1/2"),
        ("redis+socket:///run/r.sock?virtual_host=3", "unix:///run/r.sock?db=3"),
        ("redis+socket:///run/r.sock", "unix:///run/r.sock?db=0"),
        ("rediss://h:1/0?ssl_cert_reqs=CERT_NONE", "rediss://h:1/0?ssl_cert_reqs=none"),
        ("redis://a:1;redis://b:2", "redis://a:1"),
    ],
)
def test_broker_urls_of_celery_are_understood(broker_url, wanted):
    assert redis_url(broker_url) == wanted


def test_no_address_shown_has_a_secret():
    assert shown_url("redis://user:secret@h:1/2?password=secret") == "redis://h:1/2"
    broker, _ = broker_address("amqp://user:secret@h:1/v")
    assert "secret" not in broker.shown + management_address("http://u:secret@h:1", broker).shown


@pytest.mark.parametrize("path", ["", "/", "//", "/%2F"])
def test_the_default_virtual_host_is_written_in_many_ways(path):
    assert broker_address(f"amqp://h{path}")[1] == "/"


def test_an_amqp_address_has_defaults():
    broker, vhost = broker_address("amqps://us%40er:p%2Fw@mq.example.com/shop")

    assert (broker.host, broker.port, broker.user, broker.password, broker.tls) == (
        "mq.example.com",
        5671,
        "us@er",
        "p/w",
        True,
    )
    assert vhost == "shop"
    there = management_address("", broker)
    assert (there.shown, there.user, there.password) == (
        "https://mq.example.com:15671",
        "us@er",
        "p/w",
    )
    other = management_address("http://look:see@[::1]:8080/mq/", broker)
    assert (other.host, other.port, other.user, other.tls, other.shown) == (
        "::1",
        8080,
        "look",
        False,
        "http://[::1]:8080/mq",
    )
    assert queue_path("/", "a/b") == "/api/queues/%2F/a%2Fb"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("sqs://x", {}),
        ("amqp://h:port/", {}),
        ("amqp://h", {"management_url": "mq:15672"}),
        ("redis://h:port", {}),
    ],
)
def test_an_address_that_cannot_be_read_is_refused(url, options):
    with pytest.raises(ProbeError):
        open_probe("shop", url, options)


def test_scores_are_read_in_both_shapes():
    assert scored([]) == {}
    assert (
        scored([b"a", b"1.5", b"b", b"2"])
        == scored([[b"a", 1.5], [b"b", 2.0]])
        == {"a": 1.5, "b": 2.0}
    )
