"""Exports: all rows of a query as CSV or JSON Lines, in pieces, so that memory stays flat.

CSV is RFC 4180's: lines end with CR LF, and the first one has the columns' names. Texts stand in quotes and
nothing else does, so that an empty text (`""`) is told from null, which is nothing at all. Numbers have a
point, and an exponent only where they are floating-point ones; times are ISO 8601's, with all seven digits;
booleans are true or false, binary values hexadecimal. JSON Lines has one object a line, with the same texts
for what JSON has no type for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

import orjson

from tokonoma.data import cells
from tokonoma.data.columns import LARGE, Column, Kind
from tokonoma.data.plan import Options
from tokonoma.data.policy.access import Shown
from tokonoma.data.query.parser import parse_select
from tokonoma.data.reader import Caller, Reader
from tokonoma.errors import ExportTooLarge, QueryUnsupported

PIECE_BYTES = 64 * 1024
"""What a piece has at least, but for the first, which goes out at once, and the last."""
FORMULA_STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet take a text for a formula, full width included (OWASP, CSV Injection)."""

_JSON = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_SUBCLASS

Columns = Sequence[tuple[str, Column]]
"""Pairs of the name used in queries and the column."""
Rows = Sequence[Sequence[Any]]
"""Each with a cell for each column, and perhaps more behind them; see `Plan`."""
Convert = Callable[[Any], Any]


class Writer(Protocol):
    """Writes rows in one format."""

    @property
    def head(self) -> bytes:
        """What stands before all rows."""

    def lines(self, rows: Rows) -> bytes:
        """A line for each row."""


class Piece(NamedTuple):
    """Some bytes of an export, and how many rows they hold."""

    data: bytes
    rows: int


def exportable(shown: Shown, options: Options) -> Options:
    """The options with a $select of what can be exported: large values stay out, and are refused by name.

    Raises QueryInvalid, or QueryUnsupported.
    """
    names = parse_select(options.select or "*", shown.columns)
    for name in names:
        if shown.columns[name].kind in LARGE:
            raise QueryUnsupported(f"exporting the large values of {name}", "$select", 1)
    if not names:
        raise QueryUnsupported("exporting a table that has large values only", "$select", 1)
    return replace(options, select=",".join(names))


def refuse_too_large(reader: Reader, caller: Caller, shown: Shown, options: Options) -> None:
    """Count first, where the policy has a bound.

    Raises ExportTooLarge, QueryError, DataError or HanaError.
    """
    most = shown.max_rows
    if most is None or (options.top is not None and options.top <= most):
        return
    rows = reader.count(caller, shown, options) - options.skip
    if rows > most:
        raise ExportTooLarge(most)


def pieces(lists: Iterable[Rows], writer: Writer, most: int | None = None) -> Iterator[Piece]:
    """An export in pieces.

    Raises HanaError, and ExportTooLarge if rows were added since they were counted.
    """
    held, size, rows, total = [writer.head], len(writer.head), 0, 0
    for each in lists:
        is_first = total == 0
        total += len(each)
        if most is not None and total > most:
            raise ExportTooLarge(most)
        data = writer.lines(each)
        held.append(data)
        size += len(data)
        rows += len(each)
        if is_first or size >= PIECE_BYTES:
            yield Piece(b"".join(held), rows)
            held, size, rows = [], 0, 0
    if size:
        yield Piece(b"".join(held), rows)


class Csv:
    """CSV (RFC 4180), in UTF-8.

    With `excel` it begins with a byte order mark, and a text that a spreadsheet would take for a formula
    begins with an apostrophe.
    """

    def __init__(self, columns: Columns, *, excel: bool = False) -> None:
        mark = "\ufeff" if excel else ""
        self.head = f"{mark}{','.join(name for name, _ in columns)}\r\n".encode()
        self._converters = [_csv_converter(column, excel) for _, column in columns]

    def lines(self, rows: Rows) -> bytes:
        """A line for each row."""
        # By columns: a loop for each has less to do than one for each row. hdbcli's rows are slow to unpack.
        columns = zip(*map(list, rows), strict=True)
        texts = [
            ["" if cell is None else convert(cell) for cell in column]
            for convert, column in zip(self._converters, columns, strict=False)
        ]
        lines = "".join([f"{line}\r\n" for line in map(",".join, zip(*texts, strict=True))])
        try:
            return lines.encode()
        except UnicodeEncodeError:
            return cells.well_formed(lines).encode()


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _harmless(cell: str) -> str:
    return _quoted(f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell)


def _boolean(cell: Any) -> str:
    return "true" if cell else "false"


def _hexadecimal(cell: Any) -> str:
    return bytes(cell).hex().upper()


def _single(cell: float) -> str:
    return str(cells.single(cell))


_CSV: Mapping[Kind, Convert] = {
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: str,
    Kind.DECIMAL: cells.digits,
    Kind.DOUBLE: str,
    Kind.TEXT: _quoted,
    Kind.BINARY: _hexadecimal,
    Kind.DATE: str,
    Kind.TIME: str,
    Kind.MOMENT: cells.moment,
}


def _csv_converter(column: Column, excel: bool) -> Convert:
    if column.type == "REAL":
        return _single
    return _harmless if excel and column.kind is Kind.TEXT else _CSV[column.kind]


class JsonLines:
    """JSON Lines, in UTF-8: decimals exactly, as numbers."""

    head = b""

    def __init__(self, columns: Columns) -> None:
        self._names = [name for name, _ in columns]
        converters = [(place, _json_converter(column)) for place, (_, column) in enumerate(columns)]
        self._converters = [(place, convert) for place, convert in converters if convert is not None]

    def lines(self, rows: Rows) -> bytes:
        """A line for each row."""
        records = [list(row) for row in rows]
        for place, convert in self._converters:
            for record in records:
                if record[place] is not None:
                    record[place] = convert(record[place])
        try:
            return self._dumped(records)
        except TypeError:
            return self._dumped(
                [
                    [cells.well_formed(cell) if isinstance(cell, str) else cell for cell in row]
                    for row in records
                ]
            )

    def _dumped(self, records: Iterable[Sequence[Any]]) -> bytes:
        names = self._names
        return b"".join(
            [orjson.dumps(dict(zip(names, record, strict=False)), option=_JSON) for record in records]
        )


def _decimal(cell: Decimal) -> orjson.Fragment:
    return orjson.Fragment(cells.digits(cell))


_JSON_CONVERTERS: Mapping[Kind, Convert] = {
    Kind.BOOLEAN: bool,
    Kind.DECIMAL: _decimal,
    Kind.BINARY: _hexadecimal,
    Kind.MOMENT: cells.moment,
}


def _json_converter(column: Column) -> Convert | None:
    """The function that turns a cell into what orjson is to write; None where orjson needs no help."""
    return cells.single if column.type == "REAL" else _JSON_CONVERTERS.get(column.kind)
