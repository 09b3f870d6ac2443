"""What can be asked of a column: its values to choose from, or fields for comparisons below a histogram.

A column's values are counted in the rows that all other conditions leave, so that somebody who has chosen one
can choose another one; a histogram shows the rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from tokonoma.data.aggregates.filtered import MEASURED, Filtered
from tokonoma.data.aggregates.histogram import Histogram, histogram
from tokonoma.data.aggregates.values import Values, values
from tokonoma.data.columns import NUMBERS, Kind
from tokonoma.data.policy.access import Shown
from tokonoma.data.query import literals
from tokonoma.data.reader import Reader

from . import addresses, bins
from .budget import STATEMENT_SECONDS, Budget
from .choices import Choice, asked_for, choices
from .conditions import OPERATORS, Condition
from .headings import Heading
from .row_labels import RowLabels
from .state import State
from .svg.bars import small_histogram
from .visit import Visit

FEW = 20
"""Values that are shown to choose from."""
FEW_NUMBERS = 8
"""Numbers that are shown so: of more, a histogram says more."""
BINS = 20
_CHOSEN = frozenset({Kind.TEXT, Kind.BOOLEAN, Kind.INTEGER})
"""Kinds whose values are shown, if they are few."""
_OFTEN = ("contains", "from", "to")
"""Operators whose fields are always there; the others stand behind a click."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input: `type` is that of HTML; `operator` names its text."""

    name: str
    operator: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Facet:
    """What can be asked of one column."""

    heading: Heading
    choices: Sequence[Choice] = ()
    has_more: bool = False
    """Whether there are more values than `choices`."""
    fields: Sequence[Field] = ()
    more: Sequence[Field] = ()
    null: str | None = None
    """`yes`, `no` or "" for what is asked about null; None if there is no field for it."""
    picture: Markup | None = None
    """The histogram."""
    ends: tuple[str, str] = ("", "")
    """The least and the greatest value, to stand below it."""
    is_late: bool = False
    """Whether something could not be read in time."""

    @property
    def more_is_used(self) -> bool:
        return bool(self.null) or any(each.value for each in self.more)

    def names(self) -> Iterator[str]:
        """The names of all fields that the facet has."""
        yield from (each.name for each in self.choices)
        yield from (each.name for each in (*self.fields, *self.more))
        if self.null is not None:
            yield f"{self.heading.name}.null"


class FacetMaker:
    """Makes the facets of a table for one caller and state."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, state: State, budget: Budget) -> None:
        self._reader, self._visit, self._shown, self._state = reader, visit, shown, state
        self._language = visit.language
        self._budget = budget
        self.labels = RowLabels(reader, visit, shown, budget)
        self._references = {each.columns[0] for each in shown.table.foreign_keys if len(each.columns) == 1}

    def facet(self, heading: Heading) -> Facet | None:
        """None if nothing can be asked. Raises QueryError, DataError or HanaError."""
        own = [each for each in self._state.conditions if each.column == heading.name]
        if not self._may_be_chosen(heading, own):
            return self._compared(heading, own)
        few = FEW_NUMBERS if self._is_amount(heading) else FEW
        found = self._values(heading, few)
        if found is None:
            return self._compared(heading, own, is_late=True)
        if not self._is_choice(heading, own, found):
            return self._compared(heading, own)
        return self._chosen(heading, own, found)

    def _may_be_chosen(self, heading: Heading, own: Sequence[Condition]) -> bool:
        """Not where each row has a value of its own, and not beside what is asked in another way."""
        is_asked = all(each.operator in ("is", "null") for each in own)
        return heading.column.kind in _CHOSEN and not self._is_key(heading) and is_asked

    def _is_choice(self, heading: Heading, own: Sequence[Condition], found: Values) -> bool:
        """Whether values are few; of a reference those that are most frequent will do."""
        if self._is_reference(heading):
            return bool(found.counts or own)
        if found.has_more or own:
            return not found.has_more
        if heading.column.kind is Kind.TEXT:
            return any(count > 1 for _, count in found.counts)
        return bool(found.counts)

    def _chosen(self, heading: Heading, own: Sequence[Condition], found: Values) -> Facet:
        cells = [cell for cell, _ in found.counts]
        labels = self.labels.of(heading.name, [*cells, *asked_for(own, heading.column.kind)])
        made = choices(heading, found, own, labels, self._language)
        field = Field(f"{heading.name}.is", "is", _type(heading.column.kind, ""), "")
        fields = [field] if found.has_more else []
        return Facet(heading, made, found.has_more, fields)

    def _compared(self, heading: Heading, own: Sequence[Condition], *, is_late: bool = False) -> Facet | None:
        fields = self._fields(heading, own)
        null = None
        if heading.column.nullable:
            null = next((each.value for each in own if each.operator == "null"), "")
        if not fields and null is None:
            return None
        facet = Facet(
            heading,
            fields=[each for each in fields if each.operator in _OFTEN],
            more=[each for each in fields if each.operator not in _OFTEN],
            null=null,
            is_late=is_late,
        )
        has_picture = heading.column.kind in MEASURED and not self._is_reference(heading)
        return facet if is_late or self._is_key(heading) or not has_picture else self._drawn(facet)

    def _fields(self, heading: Heading, own: Sequence[Condition]) -> list[Field]:
        """A field for each operator, with the first value that is asked for by it."""
        kind = heading.column.kind
        given: Mapping[str, str] = {each.operator: each.value for each in reversed(own)}
        return [
            Field(f"{heading.name}.{each}", each, _type(kind, given.get(each, "")), given.get(each, ""))
            for each in OPERATORS[kind]
            if each != "null"
        ]

    def _drawn(self, facet: Facet) -> Facet:
        """The facet with its histogram, if there are values."""
        heading, language = facet.heading, self._language
        found = self._budget.read(lambda: histogram(self._filtered(self._state), heading.name, BINS))
        if found is None:
            return replace(facet, is_late=True)
        if not found.count:
            return facet
        drawn = small_histogram(
            bins.bars(found, heading, language, self._addresses(found, heading)),
            language.text("histogram_of", column=heading.label),
            bins.described(found, heading, language),
        )
        return replace(facet, picture=drawn, ends=bins.ends(found, heading, language))

    def _addresses(self, found: Histogram, heading: Heading) -> list[str]:
        states = (bins.narrowed(self._state, each, heading) for each in found.bins)
        return [self._visit.root + addresses.table(self._shown.name, each) for each in states]

    def _values(self, heading: Heading, few: int) -> Values | None:
        others = tuple(each for each in self._state.conditions if each.column != heading.name)
        state = replace(self._state, conditions=others)
        return self._budget.read(lambda: values(self._filtered(state), heading.name, few))

    def _filtered(self, state: State) -> Filtered:
        options = state.options(self._shown.columns)
        return self._reader.filtered(self._visit.caller, self._shown, options, timeout=STATEMENT_SECONDS)

    def _is_reference(self, heading: Heading) -> bool:
        return heading.column.name in self._references

    def _is_amount(self, heading: Heading) -> bool:
        return heading.column.kind in NUMBERS and not self._is_reference(heading)

    def _is_key(self, heading: Heading) -> bool:
        return self._shown.table.key == (heading.column.name,)


def _type(kind: Kind, value: str) -> str:
    """The type of an input, which has to be able to show what is asked now."""
    if kind in NUMBERS:
        return "number" if _is_plain_number(value) else "text"
    if kind is Kind.TIME:
        return "time"
    if kind in (Kind.DATE, Kind.MOMENT):
        return "date" if not value or literals.is_day(value) else "text"
    return "text"


def _is_plain_number(value: str) -> bool:
    """Whether browsers take it for a number (HTML, "valid floating-point number")."""
    return not value.strip("0123456789.-") and value[-1:] != "."
