"""What `/metrics` counts of the OData door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tokonoma.odata.conftest import PICTURE, People, Person
from tests.tokonoma.odata.test_batch import ask_json, read

Counted = Callable[[], dict[str, float]]


@pytest.fixture
def counted(person: People) -> Counted:
    """What has been counted at this door since the test began."""
    operator = person("Operate")

    def numbers() -> dict[str, float]:
        answer = operator.client.get("/metrics", headers={"Authorization": f"Bearer {operator.token}"})
        pairs = [line.rsplit(" ", 1) for line in answer.text.splitlines() if 'door="odata"' in line]
        return {name: float(value) for name, value in pairs if "_created" not in name}

    before = numbers()
    return lambda: {
        name: value - before.get(name, 0) for name, value in numbers().items() if value != before.get(name)
    }


def rows(number: float) -> dict[str, float]:
    return {'tokonoma_data_rows_total{door="odata"}': number}


def size(number: float) -> dict[str, float]:
    return {'tokonoma_data_bytes_total{door="odata"}': number}


def refused(problem: str, number: float = 1) -> dict[str, float]:
    return {f'tokonoma_refusals_total{{door="odata",problem="{problem}"}}': number}


def test_rows_and_bytes_of_pages_and_rows(curator: Person, counted: Counted) -> None:
    sent = len(curator.get("WORK?$top=7").data) + len(curator.get("WORK(1)").data)
    sent += len(curator.get("WORK/$count").data)
    assert counted() == rows(8) | size(sent)


def test_head_sends_nothing(curator: Person, counted: Counted) -> None:
    assert curator.ask("HEAD", "WORK?$top=7").status_code == 200
    assert counted() == {}


def test_a_batch_counts_what_its_parts_hold(curator: Person, counted: Counted) -> None:
    ask_json(
        curator,
        read("1", "WORK?$top=3"),
        read("2", "NOPE"),
        read("3", "WORK?$filter=x"),
        read("4", "WORK(2)"),
        Prefer="continue-on-error",
    )
    found = counted()
    assert found.pop('tokonoma_data_bytes_total{door="odata"}') > 500
    assert found == rows(4) | refused("unknown-object") | refused("query-invalid")


def test_a_large_value_is_counted_as_it_goes(curator: Person, counted: Counted) -> None:
    assert curator.get("WORK(1)/PICTURE").data == PICTURE
    assert counted() == size(len(PICTURE))


def test_refusals_have_the_names_of_problems_and_never_callers_words(
    curator: Person, nobody: Person, counted: Counted
) -> None:
    for path in ("WORK?$filter=camellia", "WORK?$orderby=camellia"):
        assert curator.get(path).status_code == 400
    assert curator.get("WORK?$expand=camellia").status_code == 501
    assert nobody.get("WORK").status_code == 404
    assert curator.get("WORK?$top=1", Authorization="Bearer camellia").status_code == 401
    assert counted() == (
        refused("query-invalid", 2)
        | refused("query-unsupported")
        | refused("unknown-object")
        | refused("invalid-token")
    )
