"""Framing: what a message, its segment and its parts look like in bytes (protocol reference, "Message")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple, Protocol

from localcloud.hana.errors import PARSE_ERROR, HanaError, not_supported

from .constants import MAX_I16, PartKind, SegmentKind

_HEADER = Struct("<qiIIhbxI4x")
_SEGMENT = Struct("<iihhbbbb8x")
_PART = Struct("<bbhiii")
_REPLY_SEGMENT = Struct("<iihhbxh8x")

_BUFFER_SIZE = 131072
_COMPRESSED = 2


class Header(NamedTuple):
    """The 32 bytes before every message, as far as they matter."""

    session_id: int
    packet_number: int
    length: int
    """Bytes that follow."""
    segments: int
    compressed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a request."""

    kind: int
    attributes: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A client's message, taken apart."""

    type: int
    commit: bool
    """Whether the client has autocommit on."""
    parts: dict[int, Part] = field(default_factory=dict)
    """The parts by their kind; no client sends a kind twice."""

    def data(self, kind: PartKind) -> bytes:
        """The bytes of a part that this message cannot do without."""
        return self.part(kind).data

    def part(self, kind: PartKind) -> Part:
        """A part that this message cannot do without."""
        try:
            return self.parts[kind]
        except KeyError:
            raise HanaError(PARSE_ERROR, f"protocol error: the message lacks its part {kind.name}") from None


def check_initialisation(data: bytes) -> None:
    """Raise HanaError unless these are the first 14 bytes of a little-endian client."""
    if data[:4] != b"\xff\xff\xff\xff":
        raise HanaError(PARSE_ERROR, "protocol error: not an initialisation request")
    if data[11] == 1 and data[12] == 1 and data[13] != 1:
        raise not_supported("big-endian clients")


def parse_header(data: bytes | bytearray | memoryview) -> Header:
    """Read the first 32 bytes of a message."""
    session_id, packet_number, length, _, segments, options, _ = _HEADER.unpack_from(data)
    return Header(session_id, packet_number, length, segments, bool(options & _COMPRESSED))


def parse_request(header: Header, body: bytes) -> Request:
    """The request of a message that may hold no more than one."""
    request, *more = parse_requests(header, body)
    if more:
        raise HanaError(PARSE_ERROR, f"protocol error: a message of {header.segments} segments")
    return request


def parse_requests(header: Header, body: bytes) -> list[Request]:
    """Take a message apart, a request for each segment; any length that does not add up is a HanaError."""
    if header.compressed:
        raise not_supported("compressed messages")
    if header.segments < 1:
        raise HanaError(PARSE_ERROR, f"protocol error: a message of {header.segments} segments")
    found: list[Request] = []
    position = 0
    for _ in range(header.segments):
        request, position = _segment(body, position)
        found.append(request)
    return found


def _segment(body: bytes, start: int) -> tuple[Request, int]:
    """The request that begins at a place, and the place behind it."""
    rest = len(body) - start
    if rest < _SEGMENT.size:
        raise HanaError(PARSE_ERROR, "protocol error: the message ends inside its segment header")
    size, _, parts, _, kind, message_type, commit, _ = _SEGMENT.unpack_from(body, start)
    if kind != SegmentKind.REQUEST:
        raise HanaError(PARSE_ERROR, f"protocol error: segment kind {kind} is not a request")
    if not _SEGMENT.size <= size <= rest:
        raise HanaError(PARSE_ERROR, f"protocol error: a segment of {size} bytes in {rest}")
    found: dict[int, Part] = {}
    position, length = start + _SEGMENT.size, start + size
    for _ in range(parts):
        if position + _PART.size > length:
            raise HanaError(PARSE_ERROR, "protocol error: the segment ends inside a part header")
        part_kind, attributes, count, big_count, data_length, _ = _PART.unpack_from(body, position)
        position += _PART.size
        if not 0 <= data_length <= length - position:
            raise HanaError(PARSE_ERROR, f"protocol error: a part of {data_length} bytes is too long")
        found[part_kind] = Part(
            part_kind,
            attributes,
            big_count if count == -1 else count,
            body[position : position + data_length],
        )
        position += (data_length + 7) & ~7
    return Request(message_type, commit == 1, found), length


def part(kind: PartKind, count: int, data: bytes = b"", attributes: int = 0) -> bytes:
    """Write a part, its padding included."""
    short, big = (count, 0) if count <= MAX_I16 else (-1, count)
    header = _PART.pack(kind, attributes, short, big, len(data), _BUFFER_SIZE)
    return header + data + bytes(-len(data) % 8)


class Segment(Protocol):
    """One answer of a message: a function code and parts, or an error."""

    @property
    def function(self) -> int: ...
    @property
    def parts(self) -> list[bytes]: ...
    @property
    def error(self) -> bool: ...


def reply(session_id: int, packet_number: int, answers: Sequence[Segment]) -> bytes:
    """Write a whole message: a segment for each answer."""
    written: list[bytes] = []
    offset = 0
    for number, answer in enumerate(answers, 1):
        body = b"".join(answer.parts)
        length = len(body) + _SEGMENT.size
        kind = SegmentKind.ERROR if answer.error else SegmentKind.REPLY
        written += (
            _REPLY_SEGMENT.pack(length, offset, len(answer.parts), number, kind, answer.function),
            body,
        )
        offset += length
    size = max(offset, _BUFFER_SIZE)
    return b"".join((_HEADER.pack(session_id, packet_number, offset, size, len(answers), 0, 0), *written))


_ERROR = Struct("<iiib5s")
_SQL_STATES = {10: b"28000", 301: b"23000"}
_ERROR_LEVEL = 1


def error_part(errors: Iterable[HanaError]) -> bytes:
    """Write part ERROR.

    Behind a single error stands one byte more, which go-hdb reads. Of several each is padded to 8 bytes; a
    text that needs no padding gets a blank, because hdbcli wants 8 bytes more there, and go-hdb none.
    """
    found = list(errors)
    entries = [_error(error, b" " if len(found) > 1 else b"") for error in found]
    if len(entries) == 1:
        return part(PartKind.ERROR, 1, entries[0] + b"\0")
    return part(PartKind.ERROR, len(entries), b"".join(entry + bytes(-len(entry) % 8) for entry in entries))


def _error(error: HanaError, filler: bytes) -> bytes:
    """One error; `filler` goes behind a text that ends at a multiple of 8 bytes."""
    text = error.text.encode(errors="replace")[:_LONGEST_ERROR]
    if (_ERROR.size + len(text)) % 8 == 0:
        text += filler
    state = _SQL_STATES.get(error.code, b"HY000")
    return _ERROR.pack(error.code, error.position, len(text), _ERROR_LEVEL, state) + text


_LONGEST_ERROR = 8000
