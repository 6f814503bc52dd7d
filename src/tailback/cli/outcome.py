"""`tailback outcome NAME [N]`: count business outcomes from a shell."""

from tailback import clock
from tailback.agent import marks
from tailback.cli import post

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str]") -> int:
    """Send one counter step; returns 0 when the server took it."""
    parser = post.Parser(
        prog="tailback outcome",
        description="Count business outcomes, which work is then expected to follow.",
    )
    parser.add_argument("name", metavar="NAME", help='what was counted: "payments.succeeded"')
    parser.add_argument("count", metavar="N", nargs="?", type=_count, default=1, help="default: 1")
    args = parser.parse_args(argv)
    return post.post(*marks.outcome_mark(args.name, args.count, clock.now()))


def _count(text: str) -> int:
    """Return a whole number of 0 or more; argparse words what is said otherwise."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


_count.__name__ = "whole number, 0 or more"
