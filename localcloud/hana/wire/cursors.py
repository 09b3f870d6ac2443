"""Open result sets, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.hana.model import ResultSet

from .lobs import OutgoingLobs
from .rows import RowFormat

_FIRST_STEP, _LONGEST_STEP = 32, 4096
_LOB_STEP = 4
"""Rows with LOBs at a time: their values may be as long as they like."""


@dataclass(slots=True)
class Cursor:
    """A result set and the format of its rows."""

    result: ResultSet
    format: RowFormat

    def page(self, wanted: int, most_bytes: int, lobs: OutgoingLobs) -> tuple[int, bytes, bool]:
        """At most `wanted` rows, as many as fit into about `most_bytes`; and whether they were the last.

        It asks for a few rows, learns from them how long rows are, and so never holds much more than a page.
        """
        longest = _LOB_STEP if self.format.has_lobs else _LONGEST_STEP
        step = min(wanted, _FIRST_STEP, longest)
        rows = self.result.fetch(step)
        count, data = len(rows), self.format.encode(rows, lobs)
        if count < step:
            return count, data, True
        pages, size = [data], len(data)
        while count < wanted and size < most_bytes:
            step = min(wanted - count, longest, max(1, (most_bytes - size) * count // (size + 1)))
            rows = self.result.fetch(step)
            count += len(rows)
            data = self.format.encode(rows, lobs)
            size += len(data)
            pages.append(data)
            if len(rows) < step:
                return count, b"".join(pages), True
        return count, b"".join(pages), False
