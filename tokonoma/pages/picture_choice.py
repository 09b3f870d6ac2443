"""Which picture of a table is asked for: what runs across, what goes up, and by what it is split.

    x=MEASURED_AT&y=TEMPERATURE&split=ROOM_ID     a line over time for each room
    x=HEIGHT&y=WIDTH                              a scatter
    x=HEIGHT                                      how many rows have which height
    x=ROOM_ID                                     how many rows each room has

`*` as y is the number of rows, and as split none at all. Where nothing is said, something sensible is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tokonoma.data.aggregates.filtered import TIMES
from tokonoma.data.columns import Kind
from tokonoma.data.policy.access import Shown

from .cell_html import is_plain
from .headings import Heading, headings, units
from .language import Language

PARAMETERS = frozenset({"x", "y", "split"})
ROWS = "*"
"""Instead of a number: how many rows; instead of a column to split by: none."""
_NAMED = frozenset({Kind.TEXT, Kind.BOOLEAN, Kind.INTEGER})
_LONG = 10_000
_PROBLEMS = {"x": "no_x", "y": "no_y", "split": "no_split_by"}


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """What a picture shows, by the names of columns; "" for an x that there is none of."""

    x: str
    y: str = ROWS
    split: str = ROWS


class Drawable:
    """The columns of a table, by what they are good for in a picture."""

    def __init__(self, shown: Shown) -> None:
        self.headings = headings(shown.columns)
        key = set(shown.table.key)
        references = {name for each in shown.table.foreign_keys for name in each.columns}
        beside = units(self.headings)
        known = self.headings.values()
        is_single_key = len(key) == 1
        self.times = [each for each in known if each.column.kind in TIMES]
        # One that is part of the key says when a row is from; others say something about it.
        self.times.sort(key=lambda each: each.column.name not in key)
        self.numbers = [each for each in known if each.is_number]
        self.amounts = [
            each
            for each in self.numbers
            if not (each.column.name in key | references or is_plain(each.column))
        ]
        # Those in several currencies have no scale in common.
        self.amounts.sort(key=lambda each: bool(each.unit))
        self.named = [
            each
            for each in known
            if each.column.kind in _NAMED
            and (not each.is_number or each.column.name in references)
            and not (is_single_key and each.column.name in key)
        ]
        # References have few values more often than texts, and short texts more often than long ones.
        self.named.sort(
            key=lambda each: (
                each.column.name not in references,
                each.name in beside,
                each.column.length or (0 if each.column.kind is Kind.BOOLEAN else _LONG),
            )
        )

    @property
    def across(self) -> list[Heading]:
        """What an x may be."""
        found = [*self.times, *self.numbers, *self.named]
        return list(dict.fromkeys(found))

    def is_line(self, choice: PictureChoice) -> bool:
        return choice.y != ROWS and self.headings[choice.x].column.kind in TIMES

    def is_scatter(self, choice: PictureChoice) -> bool:
        return choice.y != ROWS and self.headings[choice.x].is_number

    def has_bins(self, choice: PictureChoice) -> bool:
        """Whether rows are counted in bins, and not by value."""
        return choice.y == ROWS and self.headings[choice.x] not in self.named

    def suggestions(self) -> list[PictureChoice]:
        """Pictures that are worth a look, the most telling first."""
        found = [self._line(time.name, number.name) for time in self.times[:1] for number in self.amounts]
        pure = [each for each in self.amounts if not each.unit]
        found += [PictureChoice(pure[0].name, each.name) for each in pure[1:2]]
        found += [PictureChoice(each.name) for each in self.named[:3]]
        found += [PictureChoice(each.name) for each in (*self.amounts[:2], *self.times[:1])]
        found = found or [PictureChoice(each.name) for each in self.numbers[:1]]
        return list(dict.fromkeys(found))

    def complete(self, given: Mapping[str, str]) -> PictureChoice:
        """What is asked for, with something sensible for what is not said."""
        if not given:
            return next(iter(self.suggestions()), PictureChoice(""))
        x, y, split = (given.get(name, "") for name in ("x", "y", "split"))
        if not x:
            x = self._x_for(y)
        if not x or self.headings[x] in self.named:
            return PictureChoice(x)
        is_time = self.headings[x].column.kind in TIMES
        if not y:
            y = self.amounts[0].name if is_time and self.amounts else ROWS
        if y == ROWS or not is_time:
            return PictureChoice(x, y)
        return PictureChoice(x, y, split) if split else self._line(x, y)

    def _x_for(self, y: str) -> str:
        if not y or y == ROWS:
            fitting: Iterable[PictureChoice] = self.suggestions()
            return next((each.x for each in fitting if not y or each.y == ROWS), "")
        others = (each for each in (*self.times, *self.amounts, *self.numbers) if each.name != y)
        return next((each.name for each in others), y)

    def _line(self, x: str, y: str) -> PictureChoice:
        """Amounts of several currencies have no average together."""
        return PictureChoice(x, y, self.headings[y].unit or ROWS)


def read(
    pairs: Sequence[tuple[str, str]], drawable: Drawable, language: Language
) -> tuple[PictureChoice, list[str]]:
    """The picture that an address asks for, and sentences about what is wrong with it."""
    fitting = {
        "x": drawable.across,
        "y": drawable.numbers,
        "split": drawable.named,
    }
    given: dict[str, str] = {}
    problems: list[str] = []
    for name, value in pairs:
        if name not in PARAMETERS or not value:
            continue
        heading = drawable.headings.get(value)
        if value == ROWS and name != "x":
            given[name] = value
        elif heading is None:
            problems.append(language.text("no_column", column=value[:60]))
        elif heading not in fitting[name]:
            problems.append(language.text(_PROBLEMS[name], column=heading.label))
        else:
            given[name] = value
    return drawable.complete(given), problems
