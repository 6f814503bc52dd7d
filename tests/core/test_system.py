"""What a job system can do depends on its address."""

from tailback.systems import load


def test_capabilities_follow_the_scheme_of_the_address() -> None:
    celery = load("celery")

    assert set(celery.at("redis://h/0").actions) == {"revoke", "discard"}
    assert set(celery.at("amqp://h//").actions) == {"revoke"}
