"""`python -m localcloud sql`: a small prompt on the running local HANA, through hdbcli as any program."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from .hana.connecting import connect
from .hana.seed import statements
from .running_cloud import recall

_ROWS = 1000
_CELL = 60
_VALUE = 1000
_NUMBERS = {int, float, Decimal}
_EXIT_COMMANDS = {"exit", "quit", "\\q"}


def sql(folder: Path, *, owner: bool = False) -> int:
    """Run the statements of standard input, each ended by `;`; 1 if one failed outside of a terminal."""
    from hdbcli import dbapi

    hana = recall(folder).hana
    if not hana:
        print("No HANA is running here.", file=sys.stderr)
        return 1
    interactive = sys.stdin.isatty()
    try:
        connection = connect(hana, owner=owner)
    except dbapi.Error as error:
        print(_in_one_line(error), file=sys.stderr)
        return 1
    if interactive:
        with suppress(ImportError):
            import readline  # noqa: F401 - gives `input` a history and the arrow keys
        print(f"Local HANA, schema {hana['schema']}. End a statement with ; and leave with Ctrl-D.")
    failures = 0
    for statement in _statements(interactive):
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
            for line in _answer(cursor, shutil.get_terminal_size().columns if sys.stdout.isatty() else None):
                print(line)
        except dbapi.Error as error:
            failures += 1
            sys.stdout.flush()  # the error comes after what came before it
            print(_in_one_line(error), file=sys.stderr)
        except KeyboardInterrupt:
            print("Interrupted.")
        finally:
            cursor.close()
    connection.close()
    return 1 if failures and not interactive else 0


def _statements(interactive: bool) -> Iterator[str]:
    pending = ""
    while True:
        try:
            line = input(("  ... " if pending else "hana> ") if interactive else "")
        except EOFError:
            if interactive:
                print()
            break
        except KeyboardInterrupt:
            print()
            pending = ""
            continue
        if interactive and not pending and line.strip(" ;").lower() in _EXIT_COMMANDS:
            return
        complete, pending = split(f"{pending}\n{line}" if pending else line)
        yield from complete
    if pending.strip():
        yield pending


def split(text: str) -> tuple[list[str], str]:
    """The statements of `text` that a semicolon ends, and what comes after the last of them."""
    # The "?" is a last statement that is always there; within an open quote it belongs to what is pending.
    *complete, last = (statement for _, statement in statements(f"{text}\n?"))
    return complete, last.removesuffix("?").removesuffix("\n")


def _answer(cursor: Any, width: int | None) -> Iterator[str]:
    """The lines to print for a statement; a result wider than `width` is printed a column a line."""
    if cursor.description is None:
        yield _count(max(cursor.rowcount, 0), "row") + " affected"
        return
    heads = [column[0] for column in cursor.description]
    rows = cursor.fetchmany(_ROWS + 1)
    table = [[shown(value, _CELL) for value in row] for row in rows[:_ROWS]]
    widths = [max(map(len, column)) for column in zip(heads, *table, strict=True)]
    if width is not None and sum(widths) + 2 * len(widths) - 2 > width:
        yield from _column_a_line(heads, rows[:_ROWS])
    else:
        kinds = [{type(value) for value in column} - {type(None)} for column in zip(*rows, strict=True)]
        numeric = [bool(kind) and kind <= _NUMBERS for kind in kinds] or [False] * len(heads)
        for cells in (heads, ["-" * width for width in widths], *table):
            yield "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(cells, widths, numeric, strict=True)
            ).rstrip()
    yield _count(len(table), "row") + (", and there are more" if len(rows) > _ROWS else "")


def _column_a_line(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    width = max(map(len, heads))
    for number, row in enumerate(rows, 1):
        yield f"-- row {number}"
        for head, value in zip(heads, row, strict=True):
            yield f"{head:<{width}}  {shown(value, _VALUE)}"


def shown(value: object, most: int) -> str:
    """A value of any SQL type in one line of at most `most` characters."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case bytes() | bytearray() | memoryview():
            text = f"0x{bytes(value[:most]).hex().upper()}"
            length = f"{len(value):,} bytes"
        case _:
            whole = str(value)
            # No control sequences for a terminal, and no line breaks.
            text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in whole[: most + 1])
            length = f"{len(whole):,} characters"
    if len(text) <= most:
        return text
    tail = f"… ({length})"
    return text[: most - len(tail)] + tail


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _in_one_line(error: Any) -> str:
    return f"{error.errorcode}: {' '.join(str(error.errortext).split())}"
