"""Random filters over random rows give what the specification says (groups 5.3.19, 5.4.23 to 25, 5.5.31)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.tokonoma.data.evaluation import Made, conditions
from tests.tokonoma.data.specimens import TRIES, VISIBLE, Row
from tokonoma.data.query.compiler import condition
from tokonoma.data.query.parser import parse_filter

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RELAXED = settings(
    max_examples=TRIES // 8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@RELAXED
@given(made=conditions)
def test_a_random_filter_finds_the_rows_that_the_specification_says(
    made: Made, ids: Callable[[Any], set[Decimal]], specimen_rows: list[Row]
) -> None:
    tree = parse_filter(made.text, VISIBLE)
    expected = {row["ID"] for row in specimen_rows if made.run(row) is True}
    assert ids(condition(tree)) == expected
