"""Why jobs fail, in numbers, and what people correct in it."""

from typing import Any

import httpx
import pytest

from tailback import clock
from tests.server.live import Live, job, until

CRM = {
    "type": "requests.exceptions.HTTPError",
    "message": "502 Server Error: Bad Gateway for url: https://api.crmhub.example/v1",
    "status": 502,
}
OTHER_CRM = {**CRM, "message": CRM["message"].replace("crmhub", "leadbase")}
CODE = {"type": "AttributeError", "message": "'Order' object has no attribute 'total'"}
CRM_KEY = "upstream-error-crmhub.example"
LEAD_KEY = "upstream-error-leadbase.example"


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> float:
    now = clock.now()
    live.store.deploys.add("4f2c", at=now - 1200)
    live.send(
        job("enqueued", now - 3000, "a", tenant="acct_1"),
        job("failed", now - 2900, "a", attempt=1, error=CRM),
        job("started", now - 2850, "a", attempt=2),
        job("failed", now - 2800, "a", attempt=2, error=CRM),
        job("started", now - 2750, "a", attempt=3),
        job("enqueued", now - 2000, "b", tenant="acct_2"),
        job("dead", now - 1900, "b", attempt=1, error=CRM, tenant="acct_2"),
        job("enqueued", now - 1500, "c", queue="leads", job="shop.lead", tenant="acct_2"),
        job("dead", now - 1400, "c", queue="leads", job="shop.lead", error=OTHER_CRM),
        job("enqueued", now - 1100, "d", tenant="acct_3"),
        job("retrying", now - 1090, "d", attempt=1, due_at=now - 1000, error=CODE),
        job("started", now - 1000, "d", attempt=2),
        job("succeeded", now - 990, "d", attempt=2, ran_for=1.0),
    )
    live.lane("leads", lambda lane: lane["dead"] == 1)
    until(lambda: live.store.rollups.committed_upto() == live.store.log.last_offset())
    return now


def table(live: Live, **options: Any) -> dict[str, dict[str, Any]]:
    answer = live.get("/api/v1/reasons", params=options)
    assert answer.status_code == 200, answer.text
    return {row["key"]: row for row in answer.json()["reasons"]}


def correct(live: Live, **rule: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {live.token('operate')}"}
    return httpx.post(f"{live.url}/api/v1/reason-rules", json=rule, headers=headers)


def undo(live: Live, rule_id: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {live.token('operate')}"}
    return httpx.delete(f"{live.url}/api/v1/reason-rules/{rule_id}", headers=headers)


def test_each_reason_has_its_counts_moments_and_accounts(live: Live, story: float) -> None:
    row = table(live)[CRM_KEY]

    assert (row["count_1h"], row["count_3h"], row["count_24h"], row["count_7d"]) == (3, 3, 3, 3)
    assert row["sentence"] == "Crmhub.example answers with errors (502)"
    assert row["bucket"] == "third-party error"
    assert row["first_seen_at"] == pytest.approx(story - 2900)
    assert row["last_at"] == pytest.approx(story - 1900)
    assert row["last_retry_at"] == pytest.approx(story - 2750)
    assert (row["failing"], row["dead"], row["affected_accounts"]) == (1, 1, 2)
    assert row["top_accounts"] == ["acct_1", "acct_2"]
    assert row["first_error"]["type"] == CRM["type"]
    assert [place["lane"] for place in row["places"]] == ["emails"]


def test_a_code_error_first_seen_after_a_deploy_says_so(live: Live) -> None:
    (row,) = [row for row in table(live).values() if row["bucket"] == "code error"]

    assert row["after_deploy"] == "4f2c"
    assert row["sentence"].endswith("first seen after deploy 4f2c")
    assert row["recovered_30m"] == 1
    assert row["affected_accounts"] == 0


def test_the_table_can_be_asked_for_one_lane(live: Live) -> None:
    assert set(table(live, lane="leads")) == {LEAD_KEY}
    assert live.get("/api/v1/reasons", params={"lane": "nothing"}).status_code == 404


def test_one_reason_has_its_trend(live: Live) -> None:
    one = live.get(f"/api/v1/reasons/{CRM_KEY}").json()

    assert one["step_s"] * len(one["points"]) == 86_400
    assert sum(count for _, count in one["points"]) == 3
    assert one["rules"] == []
    assert live.get("/api/v1/reasons/nothing").status_code == 404


def test_merged_reasons_are_one_until_that_is_undone(live: Live) -> None:
    rule = correct(live, action="merge", key=LEAD_KEY, to=CRM_KEY).json()

    merged = table(live)
    one = live.get(f"/api/v1/reasons/{LEAD_KEY}").json()
    jobs = live.get("/api/v1/jobs", params={"q": f"reason:{CRM_KEY}"}).json()["jobs"]
    assert LEAD_KEY not in merged
    assert merged[CRM_KEY]["keys"] == [CRM_KEY, LEAD_KEY]
    assert merged[CRM_KEY]["count_1h"] == 4
    assert merged[CRM_KEY]["affected_accounts"] == 2
    assert one["key"] == CRM_KEY
    assert [item["id"] for item in one["rules"]] == [rule["id"]]
    assert [one["id"] for one in jobs] == ["c", "b", "a"]
    live.lane("leads", lambda lane: lane["reasons"][0]["key"] == CRM_KEY)

    assert undo(live, rule["id"]).status_code == 200
    assert LEAD_KEY in table(live)


def test_a_reason_can_be_renamed_and_put_into_another_bucket(live: Live) -> None:
    words = correct(live, action="rename", key=CRM_KEY, to="The CRM is down").json()
    bucket = correct(live, action="rebucket", key=CRM_KEY, to="network problem").json()

    row = table(live)[CRM_KEY]
    assert (row["sentence"], row["bucket"]) == ("The CRM is down", "network problem")
    assert live.get("/api/v1/jobs/b").json()["sentence"] == "The CRM is down"
    live.lane("emails", lambda lane: lane["reasons"][0]["sentence"] == "The CRM is down")
    listed = live.get("/api/v1/reason-rules").json()["rules"]
    assert [one["id"] for one in listed] == [words["id"], bucket["id"]]

    for rule in (words, bucket):
        undo(live, rule["id"])
    assert table(live)[CRM_KEY]["bucket"] == "third-party error"


def test_a_split_takes_the_jobs_that_failed_already_along(live: Live) -> None:
    rule = correct(
        live, action="split", key=LEAD_KEY, to="leads-down", containing="LEADBASE"
    ).json()

    row = table(live)["leads-down"]
    assert (row["dead"], row["affected_accounts"]) == (1, 1)
    undo(live, rule["id"])
    assert table(live)[LEAD_KEY]["dead"] == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "forget", "key": "a", "to": "b"},
        {"action": "merge", "key": "a", "to": "a"},
        {"action": "rebucket", "key": "a", "to": "bad luck"},
        {"action": "split", "key": "a", "to": "b"},
        {"action": "rename", "key": "a", "to": "x" * 201},
        {"action": "rename", "key": "a"},
    ],
)
def test_a_correction_that_cannot_be_made_is_refused(live: Live, rule: dict[str, str]) -> None:
    answer = correct(live, **rule)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_correction_needs_the_scope_operate_and_is_audited(live: Live) -> None:
    rule = {"action": "rename", "key": "a", "to": "b"}
    headers = {"Authorization": f"Bearer {live.token('read')}"}
    refused = httpx.post(f"{live.url}/api/v1/reason-rules", json=rule, headers=headers)

    made = correct(live, **rule).json()
    undo(live, made["id"])

    assert refused.status_code == 403
    assert undo(live, made["id"]).status_code == 404
    lines = live.store.audit.newest(2, subject="a")
    assert [line.action for line in lines] == ["undo rename of reason", "rename reason"]
