"""Everything known of one failure, for the extractors."""

from dataclasses import dataclass

from tailback.core.failures.link import Link


@dataclass(slots=True)
class Evidence:
    """`link` is the exception that decided by `rule`, `links` the chain (outermost first)."""

    link: Link
    links: list[Link]
    trace: str
    rule: str = ""
