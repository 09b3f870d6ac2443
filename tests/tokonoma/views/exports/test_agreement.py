"""The same filter becomes the same SQL and the same values at every door (group 5.5.32)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tokonoma.hana.schema import Schema

Headers = Mapping[str, str]
FILTERS = (
    "ID eq 1",
    "not (TEXT ne 'a''b' or contains(TEXT,'50%25_'))",
    "ID in (1,null,3) and NUMBER lt 1.10",
    "startswith(tolower(TEXT),'n') eq true",
    "ID lt @a or length(TEXT) ge @b&@a=5&@b=2",
)
DOORS = ("odata/{}", "odata/{}/$count", "data/{}.csv", "data/{}.jsonl")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The conditions that HANA was asked for, with their values."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    for name in ("select", "stream"):
        original = getattr(Schema, name)

        def ask(self: Schema, sql: str, values: Any = (), *, _original: Any = original, **more: Any) -> Any:
            if "FEW" in sql or "TEXTS" in sql:
                found.append((sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0], tuple(values)))
            return _original(self, sql, values, **more)

        monkeypatch.setattr(Schema, name, ask)
    return found


def conditions(
    client: FlaskClient, person: Headers, name: str, query: str, asked: list[tuple[str, tuple[Any, ...]]]
) -> set[str]:
    """The different conditions that the doors ask HANA for."""
    asked.clear()
    for door in DOORS:
        target = f"/{door.format(name)}?$filter={query.replace(' ', '%20')}"
        answer = client.get(target, headers=person, environ_overrides={"RAW_URI": target})
        assert answer.status_code == 200, answer.text
    assert len(asked) >= len(DOORS)
    return {repr(each) for each in asked}


@pytest.mark.parametrize("text", FILTERS)
def test_every_door_asks_hana_the_same(
    client: FlaskClient, curator: Headers, asked: list[tuple[str, tuple[Any, ...]]], text: str
) -> None:
    [condition] = conditions(client, curator, "TEXTS", text, asked)
    assert "?" in condition


def test_a_rule_of_the_policy_is_joined_alike_at_every_door(
    client: FlaskClient, viewer: Headers, asked: list[tuple[str, tuple[Any, ...]]]
) -> None:
    """Groups 5.1.8 and 5.5.32: counts obey the rule as rows do."""
    [condition] = conditions(client, viewer, "FEW", "ID lt 30 or ID gt 40", asked)
    assert '"ROOM"' in condition
    assert " AND (" in condition
