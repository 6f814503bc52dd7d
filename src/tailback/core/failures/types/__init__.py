"""What the documented exception types of libraries mean, as data.

A name alone means the same wherever it is raised; `package:Name` only in that package (the first
part of the qualified name, lower case). Names that mean something only with their text are not
here but among the text rules. Each file has its kinds, one a line; no type may mean two of them.
"""

from tailback.core.failures.table import table
from tailback.core.failures.types import code, data, databases, runtime, services, weak

# Sure: nothing in the message can make it something else (but see `texts.EARLY`).
TYPES = table(
    "".join(one.TYPES for one in (runtime, databases, data, services, code)),
)
WEAK_TYPES = table(weak.TYPES)

__all__ = ["TYPES", "WEAK_TYPES"]
