"""What is said about signing in and accounts."""

import pytest

from tailback.core import wording_access as words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.too_many_tries(90), "Too many tries. Wait 1 min and try again."),
        (words.too_many_tries(0.2), "Too many tries. Wait 1 s and try again."),
        (words.may("admin", details=True), "see and change everything"),
        (
            words.may("viewer", details=False),
            "see the board and everything behind it, without job arguments and traces",
        ),
        (words.may("guest", details=True), "see the board"),
        (
            words.board_link("http://x/b", "1 May"),
            "Shows the board to whoever opens it, until 1 May: http://x/b",
        ),
        (
            words.no_account("ana", []),
            'There is no account called "ana", and none at all yet.',
        ),
        (
            words.no_account("ana", ["bo", "cy"]),
            'There is no account called "ana". Accounts: bo, cy.',
        ),
        (words.account_changed("ana", "is a viewer", 0), "ana: is a viewer."),
        (
            words.account_changed("ana", "is a viewer", 2),
            "ana: is a viewer. 2 sessions ended.",
        ),
    ],
)
def test_accounts_are_spoken_of_plainly(said: str, text: str) -> None:
    assert said == text
