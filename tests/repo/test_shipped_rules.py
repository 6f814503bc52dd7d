"""The dashboard and the alert rules that are shipped ask for metrics that the server really has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tailback.server.metrics import VERDICTS, prometheus_text
from tailback.server.view import Board

NAME = re.compile(r"\btailback_\w+")
HELP = re.compile(r"^# HELP (\S+) .+$", re.MULTILINE)
VERDICT = re.compile(r'verdict=~?"([^"]+)"')


def known() -> set[str]:
    empty = Board(version=1, as_of=0.0, summary="", rows=[], sources=[])
    return set(HELP.findall(prometheus_text(empty, 0.0)))


def asked(panel: dict[str, Any]) -> Iterator[str]:
    for target in panel["targets"]:
        yield target["expr"]


def check(expression: str) -> None:
    names = set(NAME.findall(expression))
    assert names, expression
    assert names <= known(), expression
    for words in VERDICT.findall(expression):
        assert set(words.split("|")) <= set(VERDICTS), expression


def test_every_panel_of_the_dashboard_shows_a_metric_that_exists(repo_root: Path) -> None:
    dashboard = json.loads((repo_root / "examples/grafana/tailback.json").read_text("utf-8"))
    panels = dashboard["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels) > 8
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"
        for expression in asked(panel):
            check(expression)
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    check(variables["lane"]["query"])
    assert "datasource" in variables


def test_every_rule_alerts_on_metrics_that_exist_and_says_what_is_wrong(repo_root: Path) -> None:
    text = (repo_root / "examples/prometheus/tailback.rules.yml").read_text("utf-8")
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]

    assert len({rule["alert"] for rule in rules}) == len(rules) > 4
    for rule in rules:
        check(rule["expr"])
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
