"""Workers and limits, whatever the job system: how a job ended without its own error."""

from tailback.core.failures.texts.rule import TextRule, rule

RULES: tuple[TextRule, ...] = (
    rule(
        "disk-full",
        """
        disk quota exceeded
        """,
        ("OSError", "[Errno 122] Disk quota exceeded"),
    ),
    rule(
        "broken-assumption",
        """
        all goroutines are asleep | attempted merging values | concurrent map writes
        concurrent map read
        another operation is in progress
        """,
        ("fatal error", "all goroutines are asleep - deadlock!"),
    ),
    rule(
        "stalled",
        """
        stalled more than | job stalled | missing lock for job | could not renew lock for job
        lock mismatch for job | missing key for job | heartbeat timeout for job
        no heartbeat for job
        zombie job | detected as zombie | job heartbeat lost | found dead and pruned
        """,
        ("Error", "job stalled more than allowable limit"),
    ),
    rule(
        "worker-killed",
        """
        sigkill | signal 9 | exitcode 137 | return code -9 | negsignal.sigkill | exit code 137
        exit status 137 | oomkilled | oom-killed | signal: killed | exitcode -9 | status 9 (
        out of memory: kill
        """,
        (
            "billiard.exceptions.WorkerLostError",
            "Worker exited prematurely: signal 9 (SIGKILL) Job: 4.",
        ),
    ),
    rule(
        "worker-crashed",
        """
        sigsegv | signal 11 | segmentation fault | sigabrt | sigbus | sigill | exitcode 139
        exitcode 134 | bus error | signal 6 (
        """,
        (
            "billiard.exceptions.WorkerLostError",
            "Worker exited prematurely: signal 11 (SIGSEGV) Job: 7.",
        ),
    ),
    rule(
        "worker-stopped",
        """
        sigterm | signal 15 | sigint | sigquit | exitcode 143 | worker is shutting down
        worker shutting down | warm shutdown | cold shutdown | shutdown requested
        worker was shut down | received shutdown
        """,
        (
            "billiard.exceptions.WorkerLostError",
            "Worker exited prematurely: signal 15 (SIGTERM) Job: 3.",
        ),
    ),
    rule(
        "worker-died",
        """
        work-horse terminated unexpectedly | work-horse process was terminated
        workhorse terminated | worker exited prematurely | worker lost | abandonedjoberror
        worker process died | child process died | process pool was terminated abruptly
        terminated abruptly | worker disappeared | worker crashed | job's process died
        the worker died | lost contact with worker
        worker was lost | worker unexpectedly | process exited unexpectedly
        """,
        ("RuntimeError", "Work-horse terminated unexpectedly; waitpid returned 256"),
    ),
    rule(
        "time-limit",
        """
        soft time limit | hard time limit | exceeded maximum timeout value | time limit exceeded
        timelimitexceeded | exceeded its time limit | exceeded time limit of the job
        maximum execution time of | job timed out after | task timed out after
        exceeded timeout of | job exceeded the timeout | task exceeded | job exceeded
        has timed out. it will be | run too long | exceeded the maximum run time
        job exceeded timeout
        """,
        ("RuntimeError", "Task exceeded maximum timeout value (180 seconds)"),
    ),
    rule(
        "cancelled",
        """
        task was revoked | task revoked | job was cancelled | job was canceled | job was aborted
        job stopped by user | job cancelled | job canceled | cancelled by user
        canceled by user | job is stopped | aborted by user | jobs was cancelled
        job was stopped
        """,
        ("Something", "task was revoked"),
    ),
)
