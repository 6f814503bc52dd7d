"""Exceptions that only say that something else failed, as data.

They are never the first useful error while anything else is known.
"""

from tailback.core.failures.table import words

# "Tried often enough": says nothing about why.
RETRIES_USED_UP = words("""
    MaxRetriesExceededError RetryError RetriesExceededError RetryCountExceeded RetryExhausted
    MaxAttemptsExceededException MaxAttemptsExceeded MaximumRetriesExceeded TooManyRetries
    RetryLimitExceeded RetryTaskError Retry RetryJob FailedJobs ResumableTransferError
    RetriesExhausted RetryExhaustedException RetryPolicyException CallNotPermittedException
    LDAPMaximumRetriesError JobExhausted ExhaustedRetries
""")
RETRY_TEXTS = (
    "job hit max attempts",
    "max attempts reached",
    "max retries reached",
    "maximum retries exceeded",
    "maximum number of retries",
    "max retry attempts",
    "maximum attempts exceeded",
    "has been attempted too many times",
    "retries exhausted",
    "retry limit reached",
    "retries have been exhausted",
    "giving up after",
    "exceeded max retries",
    "retry attempts exhausted",
)
# Follows from an earlier failure of the same transaction, connection or group of jobs.
AFTERMATH = words("""
    PendingRollbackError InFailedSqlTransaction TransactionManagementError
    InvalidTransactionState ChordError StatementInvalid StatementError BatchPublishError
    MaxRetryError UndeclaredThrowableException InvocationTargetException ExecutionException
    CompletionException ExceptionGroup BaseExceptionGroup
""")
# Without content these say nothing at all.
EMPTY_TYPES = words("""
    Exception BaseException RuntimeError Error StandardError RuntimeException Throwable
    TaskError JobError JobFailed JobFailedError TaskFailed TaskFailedError ProcessingError
    WorkerError CeleryError HTTPException GenericError OperationError ApplicationError
""")
EMPTY_TEXTS = frozenset({
    "", "error", "an error occurred", "an error has occurred", "something went wrong",
    "unknown error", "unexpected error", "internal error", "failed", "failure", "job failed",
    "task failed", "oops", "none", "null", "undefined", "nil", "exception", "error occurred",
    "unknown", "processing failed", "an unexpected error occurred", "unhandled error",
    "unhandled exception", "unknown exception", "generic error", "runtimeerror", "exception()",
    "fail", "boom", "something bad happened", "it failed", "operation failed", "error: error",
    "[object object]", "unspecified error", "giving up",
})  # fmt: skip
