"""Everything known of one failure, for the extractors."""

from dataclasses import dataclass

from tailback.core.failures.link import Link
from tailback.core.failures.trace import section_of


@dataclass(slots=True)
class Evidence:
    """`link` is the exception that decided by `rule`, `links` the chain (outermost first)."""

    link: Link
    links: list[Link]
    trace: str
    rule: str = ""

    def own_trace(self) -> str:
        """Return the part of the trace that shows where `link` was raised."""
        return section_of(self.trace, self.link.type)
