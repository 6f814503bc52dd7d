"""What a rule decided."""

from typing import NamedTuple


class Decision(NamedTuple):
    """`rule` is the rule's name, as a person finds it in the reference."""

    kind: str
    rule: str
