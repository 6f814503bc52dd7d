"""What is said of actions."""

from tailback.core import wording_actions as words


def test_actions_are_called_by_what_they_do() -> None:
    assert words.title("retry", 1) == "Retry 1 job"
    assert words.title("discard", 1200, dry=True) == "Discard 1,200 jobs, as a dry run"
    assert words.over_the_cap(143_201, 100_000).startswith("143,201 match.")


def test_progress_says_real_numbers() -> None:
    assert words.progress({"done": 1200, "planned": 3}) == "3 not begun, 1,200 done"
    assert words.progress({}) == "nothing yet"
    assert (words.told_workers(1), words.told_workers(2)) == ("1 worker told", "2 workers told")


def test_a_stopped_job_says_who_stopped_it() -> None:
    assert words.stopped_by("bo") == "bo stopped it"


def test_what_cannot_be_done_to_dead_jobs_is_said_with_what_to_do() -> None:
    assert words.could_be("shop", ["retry", "discard"]) == (
        'Operators can retry and discard dead jobs of source "shop" from here once its [[source]] '
        'table has a write_url and actions = ["retry", "discard"].'
    )
    assert "cannot be retried from here" in words.keeps_no_dead("Celery", "shop")


def test_a_broker_that_is_away_is_said_in_whole_sentences() -> None:
    said = words.cannot_ask("Redis at redis://shop:6379/0", "Connection refused.")
    assert said.startswith(
        "Redis at redis://shop:6379/0 could not be asked: Connection refused. It"
    )
