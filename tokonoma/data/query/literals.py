"""Values as they are written: numbers, dates, binaries (OData ABNF 4.01, "primitiveLiteral").

Every function raises ValueError for what is wrong, and NotImplementedError for what HANA cannot hold.
Dates and times become the texts that HANA reads: `YYYY-MM-DD`, `HH:MM:SS`, and for a date with time, in UTC,
`YYYY-MM-DD HH:MM:SS.fffffff`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from math import isinf

from tokonoma.data.columns import Kind

Value = str | Decimal | bytes | bool | None

LONGEST_TEXT = 5000
"""What HANA's longest NVARCHAR holds, in UTF-16 units."""
MOST_DIGITS = 38
"""Digits of HANA's longest DECIMAL."""
_LEAST_SCALE = -330
"""A power of ten that is 0 in a DOUBLE."""
EARLIEST, LATEST = "0001-01-01 00:00:00.0000000", "9999-12-31 23:59:59.9999999"

_EXACT = Context(prec=MOST_DIGITS)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([Ee][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?", re.ASCII)
_MOMENT = re.compile(rf"({_DATE.pattern})[Tt]({_TIME.pattern})(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def text(written: str) -> str:
    if len(written) + sum(each > "\uffff" for each in written) > LONGEST_TEXT:
        raise ValueError(f"a text of more than {LONGEST_TEXT} characters")
    return written


def number(written: str) -> Decimal:
    """Any number, exactly; also with the suffixes of OData 2 (`5M`, `5d`), which some clients still write."""
    if not _NUMBER.fullmatch(plain := written.rstrip("MmLlFfDd")):
        raise ValueError("not a number")
    found = Decimal(plain)
    if len("".join(map(str, found.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        raise ValueError(f"a number of more than {MOST_DIGITS} digits")
    if found and (found.adjusted() < _LEAST_SCALE or isinf(float(found))):
        raise ValueError("a number that is too large or too small")
    return _EXACT.normalize(found) or Decimal(0)


def day(written: str) -> str:
    return _day(written).isoformat()


def is_day(written: str) -> bool:
    """Whether a text is a date alone."""
    return _DATE.fullmatch(written) is not None


def clock(written: str) -> str:
    """A time of day. HANA's TIME has no fractions of a second, so one may be written only if it is 0."""
    whole, fraction = _clock(written)
    if fraction.strip("0"):
        raise NotImplementedError("a time of day with a fraction of a second")
    return whole.isoformat()


def moment(written: str) -> str:
    """A date with time and offset, in UTC."""
    parts = _MOMENT.fullmatch(written)
    if parts is None:
        raise ValueError("not a date with time, as 2020-02-28T12:30:00Z")
    if parts["zone"] is None:
        raise ValueError("a date with time needs Z or an offset")
    whole, fraction = _clock(parts[5])
    if fraction[7:].strip("0"):
        raise NotImplementedError("a time with more than 7 digits of a second")
    try:
        found = datetime.combine(_day(parts[1]), whole, _zone(parts["zone"])).astimezone(UTC)
    except OverflowError:
        raise ValueError("a date outside the years 1 to 9999") from None
    return f"{found.replace(tzinfo=None).isoformat(' ')}.{fraction[:7]:0<7}"


def guid(written: str) -> bytes:
    if not _GUID.fullmatch(written):
        raise ValueError("not a GUID")
    return bytes.fromhex(written.replace("-", ""))


def binary(written: str) -> bytes:
    """base64url, with or without the padding."""
    plain = written.rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (Error, ValueError):
        raise ValueError("not base64url") from None


def boolean(written: str) -> bool:
    if written.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return written.lower() == "true"


def cast(written: str, kind: Kind) -> Value:
    """What a text means as another kind (OData 4.01: strings that can be cast are taken for literals)."""
    return _READERS[kind](written)


def _day(written: str) -> date:
    parts = _DATE.fullmatch(written)
    if parts is None:
        raise ValueError("not a date between the years 1 and 9999")
    try:
        return date(*map(int, parts.groups()))
    except ValueError:
        raise ValueError("a day that does not exist") from None


def _clock(written: str) -> tuple[time, str]:
    parts = _TIME.fullmatch(written)
    if parts is None:
        raise ValueError("not a time of day")
    try:
        return time(int(parts[1]), int(parts[2]), int(parts[3] or 0)), parts[4] or ""
    except ValueError:
        raise ValueError("a time that does not exist") from None


def _zone(written: str) -> timezone:
    if written in "Zz":
        return UTC
    hours, minutes = int(written[1:3]), int(written[4:])
    if hours > 14 or minutes > 59:
        raise ValueError("an offset that does not exist")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


def _binary_or_guid(written: str) -> bytes:
    return guid(written) if _GUID.fullmatch(written) else binary(written)


_READERS: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: text,
    Kind.INTEGER: number,
    Kind.DECIMAL: number,
    Kind.DOUBLE: number,
    Kind.DATE: day,
    Kind.TIME: clock,
    Kind.MOMENT: moment,
    Kind.BINARY: _binary_or_guid,
    Kind.BOOLEAN: boolean,
}
