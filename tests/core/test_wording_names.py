import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core.wording_names import is_many, says


@pytest.mark.parametrize(
    "name",
    [
        "Receipt emails", "Exports", "Exports of one invoice", "Welcome e-mails", "People",
        "Orders and refunds", "Receipt emails (EU)", "receipt-emails", "PDFs", "Order metrics",
        "Invoices for the boss", "Scheduled reports", "Password resets",
    ],
)  # fmt: skip
def test_many_things_are(name: str) -> None:
    assert says(name, "stuck") == f"{name} are stuck"


@pytest.mark.parametrize(
    "name",
    [
        "Nightly report", "Order sync", "Mail", "Export of invoices", "Lane 7", "Emails v2",
        "shop.emails", "send_receipts", "Status", "Analysis", "Access", "SMS", "celery", "AWS",
        "Import (orders)", "Sync with Klarna", "RECEIPT MAIL",
    ],
)  # fmt: skip
def test_one_thing_is(name: str) -> None:
    assert says(name, "stuck") == f"{name} is stuck"


@pytest.mark.parametrize(
    "name",
    [
        "Send receipts", "Import and sync", "Sales", "Analytics", "Sending mails", "Überweisungen",
        "Ana's", "RECEIPT EMAILS", "Rechnungen für Ärzte", "", "()", "受信", "Customer data",
    ],
)  # fmt: skip
def test_what_could_be_either_is_said_without_a_verb(name: str) -> None:
    assert says(name, "stuck") == f"{name}: stuck"


def test_a_long_name_is_cut_and_keeps_its_number() -> None:
    said = says("Very " * 30 + "long emails", "missing", 80)

    assert said.endswith("… are missing")
    assert len(said) == 80


@given(st.text(), st.sampled_from(["stuck", "slow", "well again after 5 min"]))
def test_whatever_somebody_calls_a_lane_can_be_said(name: str, state: str) -> None:
    said = says(name, state, 80)

    assert len(said) <= 80
    assert said.endswith(state)
    assert is_many(name) in (True, False, None)
