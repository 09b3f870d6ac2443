"""The state of a table's page: conditions, order, columns, size and place. It is the query of its address.

    ROOM_ID.is=IRIS&VALUE.from=1000&sort=-VALUE,TITLE&columns=TITLE,VALUE&size=25&at=<token>

Names with a point are conditions; those without are the page's own. What is wrong in an address is left out,
and becomes a sentence on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from tokonoma.data.columns import LARGE, Column
from tokonoma.data.plan import Options
from tokonoma.data.query.parser import parse_filter
from tokonoma.errors import QueryError

from .conditions import OPERATORS, Condition, expression
from .language import Language

SIZES = (25, 100, 250)
"""Rows of a page; the second where nothing is said."""
SIZE = 100
MOST_COLUMNS = 12
"""Columns that are shown where nothing is said."""
MOST_CONDITIONS = 50
LONGEST_VALUE = 5000
_OWN = frozenset({"filter", "sort", "columns", "size", "at"})
_FORM = frozenset({"column", "operator", "value", "go"})
"""What the form for one more condition sends; its address is turned into a state's."""


@dataclass(frozen=True, slots=True)
class State:
    """What a table's page shows."""

    conditions: tuple[Condition, ...] = ()
    filter: str = ""
    """A further condition, in the filter language; "" for none."""
    sort: tuple[tuple[str, bool], ...] = ()
    """Columns, and whether they descend."""
    columns: tuple[str, ...] = ()
    """Those that are shown; () for the first ones."""
    size: int = SIZE
    at: str = ""
    """The token of a page; "" for the first one."""

    def query(self) -> str:
        """The query of the address, without the question mark."""
        pairs = [(each.parameter, each.value) for each in self.conditions]
        pairs += [("filter", self.filter)] if self.filter else []
        if self.sort:
            pairs.append(("sort", ",".join(f"{'-' * down}{name}" for name, down in self.sort)))
        if self.columns:
            pairs.append(("columns", ",".join(self.columns)))
        if self.size != SIZE:
            pairs.append(("size", str(self.size)))
        if self.at:
            pairs.append(("at", self.at))
        return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)

    def pairs_without(self, *names: str) -> list[tuple[str, str]]:
        """Names and values for a form's hidden fields, all but those `names` (`sort`, `columns`, …)."""
        kept = replace(self, at="", **{name: getattr(_EMPTY, name) for name in names})
        return [
            *((each.parameter, each.value) for each in kept.conditions),
            *([("filter", kept.filter)] if kept.filter else []),
            *([("sort", ",".join(f"{'-' * down}{name}" for name, down in kept.sort))] if kept.sort else []),
            *([("columns", ",".join(kept.columns))] if kept.columns else []),
            *([("size", str(kept.size))] if kept.size != SIZE else []),
        ]

    def first_page(self) -> State:
        return replace(self, at="")

    def without(self, condition: Condition) -> State:
        return replace(self, at="", conditions=tuple(each for each in self.conditions if each != condition))

    def having(self, *conditions: Condition) -> State:
        """With more conditions; one that is there already is not repeated."""
        more = tuple(each for each in conditions if each not in self.conditions)
        return replace(self, at="", conditions=self.conditions + more)

    def sorted_by(self, column: str, descending: bool | None) -> State:
        """Sorted by one column alone; None takes the order off."""
        return replace(self, at="", sort=() if descending is None else ((column, descending),))

    def shown(self, columns: Mapping[str, Column]) -> tuple[str, ...]:
        """The names of the columns that the page shows."""
        if self.columns:
            return self.columns
        return tuple(columns)[:MOST_COLUMNS]

    def filter_text(self, columns: Mapping[str, Column]) -> str:
        """All conditions in the filter language; "" for none."""
        text = expression(self.conditions, columns)
        if not self.filter:
            return text
        return f"{text} and ({self.filter})" if text else self.filter

    def order_text(self) -> str:
        return ",".join(f"{name} desc" if down else name for name, down in self.sort)

    def options(self, columns: Mapping[str, Column]) -> Options:
        """What is asked of the reader: columns, filter and order; large values stay out."""
        plain = [name for name in self.shown(columns) if columns[name].kind not in LARGE]
        return Options(
            filter=self.filter_text(columns) or None,
            orderby=self.order_text() or None,
            select=",".join(plain) or None,
        )


_EMPTY = State()


class StateReader:
    """Reads a state out of an address; `problems` are sentences about what was left out of it."""

    def __init__(self, columns: Mapping[str, Column], language: Language) -> None:
        self._columns, self._language = columns, language
        self.problems: list[str] = []
        self.is_form = False
        """Whether the address was made by a form: then it is turned into the state's own."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> State:
        found = State()
        conditions: list[Condition] = []
        form: dict[str, str] = {}
        # A browser without script sends every field of a form.
        given = [each for each in pairs if each[1]]
        self.is_form = self.is_form or len(given) < len(pairs)
        for name, value in given[: 2 * MOST_CONDITIONS]:
            column, point, operator = name.rpartition(".")
            if point:
                conditions += self._condition(column, operator, value)
            elif name in _FORM:
                form[name] = value
                self.is_form = True
            elif name in _OWN:
                found = self._own(found, name, value)
            else:
                self._problem("no_parameter", name=name[:60])
        if form.get("column"):
            conditions += self._condition(form["column"], form.get("operator", "is"), form.get("value", ""))
        return replace(found, conditions=tuple(dict.fromkeys(conditions))[:MOST_CONDITIONS])

    def _condition(self, column: str, operator: str, value: str) -> Iterable[Condition]:
        if not value:
            self.is_form = True
            return
        known = self._columns.get(column)
        if known is None:
            self._problem("no_column", column=column[:60])
            return
        if operator not in OPERATORS[known.kind]:
            self._problem("no_operator", column=column, operator=operator[:30])
            return
        condition = Condition(column, operator, value[:LONGEST_VALUE])
        try:
            condition.check(known.kind)
        except ValueError:
            kind = self._language.text(f"kind_{known.kind.name.lower()}")
            self._problem("bad_value", column=column, value=value[:60], kind=kind)
            return
        yield condition

    def _own(self, state: State, name: str, value: str) -> State:
        """Raises nothing: what is wrong becomes a problem."""
        if not value:
            self.is_form = True
            return state
        match name:
            case "sort":
                return replace(state, sort=self._sort(value))
            case "columns":
                chosen = (*state.columns, *self._names(value.split(",")))
                return replace(state, columns=tuple(dict.fromkeys(chosen)))
            case "size":
                if value not in map(str, SIZES):
                    sizes = ", ".join(map(str, SIZES))
                    self._problem("bad_size", value=value[:20], sizes=sizes)
                    return state
                return replace(state, size=int(value))
            case "filter":
                try:
                    parse_filter(value, self._columns)
                except QueryError as error:
                    self._problem("bad_filter", error=str(error))
                    return state
                return replace(state, filter=value)
        return replace(state, at=value)

    def _sort(self, value: str) -> tuple[tuple[str, bool], ...]:
        items = [(each.removeprefix("-"), each.startswith("-")) for each in value.split(",")]
        names = self._names([name for name, _ in items])
        return tuple(
            (name, down) for name, down in items if name in names and self._columns[name].kind not in LARGE
        )

    def _names(self, names: Sequence[str]) -> list[str]:
        for name in names:
            if name not in self._columns:
                self._problem("no_column", column=name[:60])
        return [name for name in names if name in self._columns]

    def _problem(self, text: str, **values: str) -> None:
        self.problems.append(self._language.text(text, **values))


def _encoded(text: str) -> str:
    return quote(text, safe="~-._:/,")
