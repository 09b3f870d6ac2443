"""What a design-time file means in SQL.

The forms: SAP HDI Reference, one page for each suffix. Where a file holds SQL, it is the statement that makes
the object, without its first word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import HanaError
from .source_files import FileError, SourceFile, text_of
from .sql.parser.lexer import located

_NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w#$]*)'
_CONSTRAINT = re.compile(
    rf"(CONSTRAINT\s+{_NAME})\s+ON\s+({_NAME})\s+(FOREIGN\s.*)", re.DOTALL | re.IGNORECASE
)
_LEADING = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
_PLACE = re.compile(r": line (\d+) col (\d+) \(at pos \d+\)$")
_CREATE = "CREATE "


@dataclass(frozen=True)
class Definition:
    """A statement that a file stands for, and the line at which it begins, where that is known."""

    file: SourceFile
    sql: str
    line: int | None = 1
    prefix: int | None = 0
    """How many characters of the statement's first line the file has not; None where lines say nothing."""
    indent: int = 0
    """How many characters of the file's line stand before the statement."""

    def refused(self, error: HanaError) -> FileError:
        """What HANA said about the statement, as said about the file."""
        refused = refusal(self.file, error, self.line)
        place = _PLACE.search(located(error, self.sql).text)
        if place is None or self.prefix is None or self.line is None:
            return refused
        row, column = int(place[1]), int(place[2])
        if row == 1 and column <= self.prefix:
            return refused
        column += self.indent - self.prefix if row == 1 else 0
        return FileError(self.file, f"{refused.said} (column {column})", self.line + row - 1, error.code)


def refusal(file: SourceFile, error: HanaError, line: int | None = None) -> FileError:
    """What HANA said about a statement that is not in the file: the statement's places say nothing."""
    return FileError(file, _PLACE.sub("", error.text), line, error.code)


def definition(file: SourceFile) -> Definition:
    """The statement of a file that holds SQL; FileError where it does not begin as it must."""
    text = text_of(file)
    start = beginning(text)
    line, indent = text.count("\n", 0, start) + 1, indent_of(text, start)
    sql = text[start:].strip().rstrip(";").rstrip()
    if file.suffix != ".hdbconstraint":
        word = file.suffix.removeprefix(".hdb")
        if not re.match(rf"(?!OR\s)(?:\w+\s+)*{word}\b", sql, re.IGNORECASE):
            raise FileError(file, f"must hold the statement that makes a {word}, without CREATE", line)
        return Definition(file, _CREATE + sql, line, len(_CREATE), indent)
    constraint = _CONSTRAINT.fullmatch(sql)
    if constraint is None:
        raise FileError(file, "must be CONSTRAINT name ON table FOREIGN KEY …", line)
    return Definition(file, f"ALTER TABLE {constraint[2]} ADD {constraint[1]} {constraint[3]}", line, None)


def beginning(text: str, position: int = 0) -> int:
    """Where a statement begins, behind blanks and comments."""
    found = _LEADING.match(text, position)
    return found.end() if found else position


def indent_of(text: str, position: int) -> int:
    """How many characters stand before a position in its line."""
    return position - text.rfind("\n", 0, position) - 1


def synonyms(
    file: SourceFile, document: Any, unread: list[str], targets: Mapping[str, Any] | None = None
) -> Iterator[Definition]:
    """One statement for each synonym; `unread` takes a line for those bound elsewhere, or to elsewhere.

    `targets` are entries for synonyms by their names, which win over those of the file.
    """
    if not isinstance(document, dict) or not all(isinstance(each, dict) for each in document.values()):
        raise FileError(file, "must be an object of synonyms")
    for name, written in document.items():
        entry = {**written, **(targets or {}).get(name, {})}
        target = entry.get("target")
        if not isinstance(target, dict) or not isinstance(target.get("object"), str):
            unread.append(f"{file}: the synonym {name} has no target here")
        elif other := sorted(target.keys() - {"object", "schema", "revalidate"}):
            unread.append(f"{file}: the {other[0]} of the synonym {name} is not read")
        else:
            schema = f"{quoted(str(target['schema']))}." if "schema" in target else ""
            sql = f"CREATE SYNONYM {quoted(name)} FOR {schema}{quoted(target['object'])}"
            yield Definition(file, sql, None, None)


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
