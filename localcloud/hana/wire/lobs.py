"""LOBs that do not fit into one message: those being read by locator, and those still being sent."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from struct import Struct
from tempfile import SpooledTemporaryFile

from localcloud.hana.errors import GENERAL_ERROR, PARSE_ERROR, HanaError
from localcloud.hana.model import TypeCode

from . import cesu8
from .constants import LobOption
from .parameters import IncomingLob

_CHUNK = 1024
"""What travels inside the row."""
_MOST_UNITS = 4 << 20
"""What one READLOB hands out at most, in characters or bytes."""
_IN_MEMORY = 1 << 20
"""What the values of one result may hold in memory; beyond that they go into a file."""
_RESULTS_KEPT = 16

_SOURCE = {TypeCode.BLOB: 1, TypeCode.CLOB: 2}
_NCLOB_SOURCE = 3
_FIELD = Struct("<bbxxqqQi")
_READ_REQUEST = Struct("<Qqi4x")
_READ_REPLY = Struct("<Qbi3x")
_WRITE_REQUEST = Struct("<Qbqi")


@dataclass(frozen=True, slots=True)
class _Locator:
    """Where a value lies; text lies there in UTF-16, because clients count in its units."""

    file: SpooledTemporaryFile[bytes]
    start: int
    units: int
    text: bool


class OutgoingLobs:
    """What clients may still ask for with READLOB.

    Nothing in the protocol frees a locator. They go with the transaction; where there is none (autocommit)
    those of the newest results stay.
    """

    def __init__(self) -> None:
        self._locators: dict[int, _Locator] = {}
        self._results: deque[SpooledTemporaryFile[bytes]] = deque()
        self._next_id = 1

    def start_result(self) -> None:
        """The values kept from now on belong to a new result."""
        self._results.append(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - lives as long as its result
        if len(self._results) > _RESULTS_KEPT:
            oldest = self._results.popleft()
            oldest.close()
            self._locators = {
                key: locator for key, locator in self._locators.items() if locator.file is not oldest
            }

    def header(self, code: TypeCode, value: str | bytes) -> bytes:
        """The LOB's field in a row; a value that is longer than its first chunk gets a locator."""
        if isinstance(value, bytes):
            chunk, units, size = value[:_CHUNK], len(value), len(value)
        elif value.isascii():
            chunk, units, size = value[:_CHUNK].encode(), len(value), len(value)
        else:
            chunk = cesu8.encode(value[: _CHUNK // 6])
            units = len(value.encode("utf-16-le", "surrogatepass")) // 2
            size = len(cesu8.encode(value))
        complete = len(chunk) == size
        options = LobOption.DATA_INCLUDED | (LobOption.LAST if complete else 0)
        locator = 0 if complete else self._keep(value, units)
        return (
            _FIELD.pack(_SOURCE.get(code, _NCLOB_SOURCE), options, units, size, locator, len(chunk)) + chunk
        )

    def _keep(self, value: str | bytes, units: int) -> int:
        if not self._results:  # the transaction has ended, and its result is still being fetched
            self.start_result()
        file = self._results[-1]
        start = file.seek(0, 2)
        file.write(value if isinstance(value, bytes) else value.encode("utf-16-le", "surrogatepass"))
        locator, self._next_id = self._next_id, self._next_id + 1
        self._locators[locator] = _Locator(file, start, units, isinstance(value, str))
        return locator

    def read(self, request: bytes) -> bytes:
        """Answer the data of a READLOBREQUEST part with that of a READLOBREPLY part."""
        try:
            key, offset, wanted = _READ_REQUEST.unpack_from(request)
        except struct.error:
            raise HanaError(PARSE_ERROR, "protocol error: a read LOB request that ends too early") from None
        locator = self._locators.get(key)
        if locator is None:
            raise HanaError(GENERAL_ERROR, "invalid LOB locator: its transaction has ended")
        if offset < 1 or wanted < 0:
            raise HanaError(PARSE_ERROR, "protocol error: a read LOB request outside the LOB")
        first = min(offset - 1, locator.units)
        count = min(wanted, _MOST_UNITS, locator.units - first)
        size = 2 if locator.text else 1
        locator.file.seek(locator.start + first * size)
        data = locator.file.read(count * size)
        if locator.text:
            data = cesu8.encode(data.decode("utf-16-le", "surrogatepass"))
        last = LobOption.LAST if first + count == locator.units else 0
        return _READ_REPLY.pack(key, LobOption.DATA_INCLUDED | last, len(data)) + data

    def clear(self) -> None:
        """The transaction has ended, or the connection."""
        self._locators.clear()
        for file in self._results:
            file.close()
        self._results.clear()


class IncomingLobs:
    """The LOBs of one execution that are still being sent, in row and column order."""

    def __init__(self, lobs: list[IncomingLob], first_id: int) -> None:
        self._open = dict(enumerate(lobs, first_id))
        self._bytes = sum(len(lob.data) for lob in lobs)

    def write(self, count: int, data: bytes, most: int) -> None:
        """Append the chunks of a WRITELOBREQUEST part; together they may not grow beyond `most` bytes."""
        position = 0
        for _ in range(count):
            try:
                key, options, _, length = _WRITE_REQUEST.unpack_from(data, position)
            except struct.error:
                raise HanaError(PARSE_ERROR, "protocol error: LOB data that ends too early") from None
            position += _WRITE_REQUEST.size
            lob = self._open.get(key)
            if lob is None:
                raise HanaError(GENERAL_ERROR, "invalid LOB locator: no such LOB is being written")
            if not 0 <= length <= len(data) - position:
                raise HanaError(PARSE_ERROR, "protocol error: LOB data that ends too early")
            self._bytes += length
            if self._bytes > most:
                raise HanaError(GENERAL_ERROR, f"LOBs of more than {most} bytes do not fit here")
            lob.data += data[position : position + length]
            position += length
            if options & LobOption.LAST:
                lob.complete = True
                del self._open[key]

    @property
    def open(self) -> list[int]:
        """The ids of the LOBs that are not complete."""
        return list(self._open)
