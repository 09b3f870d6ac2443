"""A table in pictures: one that is asked for or fits best, and the way to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tokonoma.data.aggregates.filtered import Filtered
from tokonoma.data.aggregates.histogram import histogram
from tokonoma.data.aggregates.points import points
from tokonoma.data.aggregates.series import series
from tokonoma.data.aggregates.values import values
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader

from . import addresses, drawings, words
from .budget import STATEMENT_SECONDS, Budget
from .drawings import Drawing
from .headings import Heading
from .line_drawing import line_drawing
from .picture_choice import ROWS, Drawable, PictureChoice
from .row_labels import RowLabels
from .state import State
from .table import Link
from .visit import Visit

BINS = 30
VALUES = 20


@dataclass(frozen=True, slots=True)
class PicturePage:
    """All that the template shows."""

    shown: Shown
    sentence: str
    problems: Sequence[str]
    choice: PictureChoice
    drawing: Drawing | None
    """None if it could not be read in time, or if there is nothing that a picture could be made of."""
    is_possible: bool
    across: Sequence[Heading]
    """What may be chosen; so with the next two."""
    up: Sequence[Heading]
    splits: Sequence[Heading]
    others: Sequence[Link]
    hidden: Sequence[tuple[str, str]]
    rows: str
    """The address of the table's page with this state."""
    filters: str


class PictureView:
    """Makes the page for one caller, state and choice."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, state: State, drawable: Drawable) -> None:
        self._reader, self._visit, self._shown, self._drawable = reader, visit, shown, drawable
        self._state = state.first_page()
        self._language = visit.language
        self._budget = Budget()
        self._labels = RowLabels(reader, visit, shown, self._budget)

    def page(self, choice: PictureChoice, problems: Sequence[str]) -> PicturePage:
        """Raises QueryError, DataError or HanaError."""
        drawable = self._drawable
        drawing = self._budget.read(lambda: self._drawn(choice)) if choice.x else None
        count = self._budget.read(self._count)
        self._labels.of_conditions(self._state)
        label = self._labels.label
        return PicturePage(
            shown=self._shown,
            sentence=words.sentence(count, self._state, drawable.headings, self._language, label),
            problems=problems,
            choice=choice,
            drawing=drawing,
            is_possible=bool(choice.x),
            across=drawable.across,
            up=drawable.numbers,
            splits=drawable.named if drawable.times else [],
            others=[self._link(each, choice) for each in drawable.suggestions()],
            hidden=self._state.pairs_without(),
            rows=self._rows(self._state),
            filters=self._visit.root + addresses.table(self._shown.name, self._state, "filter"),
        )

    def _drawn(self, choice: PictureChoice) -> Drawing:
        known, language = self._drawable.headings, self._language
        x = known[choice.x]
        options = self._state.options(self._shown.columns)
        rows = self._reader.filtered(self._visit.caller, self._shown, options, timeout=STATEMENT_SECONDS)
        if self._drawable.is_line(choice):
            return self._line(rows, x, choice)
        if self._drawable.is_scatter(choice):
            y = known[choice.y]
            return drawings.points(points(rows, x.name, y.name), x, y, language)
        if self._drawable.has_bins(choice):
            return drawings.distribution(histogram(rows, x.name, BINS), x, self._state, self._rows, language)
        counted = values(rows, x.name, VALUES)
        labels = self._labels.of(x.name, [cell for cell, _ in counted.counts])
        return drawings.counts(counted, x, self._state, self._rows, labels, language)

    def _line(self, rows: Filtered, x: Heading, choice: PictureChoice) -> Drawing:
        y, by = self._drawable.headings[choice.y], "" if choice.split == ROWS else choice.split
        split = self._drawable.headings[by] if by else None
        found = series(rows, x.name, y.name, by)
        labels = self._labels.of(by, [each.value for each in found.lines])
        return line_drawing(found, x, y, split, labels, self._state, self._rows, self._language)

    def _count(self) -> int:
        options = self._state.options(self._shown.columns)
        return self._reader.count_up_to(
            self._visit.caller, self._shown, options, words.COUNTED, timeout=STATEMENT_SECONDS
        )

    def _link(self, choice: PictureChoice, current: PictureChoice) -> Link:
        known, language = self._drawable.headings, self._language
        x = known[choice.x].label
        if choice.y == ROWS:
            name = "histogram_of" if self._drawable.has_bins(choice) else "counts_of"
            text = language.text(name, column=x)
        elif self._drawable.is_line(choice):
            text = language.text("over_time", number=known[choice.y].label, time=x, width="")
        else:
            text = language.text("scatter_of", x=x, y=known[choice.y].label)
        asked = {"x": choice.x, "y": choice.y, "split": choice.split}
        address = self._visit.root + addresses.table(self._shown.name, self._state, "pictures")
        address += ("&" if "?" in address else "?") + urlencode(asked, safe="*")
        return Link(address, text.strip(), choice == current)

    def _rows(self, state: State) -> str:
        return self._visit.root + addresses.table(self._shown.name, state)
