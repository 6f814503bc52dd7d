"""What the documented wording of libraries, services and runtimes means, as data.

Rules are tried in order; the first whose text occurs decides. To add one, add a line of words to
the rule of its kind, or a rule with the failure it is for: a test holds every rule to its example.
"""

from tailback.core.failures.texts import (
    access,
    code,
    common,
    data,
    databases,
    runtime,
    schema,
    services,
    translated,
)
from tailback.core.failures.texts.rule import TextRule

# Stronger than the type or the HTTP status beside it: "403 rate limit exceeded" is a rate limit.
EARLY: tuple[TextRule, ...] = (
    *runtime.RULES,
    *services.RULES,
    *schema.RULES,
    *databases.RULES,
    *data.RULES,
    *access.RULES,
)
# After type, status and errno: words that many things may say.
LATE: tuple[TextRule, ...] = (*code.RULES, *common.RULES)

# Of a datastore alone, and of no use for anything in English.
TRANSLATED: tuple[TextRule, ...] = translated.RULES

__all__ = ["EARLY", "LATE", "TRANSLATED", "TextRule"]
