"""OData's expressions as the specification describes them: random ones, and what each is for a row.

Sources: OData URL Conventions 4.01, 5.1.1. It knows nothing of `tokonoma.data.query` and of SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.tokonoma.data.specimens import AMOUNTS, CLOCKS, DAYS, FRACTIONS, NUMBERS, TEXTS, Row

# HANA's DECIMAL has 34 digits; a quotient is rounded once from more.
_DECIMAL = Context(prec=34, rounding=ROUND_HALF_UP, Emin=-6143, Emax=6144)
_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Made:
    """An expression, and what it is for a row; a number is `whole` if its type is an integer one."""

    text: str
    run: Callable[[Row], Any]
    whole: bool = False

    def __repr__(self) -> str:
        return self.text


def column(name: str, whole: bool = False) -> Made:
    return Made(name, lambda row: row[name], whole)


def constant(text: str, value: Any, whole: bool = False) -> Made:
    return Made(text, lambda row: value, whole)


def strict(text: str, run: Callable[..., Any], *arguments: Made, whole: bool = False) -> Made:
    """A function that is null if an argument is (5.1.1.4)."""

    def evaluate(row: Row) -> Any:
        values = [each.run(row) for each in arguments]
        return None if None in values else run(*values)

    return Made(text.format(*(each.text for each in arguments)), evaluate, whole)


def quoted(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


# Numbers


def _truncated(left: Decimal, right: Decimal) -> Decimal | None:
    return _WIDE.divide(left, right).quantize(Decimal(1), ROUND_DOWN, _WIDE) if right else None


def _quotient(left: Decimal, right: Decimal) -> Decimal | None:
    return _DECIMAL.plus(_WIDE.divide(left, right)) if right else None


def _remainder(left: Decimal, right: Decimal) -> Decimal | None:
    if not right or abs(_DECIMAL.divide(left, right)) >= Decimal("1E+33"):
        return None
    return _WIDE.remainder(left, right)


def _rounded(way: str) -> Callable[[Decimal], Decimal]:
    return lambda value: value.quantize(Decimal(1), way, _WIDE)


def arithmetic(operator: str, left: Made, right: Made) -> Made:
    if not right.text.strip("(-0)"):
        # To divide by a literal 0 is refused.
        operator = "add"
    whole = left.whole and right.whole and operator != "divby"
    run = {
        "add": _DECIMAL.add,
        "sub": _DECIMAL.subtract,
        "mul": _DECIMAL.multiply,
        "div": _truncated if whole else _quotient,
        "divby": _quotient,
        "mod": _remainder,
    }[operator]

    def reckon(first: Decimal, second: Decimal) -> Decimal | None:
        return run(_DECIMAL.plus(first), _DECIMAL.plus(second))

    return strict(f"({{}} {operator} {{}})", reckon, left, right, whole=whole)


WHOLE_COLUMNS = [column(name, whole=True) for name in ("ID", "TINY", "QTY", "BIG", "MUST")]
OTHER_NUMBERS = [column(name) for name in ("PRICE", "EXACT", "FLOATING")]
FLOATS = [column(name) for name in ("DOUBLE", "REAL")]
whole_literals = st.sampled_from([*NUMBERS, "9223372036854775807", "99999999999999999999"]).map(
    lambda text: constant(text, Decimal(text), whole=True)
)
number_literals = st.sampled_from(
    [*AMOUNTS, "1.234", "1e3", "1234567890123456789012345678.0123456789", "0.0000000001", "1e-30", "1E+30"]
).map(lambda text: constant(text, Decimal(text), whole=text.lstrip("-").isdigit()))


def _number_functions(numbers: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    ways = {"round": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceiling": ROUND_CEILING}
    return st.one_of(
        st.builds(
            arithmetic, st.sampled_from(["add", "sub", "mul", "div", "divby", "mod"]), numbers, numbers
        ),
        st.builds(
            lambda name, each: strict(f"{name}({{}})", _rounded(ways[name]), each, whole=each.whole),
            st.sampled_from(sorted(ways)),
            numbers,
        ),
        numbers.map(
            lambda each: strict(
                "(-{})", lambda value: _DECIMAL.minus(value) or Decimal(0), each, whole=each.whole
            )
        ),
    )


# Texts


def _substring(value: str, start: int, length: int | None) -> str:
    first = max(0, len(value) + start) if start < 0 else start
    return value[first:] if length is None else value[first : first + length]


_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
TEXT_COLUMNS = [column(name) for name in ("NAME", "OTHER")]
text_literals = st.sampled_from(TEXTS).map(lambda value: constant(quoted(value), value))


def _text_functions(texts: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    return st.one_of(
        texts.map(lambda each: strict("tolower({})", str.lower, each)),
        texts.map(lambda each: strict("toupper({})", str.upper, each)),
        texts.map(lambda each: strict("trim({})", lambda value: value.strip(_WHITE_SPACE), each)),
        st.builds(lambda a, b: strict("concat({},{})", str.__add__, a, b), texts, texts),
        st.builds(
            lambda each, start: strict(
                f"substring({{}},{start})", lambda value: _substring(value, start, None), each
            ),
            texts,
            st.integers(-4, 4),
        ),
        st.builds(
            lambda each, start, length: strict(
                f"substring({{}},{start},{length})", lambda value: _substring(value, start, length), each
            ),
            texts,
            st.integers(-4, 4),
            st.integers(0, 4),
        ),
    )


texts = st.recursive(st.one_of(st.sampled_from(TEXT_COLUMNS), text_literals), _text_functions, max_leaves=4)

# Dates and times; texts in their ISO form are in the order of time.

day_literals = st.sampled_from(DAYS).map(lambda value: constant(value, value))
clock_literals = st.sampled_from(CLOCKS).map(lambda value: constant(value, value))
moment_literals = st.builds(
    lambda day, clock, fraction: constant(f"{day}T{clock}.{fraction}Z", f"{day} {clock}.{fraction}"),
    *(st.sampled_from(each) for each in (DAYS, CLOCKS, FRACTIONS)),
)
moments = st.one_of(st.sampled_from([column("MOMENT"), column("SECONDS")]), moment_literals)
days = st.one_of(
    st.just(column("DAY")),
    day_literals,
    moments.map(lambda each: strict("date({})", lambda value: value[:10], each)),
)
clocks = st.one_of(
    st.just(column("CLOCK")),
    clock_literals,
    moments.map(lambda each: strict("time({})", lambda value: value[11:19], each)),
)


def _part(name: str, start: int, end: int) -> Callable[[Made], Made]:
    return lambda each: strict(f"{name}({{}})", lambda value: Decimal(value[start:end]), each, whole=True)


def _indexof(whole: str, part: str) -> Decimal:
    return Decimal(whole.find(part))


functions_of_others = st.one_of(
    texts.map(lambda each: strict("length({})", lambda value: Decimal(len(value)), each, whole=True)),
    st.builds(lambda a, b: strict("indexof({},{})", _indexof, a, b, whole=True), texts, texts),
    *(days.map(_part(*each)) for each in (("year", 0, 4), ("month", 5, 7), ("day", 8, 10))),
    *(moments.map(_part(*each)) for each in (("year", 0, 4), ("hour", 11, 13), ("second", 17, 19))),
    *(clocks.map(_part(*each)) for each in (("hour", 0, 2), ("minute", 3, 5), ("second", 6, 8))),
    moments.map(lambda each: strict("fractionalseconds({})", lambda value: Decimal(f"0{value[19:]}"), each)),
)
numbers = st.recursive(
    st.one_of(
        st.sampled_from([*WHOLE_COLUMNS, *OTHER_NUMBERS, *FLOATS]),
        whole_literals,
        number_literals,
        functions_of_others,
    ),
    _number_functions,
    max_leaves=4,
)

# Conditions


def _negation(value: bool | None) -> bool | None:
    return None if value is None else not value


def _conjunction(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def compare(operator: str, left: Made, right: Made) -> Made:
    def run(row: Row) -> bool:
        first, second = left.run(row), right.run(row)
        if operator in ("eq", "ne"):
            return (first == second) is (operator == "eq")
        if first is None or second is None:
            return False
        signs = {"gt": first > second, "ge": first >= second, "lt": first < second, "le": first <= second}
        return bool(signs[operator])

    return Made(f"{left.text} {operator} {right.text}", run)


def among(operand: Made, items: Sequence[Made]) -> Made:
    listed = ",".join(each.text for each in items)
    return Made(
        f"{operand.text} in ({listed})", lambda row: operand.run(row) in [each.run(row) for each in items]
    )


def junction(operator: str, operands: Sequence[Made]) -> Made:
    def run(row: Row) -> bool | None:
        values = [each.run(row) for each in operands]
        if operator == "and":
            return _conjunction(values)
        return _negation(_conjunction([_negation(value) for value in values]))

    return Made("(" + f" {operator} ".join(each.text for each in operands) + ")", run)


NULL = constant("null", None)
EVERY = ("eq", "ne", "gt", "ge", "lt", "le")


def _comparisons(
    values: st.SearchStrategy[Made], literals: st.SearchStrategy[Made]
) -> st.SearchStrategy[Made]:
    either = st.one_of(values, values, literals, st.just(NULL))
    return st.one_of(
        st.builds(compare, st.sampled_from(EVERY), either, either),
        st.builds(among, values, st.lists(st.one_of(literals, literals, st.just(NULL)), max_size=3)),
    )


def _tests(name: str, run: Callable[[str, str], bool]) -> st.SearchStrategy[Made]:
    return st.builds(
        lambda a, b: strict(f"{name}({{}},{{}})", run, a, b), texts, st.one_of(text_literals, texts)
    )


raw_literals = st.sampled_from(
    [("binary'AP8='", b"\x00\xff"), ("binary''", b""), ("binary'dGV4dA'", b"text")]
).map(lambda pair: constant(*pair))
booleans = st.sampled_from([column("FLAG"), column("YES"), constant("true", True), constant("false", False)])
simple_conditions = st.one_of(
    _comparisons(numbers, number_literals),
    _comparisons(texts, text_literals),
    _comparisons(days, day_literals),
    _comparisons(clocks, clock_literals),
    _comparisons(moments, moment_literals),
    _comparisons(booleans, booleans.filter(lambda each: each.text.islower())),
    st.builds(
        compare, st.sampled_from(["eq", "ne"]), st.just(column("RAW")), st.one_of(raw_literals, st.just(NULL))
    ),
    st.builds(among, st.just(column("RAW")), st.lists(raw_literals, max_size=2)),
    _tests("contains", lambda whole, part: part in whole),
    _tests("startswith", str.startswith),
    _tests("endswith", str.endswith),
    text_literals.map(
        lambda part: strict("contains({},{})", lambda whole, part: part in whole, column("NOTE"), part)
    ),
    booleans,
)


def _larger(conditions: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    grouped = conditions.map(lambda each: Made(f"({each.text})", each.run))
    return st.one_of(
        grouped.map(lambda each: Made(f"not {each.text}", lambda row: _negation(each.run(row)))),
        st.builds(junction, st.sampled_from(["and", "or"]), st.lists(grouped, min_size=2, max_size=3)),
        st.builds(compare, st.sampled_from(EVERY), grouped, st.one_of(grouped, booleans)),
    )


conditions = st.recursive(simple_conditions, _larger, max_leaves=6)
"""Anything that may stand in a $filter."""
