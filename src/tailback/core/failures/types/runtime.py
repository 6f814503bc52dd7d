"""Workers, tasks and the limits they run into."""

TYPES = """
worker-crashed: BrokenProcessPool
worker-died: PruneDeadWorkerDirtyExit InterruptError WorkhorseTerminated AbandonedJobError
    WorkerLostError
    WorkerTerminated DeadWorkerError WorkerDiedError ProcessExitError WorkerLost ActorDiedError
    WorkerCrashedError ZombieJobError OrphanedError
worker-stopped: Shutdown dramatiq:Shutdown sidekiq:Shutdown ShutDownImminentException
    StopRequested WorkerShutdown WorkerTerminate SystemExit KeyboardInterrupt Interrupt
    SignalException Terminated
cancelled: TaskRevokedError JobCancelled JobAborted TaskCancelled JobStopped RevokedError
    CancelExecution JobCancelledError TaskCancelledException StopJob InterruptJob
stalled: StalledError JobStalledError ProcessPrunedError ProcessPruneError ProcessMissingError
unregistered-task: NotRegistered ActorNotFound UnregisteredTask TaskNotFound UnknownTaskError
    UnknownJobClassError JobClassNotFound FunctionNotRegistered TaskNotRegisteredError
out-of-memory: MemoryError NoMemoryError _ArrayMemoryError ArrayMemoryError OutOfMemoryError
    OutOfMemoryException OOMKilled OutOfMemory
time-limit: WorkerTimeout SoftTimeLimitExceeded TimeLimitExceeded JobTimeoutException JobTimeout
    TaskTimeout
    HorseMonitorTimeoutException BaseTimeoutException TimeoutExceededException
    JobExecutionTimeout JobTimeoutError TaskTimeoutError AirflowTaskTimeout
    DeadlineExceededException TimeoutJobError ProcessTimedOutException
command-timeout: TimeoutExpired
disk-full: DiskFullError
"""
