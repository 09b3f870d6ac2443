"""A bin counts the rows that its filter finds, and all bins together have them all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokonoma.data.aggregates.conftest import Filter
from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, conditions
from tests.tokonoma.data.specimens import COLUMNS, TRIES, VISIBLE, Row
from tokonoma.data import filters
from tokonoma.data.aggregates.filtered import MEASURED
from tokonoma.data.aggregates.histogram import Histogram, histogram
from tokonoma.data.columns import Kind
from tokonoma.data.query.compiler import condition
from tokonoma.data.query.parser import parse_filter
from tokonoma.errors import QueryInvalid

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
RELAXED = settings(
    max_examples=TRIES // 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
MEASURABLE = [column.name for column in COLUMNS if column.kind in MEASURED]


def check(found: Histogram, name: str, rows: list[Row], bins: int) -> None:
    """Compare a histogram with the rows that it is made of."""
    kind = VISIBLE[name].kind
    cells = [row[name] for row in rows if row[name] is not None]
    assert (found.count, found.nulls) == (len(cells), len(rows) - len(cells))
    if not cells:
        assert (found.minimum, found.maximum, found.bins) == (None, None, ())
        return
    ends = [filters.literal(each, kind).value for each in (found.minimum, found.maximum)]
    assert ends == [min(cells), max(cells)]
    assert 1 <= len(found.bins) <= bins
    for number, each in enumerate(found.bins):
        low, high = (edge and edge.value for edge in (each.low, each.high))
        if kind is Kind.DOUBLE:
            low, high = (None if edge is None else Decimal(repr(float(str(edge)))) for edge in (low, high))
        inside = [cell for cell in cells if (low is None or cell >= low) and (high is None or cell < high)]
        assert each.count == len(inside), each
        assert each.low is None or number == 0 or each.low == found.bins[number - 1].high
    assert sum(each.count for each in found.bins) == len(cells)
    assert found.bins[0].count
    assert found.bins[-1].count


@pytest.mark.parametrize("bins", [2, 7, 20, 60])
@pytest.mark.parametrize("name", MEASURABLE)
def test_every_kind_has_bins(name: str, bins: int, filtered: Filter, specimen_rows: list[Row]) -> None:
    check(histogram(filtered(), name, bins), name, specimen_rows, bins)


@RELAXED
@given(kept=conditions, bins=st.integers(2, 30))
def test_a_histogram_is_of_the_rows_that_the_filter_keeps(
    kept: Made, bins: int, filtered: Filter, specimen_rows: list[Row]
) -> None:
    rows = [row for row in specimen_rows if kept.run(row) is True]
    for name in MEASURABLE:
        check(histogram(filtered(kept.text), name, bins), name, rows, bins)


@pytest.mark.parametrize("name", MEASURABLE)
def test_the_filter_of_a_bin_finds_as_many_rows(name: str, filtered: Filter, select: Select) -> None:
    for each in histogram(filtered(), name).bins:
        kept = condition(parse_filter(each.filter(name), VISIBLE))
        [(number,)] = select(f'SELECT COUNT(*) FROM "SPECIMEN" WHERE {kept.text}', kept.values)
        assert number == each.count


def test_integers_are_never_halved(filtered: Filter) -> None:
    found = histogram(filtered("QTY ge -1 and QTY le 3"), "QTY", 60)
    assert [each.low and each.low.value for each in found.bins] == [-1, 0, 1, 2, 3]
    assert found.step == 1


@pytest.mark.parametrize(
    ("name", "bins", "said"),
    [
        ("NOTHING", 5, 'no column "NOTHING"'),
        ("NAME", 5, "a histogram is not made of a text, as NAME is"),
        ("CLOCK", 5, "not made of a time of day"),
        ("QTY", 1, "from 2 to 60"),
        ("QTY", 61, "from 2 to 60"),
    ],
)
def test_what_has_no_histogram_is_told(name: str, bins: int, said: str, filtered: Filter) -> None:
    with pytest.raises(QueryInvalid, match=said):
        histogram(filtered(), name, bins)
