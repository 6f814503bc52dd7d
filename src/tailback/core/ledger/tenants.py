"""How many accounts have jobs in some condition: exact to 10,000, then estimated from a sample."""

from collections.abc import Iterable

from tailback.core.sketch import name_hash

EXACT_TENANTS = 10_000


class TenantCount:
    """Jobs per tenant; beyond 10,000 tenants only those of a hashed sample are kept.

    A tenant is always either in the sample or not, so that counting down stays right.
    """

    __slots__ = ("jobs", "level", "nameless")

    def __init__(self) -> None:
        self.jobs: dict[str, int] = {}
        self.level = 0
        self.nameless = 0

    def add(self, tenant: str | None) -> None:
        """Count one job of a tenant."""
        if tenant is None:
            self.nameless += 1
            return
        if self.level and not self._sampled(tenant):
            return
        self.jobs[tenant] = self.jobs.get(tenant, 0) + 1
        while len(self.jobs) > EXACT_TENANTS:
            self.level += 1
            self.jobs = {name: jobs for name, jobs in self.jobs.items() if self._sampled(name)}

    def remove(self, tenant: str | None) -> None:
        """Take back one job of a tenant."""
        if tenant is None:
            self.nameless -= 1
            return
        jobs = self.jobs.get(tenant)
        if jobs is None:
            return
        if jobs > 1:
            self.jobs[tenant] = jobs - 1
            return
        del self.jobs[tenant]
        if not self.jobs:
            self.level = 0

    def _sampled(self, tenant: str) -> bool:
        return not name_hash(tenant) & ((1 << self.level) - 1)


def distinct(counts: Iterable[TenantCount]) -> tuple[int, bool]:
    """Return how many distinct tenants the counts hold together, and whether that is exact."""
    counts = list(counts)
    level = max((count.level for count in counts), default=0)
    mask = (1 << level) - 1
    names = {
        name for count in counts for name in count.jobs if not mask or not name_hash(name) & mask
    }
    return len(names) << level, level == 0


class Late:
    """The jobs that were first due up to a second which its reader moves along."""

    __slots__ = ("jobs", "tenants", "upto")

    def __init__(self) -> None:
        self.upto = -1
        self.jobs = 0
        self.tenants = TenantCount()

    def add(self, tenant: str | None) -> None:
        """Count a job that became late."""
        self.jobs += 1
        self.tenants.add(tenant)

    def remove(self, tenant: str | None) -> None:
        """Take back a job that is not late any more."""
        self.jobs -= 1
        self.tenants.remove(tenant)
