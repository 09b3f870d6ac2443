"""Reads .hdbtabledata files: which rows of which .csv file go into which columns of which table.

The form: SAP HDI Reference, "Table Data (.hdbtabledata)".
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .csv_rows import csv_rows
from .errors import HanaError
from .model import ParameterValue, Type, Value
from .source_files import FileError, SourceFile
from .sql.values.converters import assigner

Row = list[str | None]
Values = list[str | bytes | None]
_Cell = Callable[[Row], str | bytes | None]
Filter = Mapping[str, str | None]
"""Columns and their values; None is NULL."""
_Converters = Mapping[str, Callable[[ParameterValue], Value]]

_SETTABLE = {"delimiter", "line_terminator"}
_NO_DELIMITERS = '"\r\n'
_CSV_DEFAULTS = {
    "do_quote": True,
    "quote_character": '"',
    "do_escape": False,
    "escape_character": "\\",
    "do_weak_escape": True,
    "use_escape_sequences": True,
}


class _DoesNotFitError(Exception):
    """What is wrong with one import."""


def imports(file: SourceFile, document: Any, sources: Sequence[SourceFile]) -> Iterator[Import]:
    """The imports of a .hdbtabledata file with this JSON; `sources` are all .csv files of the module.

    Raises FileError naming the file for what does not fit, and for what HDI knows and this does not.
    """
    listed = document.get("imports") if isinstance(document, dict) else None
    if not isinstance(listed, list) or document.get("format_version") != 1:
        raise FileError(file, "must be an object with format_version 1 and a list of imports")
    for number, entry in enumerate(listed, 1):
        try:
            yield _import(file, entry, sources)
        except _DoesNotFitError as error:
            raise FileError(file, f"import {number}: {error}") from None
        except KeyError as missing:
            raise FileError(file, f"import {number}: {missing.args[0]} is missing") from None
        except (TypeError, AttributeError, IndexError):
            raise FileError(file, f"import {number} has a value of another kind than it must be") from None


@dataclass(frozen=True)
class Import:
    """One import of `file`: the rows of `source` for `columns` of `table`."""

    file: SourceFile
    table: str
    columns: tuple[str, ...]
    source: SourceFile
    delimiter: str
    has_header: bool
    fields: int
    """How many fields a row has; at least so many where there is no header."""
    cells: tuple[_Cell, ...]
    included: tuple[Filter, ...]
    excluded: tuple[Filter, ...]
    reserves_only: bool
    """The import says which rows are its own, and brings none."""

    def rows(self, types: Sequence[Type]) -> Iterator[tuple[int, Values]]:
        """The rows to insert, each with the number of its line. Raises FileError naming file and line.

        `types` are those of the columns: filters compare values as the database does.
        """
        if self.reserves_only:
            return
        converters = dict(zip(self.columns, map(assigner, types), strict=True))
        included = [self._values(each, converters, self.file) for each in self.included or ({},)]
        excluded = [self._values(each, converters, self.file) for each in self.excluded]
        filtered = {name for each in (*included, *excluded) for name in each}
        for line, row in islice(csv_rows(self.source, self.delimiter), int(self.has_header), None):
            if len(row) != self.fields and (self.has_header or len(row) < self.fields):
                raise FileError(self.source, f"{len(row)} fields for {self.fields} columns", line)
            try:
                values = [cell(row) for cell in self.cells]
            except ValueError:
                raise FileError(self.source, "holds a value that is not in base 64", line) from None
            named = {n: each for n, each in zip(self.columns, values, strict=True) if n in filtered}
            found = self._values(named, converters, self.source, line)
            if _holds(included, found) and not _holds(excluded, found):
                yield line, values

    @staticmethod
    def _values(
        row: Mapping[str, str | bytes | None],
        converters: _Converters,
        file: SourceFile,
        line: int | None = None,
    ) -> dict[str, Value]:
        """The values as their columns would have them; FileError where one does not fit."""
        try:
            return {name: converters[name](value) for name, value in row.items()}
        except HanaError as error:
            raise FileError(file, error.text, line, error.code) from None


def _holds(filters: Sequence[Mapping[str, Value]], row: Mapping[str, Value]) -> bool:
    """Whether one of the filters holds, which it does when all of its columns have its values."""
    return any(all(row[name] == value for name, value in each.items()) for each in filters)


def _import(file: SourceFile, entry: Mapping[str, Any], sources: Sequence[SourceFile]) -> Import:
    data, settings = entry["source_data"], entry["import_settings"]
    if data["data_type"] != "CSV":
        raise _DoesNotFitError(f"data_type {data['data_type']} is not read")
    config = data.get("type_config", {})
    for name, value in config.items():
        if name not in _SETTABLE and _CSV_DEFAULTS.get(name) != value:
            raise _DoesNotFitError(f"type_config {name} {value!r} is not read")
    source = _the_one(_text(data, "file_name"), sources)
    delimiter = _text({"delimiter": ",", **config}, "delimiter")
    if len(delimiter) > 1 or delimiter in _NO_DELIMITERS:
        raise _DoesNotFitError(f"the delimiter {delimiter!r} is not read")
    has_header = bool(data.get("has_header", False))
    header: Row = next(csv_rows(source, delimiter), (0, []))[1] if has_header else []
    named = settings["import_columns"]
    if not isinstance(named, list) or not named or not all(isinstance(each, str) and each for each in named):
        raise _DoesNotFitError("import_columns must be a list of names")
    columns = tuple(named)
    mappings = _mappings(entry, columns)
    numbers = [each for each in map(_place, mappings) if isinstance(each, int)]
    return Import(
        file,
        _text(entry, "target_table"),
        columns,
        source,
        delimiter,
        has_header,
        len(header) if has_header else max(numbers, default=0),
        tuple(_cell(each, header, has_header) for each in mappings),
        _filters(settings, "include_filter", columns),
        _filters(settings, "exclude_filter", columns),
        bool(data.get("no_data_import", False)),
    )


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry[key]
    if not isinstance(value, str) or not value:
        raise _DoesNotFitError(f"{key} must be a text")
    return value


def _the_one(name: str, sources: Sequence[SourceFile]) -> SourceFile:
    """The .csv file of a run-time name, which a namespace may precede: `ns::data.csv`."""
    found = [file for file in sources if file.name == name.rpartition("::")[2]]
    if len(found) != 1:
        raise _DoesNotFitError(f"{len(found) or 'no'} files are called {name}")
    return found[0]


def _mappings(entry: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    """What is mapped to each of the columns: its own name where the import has no mappings."""
    mappings = entry.get("column_mappings")
    if mappings is None:
        return list(columns)
    for column in columns:
        if column not in mappings:
            raise _DoesNotFitError(f"the column {column} of import_columns has no mapping")
    return [mappings[column] for column in columns]


def _place(mapping: Any) -> Any:
    """Which column of the file a mapping takes, by name or number; None where it takes none."""
    if not isinstance(mapping, dict):
        return mapping
    if mapping.get("type") == "constant":
        return None
    if mapping.get("name") != "DecodeBASE64":
        raise _DoesNotFitError(f"the function {mapping.get('name')} of a column mapping is not read")
    given = mapping["parameters"]
    return given.get("column_name") or given["column_index"]


def _cell(mapping: Any, header: Row, has_header: bool) -> _Cell:
    """What takes a column's value from a row: by number, by name, out of base 64, or the same for all."""
    place = _place(mapping)
    if place is None:
        constant = _constant(mapping["value"], "a constant")
        return lambda row: constant
    if isinstance(place, str):
        if place not in header:
            raise _DoesNotFitError(f"the file's header has no {place}")
        index = header.index(place)
    elif type(place) is not int:
        raise _DoesNotFitError(f"a column mapping is a name or a whole number, and not {place!r}")
    else:
        index = place - 1
        if index < 0 or (has_header and index >= len(header)):
            raise _DoesNotFitError(f"the file has no column {place}")
    if isinstance(mapping, dict):
        return lambda row: _decoded(row[index])
    return lambda row: row[index]


def _constant(value: Any, what: str) -> str | None:
    """A value that stands in the file itself, as a text; None for null."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is not None and not isinstance(value, str | int | float):
        raise _DoesNotFitError(f"{what} must be a text, a number, true, false or null")
    return None if value is None else str(value)


def _decoded(value: str | None) -> bytes | None:
    """The bytes of a text in base 64; ValueError for what is none."""
    return None if value is None else b64decode(value, validate=True)


def _filters(settings: Mapping[str, Any], key: str, columns: Sequence[str]) -> tuple[Filter, ...]:
    found = tuple(
        {name: _constant(value, key) for name, value in each.items()} for each in settings.get(key, [])
    )
    for name in (name for each in found for name in each):
        if name not in columns:
            raise _DoesNotFitError(f"{key} asks for {name}, which is none of the import_columns")
    return found
