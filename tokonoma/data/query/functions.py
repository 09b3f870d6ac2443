"""The canonical functions of OData (URL Conventions 4.01, 5.1.1.5 to 5.1.1.10) that HANA can do."""

from __future__ import annotations

from dataclasses import dataclass

from tokonoma.data.columns import NUMBERS, Kind

LONG_FORMAT = "YYYY-MM-DD HH24:MI:SS.FF7"
"""HANA's format for the texts of dates with time; it keeps all seven digits of a second."""

_TEXT = frozenset({Kind.TEXT})
_TEXTS = frozenset({Kind.TEXT, Kind.LARGE_TEXT})
_WHOLE = frozenset({Kind.INTEGER})
_MOMENT = frozenset({Kind.MOMENT})
_DAYS = frozenset({Kind.MOMENT, Kind.DATE})
_CLOCKS = frozenset({Kind.MOMENT, Kind.TIME})


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes, and what it becomes."""

    arguments: tuple[frozenset[Kind], ...]
    """The kinds that may stand in each place."""
    result: Kind | None
    """None: that of the first argument."""
    sql: str = ""
    """Each argument once and in order; "" where it takes more than that (see `compiler`)."""
    optional: int = 0
    """How many of the last arguments may be missing."""


FUNCTIONS = {
    "contains": Function((_TEXTS, _TEXT), Kind.BOOLEAN),
    "startswith": Function((_TEXTS, _TEXT), Kind.BOOLEAN),
    "endswith": Function((_TEXTS, _TEXT), Kind.BOOLEAN),
    "indexof": Function((_TEXT, _TEXT), Kind.INTEGER),
    "substring": Function((_TEXT, _WHOLE, _WHOLE), Kind.TEXT, optional=1),
    "trim": Function((_TEXT,), Kind.TEXT),
    "length": Function((_TEXTS,), Kind.INTEGER, "LENGTH({})"),
    "tolower": Function((_TEXT,), Kind.TEXT, "LOWER({})"),
    "toupper": Function((_TEXT,), Kind.TEXT, "UPPER({})"),
    "concat": Function((_TEXT, _TEXT), Kind.TEXT, "CONCAT({}, {})"),
    "year": Function((_DAYS,), Kind.INTEGER, "YEAR({})"),
    "month": Function((_DAYS,), Kind.INTEGER, "MONTH({})"),
    "day": Function((_DAYS,), Kind.INTEGER, "DAYOFMONTH({})"),
    "hour": Function((_CLOCKS,), Kind.INTEGER, "HOUR({})"),
    "minute": Function((_CLOCKS,), Kind.INTEGER, "MINUTE({})"),
    # SECOND may come with a fraction.
    "second": Function((_CLOCKS,), Kind.INTEGER, "FLOOR(SECOND({}))"),
    "fractionalseconds": Function(
        (_MOMENT,),
        Kind.DECIMAL,
        f"(TO_DECIMAL(RIGHT(TO_VARCHAR(TO_TIMESTAMP({{}}), '{LONG_FORMAT}'), 7)) / 10000000)",
    ),
    "date": Function((_MOMENT,), Kind.DATE, "TO_DATE({})"),
    "time": Function((_MOMENT,), Kind.TIME, "TO_TIME({})"),
    # Every moment is in UTC.
    "totaloffsetminutes": Function((_MOMENT,), Kind.INTEGER, "CASE WHEN {} IS NOT NULL THEN 0 END"),
    "round": Function((NUMBERS,), None, "ROUND({}, 0)"),
    "floor": Function((NUMBERS,), None, "FLOOR({})"),
    "ceiling": Function((NUMBERS,), None, "CEIL({})"),
}

MOMENTS = frozenset({"now", "mindatetime", "maxdatetime"})
"""Functions without arguments."""

PARTS = frozenset({"year", "month", "day", "hour", "minute", "second", "date", "time", "totaloffsetminutes"})
"""They would need the offset of a literal, which is gone when it has been turned to UTC."""

UNSUPPORTED = frozenset(
    {"case", "isof", "totalseconds", "matchespattern", "hassubset", "hassubsequence", "any", "all"}
)

CASTS: dict[str, tuple[Kind, dict[Kind, str]]] = {
    "Edm.String": (
        Kind.TEXT,
        {
            Kind.TEXT: "{}",
            Kind.INTEGER: "TO_NVARCHAR({})",
            Kind.DATE: "TO_NVARCHAR({}, 'YYYY-MM-DD')",
            Kind.TIME: "TO_NVARCHAR({}, 'HH24:MI:SS')",
        },
    ),
    "Edm.Int64": (Kind.INTEGER, {Kind.INTEGER: "{}"}),
    "Edm.Decimal": (Kind.DECIMAL, dict.fromkeys(NUMBERS, "TO_DECIMAL({})")),
    "Edm.Double": (Kind.DOUBLE, {Kind.INTEGER: "TO_DOUBLE({})", Kind.DOUBLE: "{}"}),
    "Edm.Date": (Kind.DATE, {Kind.DATE: "{}", Kind.MOMENT: "TO_DATE({})"}),
    "Edm.TimeOfDay": (Kind.TIME, {Kind.TIME: "{}", Kind.MOMENT: "TO_TIME({})"}),
    "Edm.DateTimeOffset": (Kind.MOMENT, {Kind.MOMENT: "{}", Kind.DATE: "TO_TIMESTAMP({})"}),
}
"""The casts that cannot fail: by target its kind, and how it is reached from each kind."""
