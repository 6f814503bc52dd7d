"""A SQL table of your own, in PostgreSQL or SQLite, described by data in the configuration."""

from tailback.core.system import Capabilities, System

SYSTEM = System(
    name="sql",
    title="A SQL table of your own",
    library=None,
    url_schemes=("postgresql", "postgres", "sqlite"),
    capabilities=Capabilities(
        probe_waiting=True,
        probe_age=True,
        probe_age_across_retries=True,
        probe_running=True,
        probe_running_age=True,
        probe_retrying=True,
        probe_scheduled=True,
        probe_dead=True,
        probe_completions=True,
        probe_discovers=True,
        keeps_first_enqueue=True,
        time_precision_s=0.001,
        # A promise holds where the table has the column: without `dead_when` nothing is known
        # of dead jobs, and the number is None.
        notes=("as-far-as-the-table-is-described", "counts-end-at-100000"),
    ),
)

TABLE_KEYS = {
    "name": 'the table or view, "jobs" or "schema.jobs"; quoted by Tailback',
    "created": "when the job was first enqueued; a retry must not change it",
    "unfinished_when": "true for every job still to be done; the form that an index serves",
    "finished_when": 'true once the job is done, such as "sent_at is not null"',
    "id": 'what names a job and stays the same across retries; "id" unless said',
    "queue": "column of the queue's name, or 'a name'; the table's name unless said",
    "job": "column of the job type",
    "due": "when the job may run; later than now means scheduled, or waiting for a retry",
    "attempts": "how many attempts a job has had; above 0 and not running means retrying",
    "retrying_when": "true while a job waits for another attempt, where attempts are not counted",
    "running_when": "true while a worker holds the job",
    "started": "when the current attempt began",
    "dead_when": "true once the job will not be tried again",
    "done_at": "when the job was finished; makes completions visible",
    "error": "text of the last error",
    "tenant": "column of the customer's account",
    "time_zone": 'zone of columns that keep none, such as "Europe/Lisbon"; "UTC" unless said',
}
OPTIONS = {
    "table": "where the jobs are: a table of " + ", ".join(f"`{key}`" for key in TABLE_KEYS),
}
