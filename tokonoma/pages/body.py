"""The rows of a table in HTML: cells, links to records, and foreign keys as what they point to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from tokonoma.data import cells
from tokonoma.data.columns import LARGE
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader, Result

from . import addresses
from .budget import Budget
from .cell_html import column_html, linked
from .headings import Heading
from .references import Key, Labels, Named, Reference, hashable, key_columns, pointing_out
from .state import State
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Pointing:
    """The references of one column of the rows that are shown, and of the values that it is filtered by."""

    reference: Reference
    named: Mapping[Key, Named] = field(default_factory=dict)


class Body:
    """Makes the rows of one table for one page."""

    def __init__(
        self,
        reader: Reader,
        visit: Visit,
        shown: Shown,
        state: State,
        headings: Mapping[str, Heading],
        names: Sequence[str],
    ) -> None:
        """`names` are the columns that are shown, by the names that callers use."""
        self._reader, self._caller = reader, visit.caller
        self._language, self._root = visit.language, visit.root
        self._shown, self._state = shown, state
        self._headings, self._names = headings, names
        self.unnamed: list[str] = []
        """Labels of the columns whose references could not be read in time."""
        self._pointing: dict[str, Pointing] = {}
        for each in pointing_out(reader.control, visit.caller, shown):
            if len(each.columns) == 1 and each.columns[0] in names:
                self._pointing.setdefault(each.columns[0], Pointing(each))

    @property
    def pointing(self) -> Mapping[str, Pointing]:
        """By the column's name; those alone whose foreign key is one column."""
        return self._pointing

    def name(self, result: Result, budget: Budget) -> None:
        """Read what the rows are called that these point to. Raises QueryError or DataError."""
        labels = Labels(self._reader, self._caller, budget)
        places = {name: place for place, (name, _) in enumerate(result.columns)}
        for name, pointing in self._pointing.items():
            keys: list[Key] = [(row[places[name]],) for row in result.rows]
            keys += [hashable(key) for key in self._filtered_by(name)]
            found = labels.read(pointing.reference, keys)
            if found is None:
                self.unnamed.append(self._headings[name].label)
            else:
                self._pointing[name] = Pointing(pointing.reference, found)

    def label(self, name: str, value: str) -> str:
        """What a value of a filter is called; "" if it is not known."""
        pointing = self._pointing.get(name)
        if pointing is None:
            return ""
        column = self._headings[name].column
        return next(
            (
                each.label
                for key, each in pointing.named.items()
                if addresses.plain(key[0], column) == value.strip()
            ),
            "",
        )

    def html(self, result: Result) -> Markup:
        """The rows, with everything in them escaped."""
        by_name = self._by_name(result)
        records = self._records(result)
        leading = self._leading()
        columns: list[list[str]] = []
        for name in self._names:
            heading = self._headings[name]
            if heading.column.kind in LARGE:
                columns.append(self._large(len(result.rows), records))
                continue
            if name in self._pointing:
                found = self._references(name, by_name[name], linked=name != leading)
            else:
                found = column_html(heading.column, by_name[name], self._language, by_name.get(heading.unit))
            columns.append(linked(found, records, self._language) if name == leading and records else found)
        rows = [f"<tr>{''.join(each)}</tr>" for each in zip(*columns, strict=True)]
        return Markup("\n".join(rows))  # noqa: S704 - see above

    def _filtered_by(self, name: str) -> list[Key]:
        """The values that a condition compares the column with."""
        column = self._headings[name].column
        found: list[Key] = []
        for each in self._state.conditions:
            if each.column == name and each.operator in ("is", "not"):
                literal = addresses.literal_of(each.value.strip(), column)
                found += [] if literal is None else [(literal.value,)]
        return found

    def _references(self, name: str, values: Sequence[Any], *, linked: bool) -> list[str]:
        """A column of foreign keys: labels, linked to their records, with the key in the title."""
        pointing, column = self._pointing[name], self._headings[name].column
        plain = column_html(column, values, self._language, is_number=False)
        found: list[str] = []
        for value, cell in zip(values, plain, strict=True):
            named = None if value is None else pointing.named.get(hashable((value,)))
            if named is None:
                found.append(cell)
                continue
            title = escape(cells.well_formed(addresses.plain(value, column)))
            text = escape(cells.well_formed(named.label))
            if linked and named.address:
                text = Markup('<a href="{}">{}</a>').format(self._root + named.address, text)
            found.append(f'<td title="{title}">{text}</td>')
        return found

    def _by_name(self, result: Result) -> Mapping[str, Sequence[Any]]:
        columns = zip(*map(list, result.rows), strict=True)
        names = [name for name, _ in result.columns]
        return dict(zip(names, columns, strict=False)) or dict.fromkeys(names, ())

    def _leading(self) -> str:
        """The column that leads to the record: of the key if one is shown, and no reference if possible."""
        key = set(self._shown.table.key)
        own = [name for name in self._names if name not in self._pointing]
        return next(
            (name for name in own if self._headings[name].column.name in key), (own or self._names)[0]
        )

    def _records(self, result: Result) -> list[str]:
        """The addresses of the rows' records; none without a key."""
        if not result.key:
            return []
        key, state = key_columns(self._shown), self._state.first_page()
        keys = [addresses.write_key(key, [row[place] for place in result.key]) for row in result.rows]
        return [self._root + each for each in addresses.records(self._shown.name, keys, state)]

    def _large(self, count: int, records: Sequence[str]) -> list[str]:
        """Large values are on the record's page; without one they cannot be had one by one."""
        if not records:
            return [f"<td>{escape(self._language.text('large'))}</td>"] * count
        cells = [f"<td>{escape(self._language.text('open_record'))}</td>"] * count
        return linked(cells, records, self._language)
