"""`tailback deploy RELEASE`: tell the server that a release went live."""

from tailback import clock
from tailback.agent import marks
from tailback.cli import post

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str]") -> int:
    """Send one deploy mark; returns 0 when the server took it."""
    parser = post.Parser(
        prog="tailback deploy",
        description="Mark that a release went live, so that failures after it can be told apart.",
    )
    parser.add_argument("release", metavar="RELEASE", help="its name, such as a version or commit")
    parser.add_argument("--service", help="the part of the system that was deployed")
    args = parser.parse_args(argv)
    return post.post(*marks.deploy_mark(args.release, args.service, clock.now()))
