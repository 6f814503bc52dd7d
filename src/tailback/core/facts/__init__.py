"""Everything that is measured of one lane at one moment: what the judge and the board read."""

from tailback.core.facts.gather import gather
from tailback.core.facts.job_type import JobTypeFacts
from tailback.core.facts.lane import LaneFacts
from tailback.core.facts.reason import ReasonFacts

__all__ = ["JobTypeFacts", "LaneFacts", "ReasonFacts", "gather"]
