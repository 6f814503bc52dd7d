"""Why jobs fail: the first useful error of a chain, its reason, and a person's corrections."""

from tailback.core.failures.classify import reason_of
from tailback.core.failures.kinds import BUCKETS, Bucket
from tailback.core.failures.overrides import Overrides
from tailback.core.failures.reason import Reason
from tailback.core.failures.record import error_of_record

__all__ = ["BUCKETS", "Bucket", "Overrides", "Reason", "error_of_record", "reason_of"]
