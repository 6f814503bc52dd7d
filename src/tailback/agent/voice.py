"""What the app's log is told of sending: each thing once, and at most ten."""

import json

from tailback.agent import log
from tailback.agent.guard import MAX_KINDS_SAID
from tailback.core import wording_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tailback.agent.transport import Answer

FAILURES_BEFORE_SAYING = 3
_OUTAGE = frozenset({"token", "unreachable"})


class Voice:
    """Speaks of the server at `address`, a text without its token."""

    __slots__ = ("_address", "_said")

    def __init__(self, address: str) -> None:
        self._address = address
        self._said: set[str] = set()

    def accepted(self, answer: "Answer") -> None:
        """Say why single events of an accepted batch were rejected, if any were."""
        if b'"why"' not in answer.body:
            return
        try:
            rejected = json.loads(answer.body)["rejected"]
            why = "; ".join(sorted({str(one["why"]) for one in rejected}))[:300]
        except (ValueError, KeyError, TypeError):
            return
        text = wording_agent.refused_events(self._address, len(rejected), why)
        self._say(f"rejected {why}", text)

    def refused(self, answer: "Answer") -> None:
        """Say that a batch was refused for good."""
        text = answer.body[:300].decode("utf-8", "replace")
        self._say("refused", wording_agent.refused_batch(self._address, answer.status or 0, text))

    def failed(self, answer: "Answer", failures: int) -> None:
        """Say that the token is refused at once, and anything else when it has failed thrice."""
        if answer.status in {401, 403}:
            self._say("token", wording_agent.refused_token(self._address, answer.status))
        elif failures == FAILURES_BEFORE_SAYING:
            detail = answer.detail or f"HTTP {answer.status}"
            self._say("unreachable", wording_agent.unreachable(self._address, detail))

    def outage_ended(self) -> None:
        """Say that the server is there again, if it was said that it was not."""
        if not _OUTAGE.isdisjoint(self._said):
            self._said -= _OUTAGE
            log.warning(wording_agent.reachable_again(self._address))

    def _say(self, topic: str, text: str) -> None:
        if topic not in self._said and len(self._said) < MAX_KINDS_SAID:
            self._said.add(topic)
            log.warning(text)
