"""Single values as doors write them, where what hdbcli gives is not yet what the caller should read."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any


def digits(cell: Decimal) -> str:
    """All digits of a number, without an exponent."""
    plain = str(cell)  # three times as fast, and the same for most
    return plain if "E" not in plain else f"{cell:f}"


def moment(cell: Any) -> str:
    """A TIMESTAMP, which comes as text, or a SECONDDATE, in UTC (ISO 8601)."""
    if isinstance(cell, datetime):
        return f"{cell.isoformat()}Z"
    return f"{cell[:10]}T{cell[11:]}Z"


def moments(cells: Iterable[str | None]) -> list[str | None]:
    """Many TIMESTAMPs, as `moment` writes them."""
    return [None if cell is None else f"{cell.replace(' ', 'T')}Z" for cell in cells]


def single(cell: float) -> float:
    """The shortest number that is the same REAL: 0.1, of which the driver makes 0.10000000149011612."""
    packed = struct.pack("f", cell)
    for precision in range(6, 9):
        found = float(f"{cell:.{precision}g}")
        if struct.pack("f", found) == packed:
            return found
    return float(f"{cell:.9g}")


def well_formed(text: str) -> str:
    """The text with U+FFFD for halves of surrogate pairs, which HANA keeps and UTF-8 has no form for."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
