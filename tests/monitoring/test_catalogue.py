"""What is measured, shown, told of and described is the same."""

from __future__ import annotations

import json
import re
from typing import Final

from dispatch.monitoring.catalogue import EVERY, HISTOGRAM, PAGES
from tests.conftest import ROOT

FILES: Final = ROOT / "config" / "monitoring"
RULES: Final = (FILES / "alerts.yml").read_text()
TESTS: Final = (FILES / "alerts-test.yml").read_text()
PAGE: Final = (ROOT / "docs" / "running" / "monitoring.md").read_text()

PARTS: Final = ("bucket", "count")
NAMES: Final = {each.full_name for each in EVERY}
SERIES: Final = {f"{each.full_name}_{part}" for each in (HISTOGRAM, PAGES) for part in PARTS}
ALERTS: Final = re.findall(r"^ +- alert: (\w+)$", RULES, re.MULTILINE)


def used(text: str) -> set[str]:
    """Return the metrics that expressions name."""
    found = set(re.findall(r"\bdispatch_[a-z_]+", text))
    unknown = found - NAMES - SERIES
    assert unknown == set()
    return {re.sub(r"_(bucket|count)$", "", each) if each in SERIES else each for each in found}


def expressions() -> str:
    """Return what the panels of the dashboard ask for."""
    board = json.loads((FILES / "dashboard.json").read_text())
    panels = [each for each in board["panels"] if each["type"] != "row"]
    return "\n".join(target["expr"] for each in panels for target in each["targets"])


def test_every_metric_is_on_the_dashboard_and_nothing_else_is() -> None:
    assert used(expressions()) == NAMES


def test_the_rules_name_no_other_metric() -> None:
    assert used(RULES) < NAMES
    assert used(TESTS) == used(RULES)


def test_every_alert_is_tested_both_to_fire_and_not_to() -> None:
    assert len(ALERTS) == len(set(ALERTS))
    for alert in ALERTS:
        asked = re.findall(rf'alertname="{alert}".*exp_samples: (.*) }}$', TESTS, re.MULTILINE)
        assert {each == "[]" for each in asked} == {True, False}, alert


def test_every_alert_says_how_urgent_it_is_and_what_to_run() -> None:
    for rule in re.split(r"^ +- alert: ", RULES, flags=re.MULTILINE)[1:]:
        assert re.search(r"severity: (now|soon) ", rule), rule
        assert "summary: " in rule
        assert "run: " in rule


def test_every_metric_and_every_alert_is_described() -> None:
    described = set(re.findall(r"`(dispatch_[a-z_]+)`", PAGE))
    assert described == NAMES
    assert set(re.findall(r"`(Dispatch\w+)`", PAGE)) == set(ALERTS)
