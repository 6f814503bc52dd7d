"""RQ 3 on Redis or Valkey."""

from tailback.core.system import Capabilities, System

SYSTEM = System(
    name="rq",
    title="RQ",
    library="rq",
    url_schemes=("redis", "rediss", "unix"),
    capabilities=Capabilities(
        probe_waiting=True,
        probe_age=True,
        probe_age_across_retries=True,
        probe_running=True,
        probe_running_age=True,
        probe_retrying=True,
        probe_scheduled=True,
        probe_dead=True,
        probe_workers=True,
        probe_paused=True,
        probe_completions=True,
        probe_discovers=True,
        hook_enqueue=True,
        hook_start=True,
        hook_result=True,
        hook_error=True,
        keeps_first_enqueue=True,
        # Another worker moves the job of a killed worker on, but only to retry it when it has
        # retries left; else it is failed as abandoned.
        redelivers_lost=True,
        time_precision_s=1.0,
        actions={"retry": ("dead",), "discard": ("dead", "waiting", "scheduled", "retrying")},
        notes=("idle-workers-report-every-7-minutes", "age-is-a-sample-above-100-waiting"),
    ),
)

OPTIONS = {"prefix": 'the workers\' RQ_KEY_PREFIX; "rq" unless said'}
