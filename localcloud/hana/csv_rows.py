"""Reads .csv files as HDI does: nothing between two delimiters is NULL, `""` is an empty text.

The rule: SAP HDI Reference, "Table Data (.hdbtabledata)", type_config, delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .source_files import FileError, SourceFile, text_of


def csv_rows(file: SourceFile, delimiter: str = ",") -> Iterator[tuple[int, list[str | None]]]:
    """The rows of a file, each with the number of its last line; lines end as on any system.

    Raises FileError naming the file and the line: a quote in the wrong place, one that is not closed, a file
    that is not in UTF-8.
    """
    text = text_of(file)
    field = _field(delimiter)
    position, line, row = 0, 1, list[str | None]()
    while position < len(text):
        match = field.match(text, position)
        if match is None:
            raise FileError(file, "a quote in the wrong place, or one that is not closed", line)
        quoted, plain, end = match.groups()
        row.append(plain or None if quoted is None else quoted.replace('""', '"'))
        line += (quoted or "").count("\n")
        position = match.end()
        if end != delimiter:
            yield line, row
            line, row = line + 1, []
    if row:  # the last field is the empty one behind a delimiter
        yield line, [*row, None]


def _field(delimiter: str) -> re.Pattern[str]:
    """A field in quotes or without, and what ends it: the delimiter, the line, the file."""
    mark = re.escape(delimiter)
    return re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{mark}\r\n][^{mark}\r\n]*|))({mark}|\r\n|\n|\r|\Z)')
