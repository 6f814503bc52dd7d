"""Questions to the ledger about one account; they run on the engine's thread."""

from collections.abc import Sequence
from typing import Any

from tailback.core import wording
from tailback.core.ledger import Ledger
from tailback.core.model import Lane


def account(ledger: Ledger, tenant: str, lanes: Sequence[Lane]) -> dict[str, Any]:
    """Return whether an account waits too long or fails, in which lanes, and in one sentence."""
    hit = []
    unsure = False
    for lane in lanes:
        late = failing = 0
        for part in ledger.slices(lane.source, lane.queue, lane.jobs):
            counted = part.lates.get(lane.key)
            for tenants in (counted.tenants if counted else None, part.failing_tenants):
                unsure = unsure or bool(tenants is not None and tenants.level)
            late += counted.tenants.jobs.get(tenant, 0) if counted else 0
            failing += part.failing_tenants.jobs.get(tenant, 0)
        if late or failing:
            hit.append(
                {
                    "lane": lane.key,
                    "customer_action": lane.customer_action,
                    "late_jobs": late,
                    "failing_jobs": failing,
                }
            )
    actions = [str(item["customer_action"] or item["lane"]) for item in hit]
    affected = True if hit else None if unsure else False
    sentence = wording.account_sentence(tenant, actions, affected=affected)
    return {"account": tenant, "affected": affected, "sentence": sentence, "lanes": hit}
