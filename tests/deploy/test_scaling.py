"""What docs/scaling.md and the autoscaler's policies promise follows from the manifest and the settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.deploy.container import of_web
from tokonoma.settings import Settings
from tools.landscape import PROJECT

APPS = ["myapp", "web"]
METRICS = {"cpu", "memoryused", "memoryutil", "throughput"}
RULE = {"metric_type", "operator", "threshold", "adjustment", "breach_duration_secs", "cool_down_secs"}


def policy_of(app: str) -> dict[str, Any]:
    """The policy file of an app; its form is that of app-autoscaler's policies."""
    text = (PROJECT / "deploy" / "cloudfoundry" / f"autoscaler-{app}.json").read_text()
    policy: dict[str, Any] = json.loads(text)
    return policy


@pytest.mark.parametrize("app", APPS)
def test_a_policy_has_the_form_that_the_autoscaler_takes(app: str) -> None:
    policy = policy_of(app)
    assert policy.keys() == {"instance_min_count", "instance_max_count", "scaling_rules"}
    for rule in policy["scaling_rules"]:
        assert rule.keys() == RULE
        assert rule["metric_type"] in METRICS
        assert rule["adjustment"] == ("+1" if rule["operator"] in (">", ">=") else "-1")


@pytest.mark.parametrize("app", APPS)
def test_a_policy_starts_with_what_is_pushed(app: str) -> None:
    policy = policy_of(app)
    assert policy["instance_min_count"] == of_web(app)["instances"]
    assert policy["instance_min_count"] < policy["instance_max_count"]


@pytest.mark.parametrize("app", APPS)
def test_an_instance_that_was_taken_away_is_not_missed_at_once(app: str) -> None:
    rules = [rule for rule in policy_of(app)["scaling_rules"] if rule["metric_type"] == "throughput"]
    [out] = [rule["threshold"] for rule in rules if rule["adjustment"] == "+1"]
    [back] = [rule["threshold"] for rule in rules if rule["adjustment"] == "-1"]
    fewest = policy_of(app)["instance_min_count"]
    assert back * (fewest + 1) / fewest < out


def test_the_connections_that_the_page_counts_are_those_of_the_settings() -> None:
    page = (PROJECT / "docs" / "scaling.md").read_text()
    settings = Settings()
    pushed = int(str(of_web("myapp")["instances"]))
    of_one = settings.workers * settings.connections
    assert f"{pushed} x {settings.workers} x {settings.connections} = {pushed * of_one}" in page
    most = policy_of("myapp")["instance_max_count"]
    assert f"{most * of_one} with" in page
