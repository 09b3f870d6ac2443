"""A number over time as a picture, with a sentence of its range, its extremes and its trend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median_low
from typing import Any

from tokonoma.data.aggregates import series
from tokonoma.data.aggregates.histogram import Bin
from tokonoma.data.columns import Kind
from tokonoma.data.query.tree import Literal

from . import bins, drawings
from .choices import shown
from .headings import Heading
from .language import Language
from .state import State
from .svg import lines
from .svg.axes import SIZES

_GAP = 1.5
"""So many times the usual distance between two buckets are a gap; months differ by less."""


def line_drawing(
    found: series.Series,
    time: Heading,
    number: Heading,
    split: Heading | None,
    labels: Mapping[Any, str],
    state: State,
    address: drawings.Address,
    language: Language,
) -> drawings.Drawing:
    """A number over time; `labels` are those of the rows that the values of `split` point to."""
    unit = found.unit
    name = f"by_{unit}s" if found.step > 1 else f"by_{unit}"
    width = language.text(name, count=found.step) if _is_dense(found) else ""
    title = language.text("over_time", number=number.label, time=time.label, width=width)
    if not found.lines:
        return drawings.Drawing(title, language.text("nothing_to_draw"))
    drawn = [_line(each, split, labels, language) for each in found.lines]
    told = [_told(each, unit, number, language) for each in drawn]
    caption, alternative = told[0], told[0]
    if split is not None:
        moments = [each.moment for line in drawn for each in line.buckets]
        first, last = (_when(each, unit, language) for each in (min(moments), max(moments)))
        caption = language.text("line_span", first=first, last=last, split=split.label)
        pairs = zip(drawn, told, strict=True)
        alternative = " ".join([caption, *(f"{each.name}: {text}" for each, text in pairs)])
    heads = ("average", "least", "greatest", "rows")
    return drawings.Drawing(
        title,
        caption,
        [lines.lines(size, drawn, title, alternative, language) for size in SIZES],
        [
            (lines.legend(n), each.name, text)
            for n, (each, text) in enumerate(zip(drawn, told, strict=True), 1)
        ]
        if split
        else [],
        [time.label, *([split.label] if split else []), *map(language.text, heads)],
        _rows(found, drawn, number, has_names=split is not None, language=language),
        [address(each) if each else "" for each in _states(found, time, split, state)],
        _notes(found, drawn, language),
    )


def _states(
    found: series.Series, time: Heading, split: Heading | None, state: State
) -> Iterator[State | None]:
    """Of the rows of each bucket; None for those that no address can ask for."""
    for line in found.lines:
        own = state if split is None else drawings.with_value(state, split, line.value)
        for each in line.buckets:
            yield own and bins.narrowed(own, Bin(each.start, each.end, each.count), time)


def _rows(
    found: series.Series,
    drawn: Sequence[lines.Line],
    number: Heading,
    *,
    has_names: bool,
    language: Language,
) -> list[list[str]]:
    """The table behind the picture."""
    return [
        [
            _when(point.moment, found.unit, language),
            *([line.name] if has_names else []),
            _average(point.average, number, language),
            *(drawings.exact(value, number, language) for value in (point.low, point.high)),
            language.whole(bucket.count),
        ]
        for each, line in zip(found.lines, drawn, strict=True)
        for bucket, point in zip(each.buckets, line.buckets, strict=True)
    ]


def _notes(found: series.Series, drawn: Sequence[lines.Line], language: Language) -> list[str]:
    gaps = sum(len(each.runs) - 1 for each in drawn)
    return [
        *([] if len(drawn) > 1 else [language.text("band")]),
        *([language.text("gaps", count=language.whole(gaps))] if gaps else []),
        *([language.text("most_lines", count=len(drawn))] if found.has_more else []),
    ]


def _line(
    found: series.Line, split: Heading | None, labels: Mapping[Any, str], language: Language
) -> lines.Line:
    name = "" if split is None else shown(found.value, split.column, labels, language)[0]
    runs: list[list[lines.Bucket]] = []
    most = _GAP * _usual_distance(found)
    before: datetime | None = None
    for each in found.buckets:
        moment = _moment(each.start)
        if before is None or moment - before > most:
            runs.append([])
        figures = (drawings.number(cell) for cell in (each.average, each.minimum, each.maximum))
        runs[-1].append(lines.Bucket(moment, *figures))
        before = moment
    return lines.Line(name, runs)


def _usual_distance(line: series.Line) -> timedelta:
    """The median time from a bucket to the next one: rows may come less often than buckets."""
    moments = [_moment(each.start) for each in line.buckets]
    return median_low([later - earlier for earlier, later in pairwise(moments)] or [timedelta(0)])


def _is_dense(found: series.Series) -> bool:
    """Whether buckets follow each other mostly, so that their width says how often there are rows."""
    followed = [
        earlier.end == later.start for line in found.lines for earlier, later in pairwise(line.buckets)
    ]
    return bool(found.lines) and 2 * sum(followed) >= len(followed)


def _moment(start: Literal) -> datetime:
    return datetime.fromisoformat(str(start.value)[:19])


def _told(drawn: lines.Line, unit: str, number: Heading, language: Language) -> str:
    """Range, extremes and trend of a line."""
    buckets = drawn.buckets
    least, greatest = min(buckets, key=lambda each: each.low), max(buckets, key=lambda each: each.high)
    return language.text(
        "line_told",
        first=_when(buckets[0].moment, unit, language),
        last=_when(buckets[-1].moment, unit, language),
        begin=_average(buckets[0].average, number, language),
        end=_average(buckets[-1].average, number, language),
        low=drawings.exact(least.low, number, language),
        low_at=_when(least.moment, unit, language),
        high=drawings.exact(greatest.high, number, language),
        high_at=_when(greatest.moment, unit, language),
    )


def _when(moment: datetime, unit: str, language: Language) -> str:
    """A bucket's beginning, as exactly as its width asks for."""
    if unit in ("year", "month"):
        return language.short(moment, unit)
    return language.day(moment) if unit == "day" else language.moment(moment)


def _average(value: Decimal, number: Heading, language: Language) -> str:
    """With one digit more than the values have."""
    column = number.column
    if column.kind is Kind.DOUBLE or (column.kind is Kind.DECIMAL and column.scale is None):
        return language.floating(float(value))
    return language.number(Decimal(f"{value:.{(column.scale or 0) + 1}f}"))
