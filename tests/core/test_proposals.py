"""What the names of queues suggest to somebody who sets Tailback up."""

import pytest

from tailback.core import proposals, wording_init


@pytest.mark.parametrize(
    ("names", "matter", "noticed_after"),
    [
        (["mailers", "PasswordResetMailer"], "password", "2m"),
        (["users", "users.signup"], "sign_up", "2m"),
        (["shop.charge_card"], "money", "5m"),
        (["emails", "shop.send_receipt"], "receipt", "5m"),
        (["WelcomeJob"], "first_day", "10m"),
        (["emails"], "message", "10m"),
        (["CSVExport"], "export", "30m"),
    ],
)
def test_a_name_suggests_what_customers_wait_for(
    names: list[str], matter: wording_init.Matter, noticed_after: str
) -> None:
    found = proposals.propose(names)

    assert found.action == wording_init.ACTIONS[matter]
    assert found.noticed_after == noticed_after


def test_a_name_that_suggests_nothing_gets_the_assumed_promise() -> None:
    assert proposals.propose(["q7"]) == proposals.Proposal(None, None, "15m")


def test_the_queue_that_hurts_customers_most_comes_first() -> None:
    queues = [("exports", []), ("emails", ["shop.send_receipt"]), ("webhooks", [])]

    assert proposals.matters_most(queues) == "emails"
    assert proposals.matters_most([("q2", []), ("q1", [])]) == "q2"
    assert proposals.matters_most([]) is None


@pytest.mark.parametrize(
    ("queue", "jobs", "hidden"),
    [
        ("default", (), True),
        ("high_priority", (), False),
        ("emails", ("receipt", "reset"), True),
        ("emails", ("receipt",), False),
    ],
)
def test_a_name_hides_a_mixture_and_a_name_of_the_works_says_nothing(
    queue: str, jobs: tuple[str, ...], hidden: bool
) -> None:
    assert proposals.hides(queue, jobs) is hidden


def test_a_warning_says_what_is_hidden_and_what_to_do() -> None:
    mixed = wording_init.hides("default", ("a", "b"))
    assert mixed == '"default" carries 2 job types: give each that matters a lane of its own'
    assert wording_init.hides("default", ()).endswith("say it in customer_action")


def test_a_queue_is_shown_with_what_it_carries_as_far_as_that_is_known() -> None:
    assert wording_init.queue_line("q", (), None) == "  q"
    assert wording_init.queue_line("q", ("a", "b"), 3) == "  q: 3 jobs waiting; carries a, b"
    assert wording_init.found(0) == "No queue found yet."
