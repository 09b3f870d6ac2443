"""A table's page: its rows, what they are in words, and the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader, Result
from tokonoma.errors import LinkExpired, QueryInvalid

from . import addresses, words
from .body import Body
from .budget import STATEMENT_SECONDS, Budget
from .headings import Heading, headings, units
from .state import SIZES, State
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what it says; `current` is true for where the reader is."""

    address: str
    text: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class SortableHeading:
    """A column's heading: a link that sorts."""

    heading: Heading
    address: str
    hint: str
    direction: str
    """For aria-sort: ascending, descending or none."""
    is_number: bool
    """Whether the cells are numbers; labels of what they point to are none."""


@dataclass(frozen=True, slots=True)
class TablePage:
    """All that the template shows."""

    shown: Shown
    state: State
    sentence: str
    between: str
    """Which of the rows these are."""
    problems: Sequence[str]
    chips: Sequence[Link]
    headings: Sequence[SortableHeading]
    body: Markup
    every: Sequence[Heading]
    """All columns that the caller may see."""
    chosen: frozenset[str]
    first: str
    """The address of the first page; "" on it. So with the next two."""
    previous: str
    next: str
    sizes: Sequence[Link]
    is_empty: bool
    notes: Sequence[str]
    """What could not be read in time."""
    filters: str
    """The address of the page of filters with this state; so with the next two."""
    pictures: str
    take_away: str


class TableView:
    """Makes a table's page for one caller and state."""

    def __init__(self, reader: Reader, visit: Visit, shown: Shown, state: State) -> None:
        self._reader, self._caller, self._shown, self._state = reader, visit.caller, shown, state
        self._language, self._root = visit.language, visit.root
        self._headings = headings(shown.columns)
        self._names = self._shown_names()
        self._body = Body(reader, visit, shown, state, self._headings, self._names)
        self._budget = Budget()

    def page(self, problems: Sequence[str]) -> TablePage:
        """Raises DataError or HanaError."""
        problems = list(problems)
        result = self._rows(problems)
        self._body.name(result, self._budget)
        count = self._count()
        state, language = self._state, self._language
        first_page = bool(state.at)
        return TablePage(
            shown=self._shown,
            state=state,
            sentence=words.sentence(count, state, self._headings, language, self._body.label),
            between=self._between(result, count),
            problems=problems,
            chips=self._chips(),
            headings=[self._sortable(self._headings[name]) for name in self._names],
            body=self._body.html(result),
            every=list(self._headings.values()),
            chosen=frozenset(self._names),
            first=self._address(state.first_page()) if first_page else "",
            previous=self._address(replace(state, at=result.previous)) if result.previous else "",
            next=self._address(replace(state, at=result.skiptoken)) if result.skiptoken else "",
            sizes=[
                Link(
                    self._address(replace(state, at="", size=size)), language.whole(size), size == state.size
                )
                for size in SIZES
            ],
            is_empty=not result.rows,
            notes=[language.text("labels_not_in_time", column=each) for each in self._body.unnamed],
            filters=self._beside("filter"),
            pictures=self._beside("pictures"),
            take_away=self._beside("take"),
        )

    def _shown_names(self) -> list[str]:
        """A unit is shown beside its number, and by itself only if somebody asks for it."""
        names = self._state.shown(self._shown.columns)
        if self._state.columns:
            return list(names)
        beside = units({name: self._headings[name] for name in names})
        return [name for name in names if name not in beside]

    def _rows(self, problems: list[str]) -> Result:
        """The page's rows; the first page's if the place in the address is none any longer."""
        try:
            return self._read(self._state.at)
        except (LinkExpired, QueryInvalid):
            if not self._state.at:
                raise
            problems.append(self._language.text("stale_place"))
            self._state = self._state.first_page()
            return self._read("")

    def _read(self, token: str) -> Result:
        options = self._state.options(self._shown.columns)
        needed = [name for name in self._names if not self._headings[name].is_large]
        needed += [self._headings[name].unit for name in self._names if self._headings[name].unit]
        options = replace(options, select=",".join(dict.fromkeys(needed)) or None)
        return self._reader.page(self._caller, self._shown, options, page_size=self._state.size, token=token)

    def _count(self) -> int | None:
        options = self._state.options(self._shown.columns)
        return self._budget.read(
            lambda: self._reader.count_up_to(
                self._caller, self._shown, options, words.COUNTED, timeout=STATEMENT_SECONDS
            )
        )

    def _between(self, result: Result, count: int | None) -> str:
        if not result.rows or result.first is None:
            return ""
        language, last = self._language, result.first + len(result.rows) - 1
        first, end = language.whole(result.first), language.whole(last)
        if count is None or count > words.COUNTED:
            return language.text("rows_between", first=first, last=end)
        return language.text("rows_between_of", first=first, last=end, all=language.whole(count))

    def _chips(self) -> list[Link]:
        found = [
            Link(
                self._address(self._state.without(each)),
                words.condition(each, self._headings, self._language, self._body.label),
            )
            for each in self._state.conditions
        ]
        if self._state.filter:
            found.append(Link(self._address(replace(self._state, at="", filter="")), self._state.filter))
        return found

    def _sortable(self, heading: Heading) -> SortableHeading:
        """A click sorts, the second one the other way round, the third one no more."""
        if heading.is_large:
            return SortableHeading(heading, "", "", "none", False)
        by = dict(self._state.sort)
        now = by.get(heading.name)
        following = {None: False, False: True, True: None}[now]
        hint = {False: "sort", True: "sort_descending", None: "sort_off"}[following]
        direction = "none" if now is None else "descending" if now else "ascending"
        return SortableHeading(
            heading,
            self._address(self._state.sorted_by(heading.name, following)),
            self._language.text(hint, column=heading.label),
            direction,
            heading.is_number and heading.name not in self._body.pointing,
        )

    def _address(self, state: State) -> str:
        return self._root + addresses.table(self._shown.name, state)

    def _beside(self, page: str) -> str:
        return self._root + addresses.table(self._shown.name, self._state.first_page(), page)
