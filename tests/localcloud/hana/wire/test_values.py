"""For every type: value -> driver -> server -> driver gives the same value."""

from __future__ import annotations

import string
import struct
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hdbcli import dbapi
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localcloud import pytest_plugin
from tests.localcloud.hana.conftest import Connect, fetched

COLUMNS = {
    "TINY": "TINYINT",
    "SMALL": "SMALLINT",
    "INT": "INTEGER",
    "BIG": "BIGINT",
    "WHOLE": "DECIMAL(38)",
    "MONEY": "DECIMAL(15, 2)",
    "LONG": "DECIMAL(38, 10)",
    "FRACTION": "DECIMAL(38, 38)",
    "FLOATING": "DECIMAL",
    "SMALL_FLOATING": "SMALLDECIMAL",
    "SINGLE": "REAL",
    "DOUBLE_": "DOUBLE",
    "TRUTH": "BOOLEAN",
    "TEXT_": "NVARCHAR(5000)",
    "ASCII": "VARCHAR(5000)",
    "FIXED": "CHAR(300)",
    "FIXED_TEXT": "NCHAR(300)",
    "ALPHA": "ALPHANUM(20)",
    "SHORT": "SHORTTEXT(300)",
    "BYTES": "VARBINARY(5000)",
    "FIXED_BYTES": "BINARY(300)",
    "DAY": "DATE",
    "CLOCK": "TIME",
    "SECOND_": "SECONDDATE",
    "INSTANT": "TIMESTAMP",
    "LARGE": "NCLOB",
    "LARGE_ASCII": "CLOB",
    "DOCUMENT": "TEXT",
    "BINARY_DOCUMENT": "BINTEXT",
    "LARGE_BYTES": "BLOB",
}

relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def made(server: Any) -> str:
    """A table with a column for each type."""
    connection = pytest_plugin.connect(server, owner=True)
    columns = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    connection.cursor().execute(f"CREATE COLUMN TABLE ALL_TYPES ({columns})")
    connection.close()
    return "ALL_TYPES"


class Echo:
    """Writes a value into a column, and reads it back."""

    def __init__(self, cursor: Any, table: str) -> None:
        self.cursor, self.table = cursor, table

    def __call__(self, column: str, value: object) -> object:
        self.cursor.execute(f"DELETE FROM {self.table}")
        self.cursor.execute(f"INSERT INTO {self.table} ({column}) VALUES (?)", (value,))
        self.cursor.execute(f"SELECT {column} FROM {self.table}")
        ((read,),) = fetched(self.cursor)
        return read


@pytest.fixture
def echo(cursor: Any, made: str) -> Echo:
    return Echo(cursor, made)


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda number: Decimal(f"{number}E-{places}"))


INTEGERS = {
    "TINY": (0, 255),
    "SMALL": (-(2**15), 2**15 - 1),
    "INT": (-(2**31), 2**31 - 1),
    "BIG": (-(2**63), 2**63 - 1),
}


@pytest.mark.parametrize("column", INTEGERS)
@given(data=st.data())
@relaxed
def test_integers(echo: Echo, column: str, data: st.DataObject) -> None:
    value = data.draw(st.integers(*INTEGERS[column]) | st.sampled_from(INTEGERS[column]))
    assert echo(column, value) == value


DECIMALS = {"WHOLE": (38, 0), "MONEY": (15, 2), "LONG": (38, 10), "FRACTION": (38, 38)}


@pytest.mark.parametrize("column", DECIMALS)
@given(data=st.data())
@relaxed
def test_decimals_of_a_fixed_scale(echo: Echo, column: str, data: st.DataObject) -> None:
    value = data.draw(decimals(*DECIMALS[column]))
    assert echo(column, value) == value


@pytest.mark.parametrize("column", DECIMALS)
def test_all_thirty_eight_digits_are_kept(echo: Echo, column: str) -> None:
    digits, places = DECIMALS[column]
    for number in (10**digits - 1, -(10**digits) + 1, 10 ** (digits - 1) + 1):
        assert echo(column, Decimal(f"{number}E-{places}")) == Decimal(f"{number}E-{places}")


@given(decimals(34, 0), st.integers(-20, 20))
@example(Decimal(0), 0)
@relaxed
def test_decimals_of_a_floating_scale(echo: Echo, value: Decimal, exponent: int) -> None:
    value = Decimal(f"{value}E{exponent}")
    assert echo("FLOATING", value) == value


@given(decimals(16, 0), st.integers(-20, 20))
@example(Decimal(10**16 - 1), 0)
@example(Decimal(1 - 10**16), -16)
@relaxed
def test_small_decimals(echo: Echo, value: Decimal, exponent: int) -> None:
    value = Decimal(f"{value}E{exponent}")
    assert echo("SMALL_FLOATING", value) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-324)
@example(1.7976931348623157e308)
@relaxed
def test_doubles(echo: Echo, value: float) -> None:
    assert echo("DOUBLE_", value) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@relaxed
def test_reals(echo: Echo, value: float) -> None:
    read = echo("SINGLE", value)
    assert isinstance(read, float)
    # hdbcli prints a REAL with seven digits on its way.
    assert struct.pack("<f", read) == struct.pack("<f", value) or read == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("value", [True, False])
def test_booleans(echo: Echo, value: bool) -> None:
    assert echo("TRUTH", value) is value


@given(st.text(max_size=300))
@example("")
@example("a" * 245)
@example("a" * 246)
@example("😀" * 41)
@example("ä" * 5000)
@relaxed
def test_text(echo: Echo, value: str) -> None:
    assert echo("TEXT_", value) == value


@pytest.mark.parametrize("column", ["SHORT", "LARGE", "DOCUMENT", "BINARY_DOCUMENT"])
@given(value=st.text(max_size=150))
@example(value="")
@example(value=" ä ")
@example(value="😀" * 150)
@example(value="a" * 300)
@relaxed
def test_text_of_other_types(echo: Echo, column: str, value: str) -> None:
    assert echo(column, value) == value


@pytest.mark.parametrize("column", ["ASCII", "LARGE_ASCII"])
@given(value=st.text(st.characters(codec="ascii"), max_size=300))
@example(value="")
@example(value=" a ")
@example(value="a" * 300)
@relaxed
def test_text_of_the_types_for_ascii(echo: Echo, column: str, value: str) -> None:
    assert echo(column, value) == value


@pytest.mark.parametrize("column", ["FIXED", "FIXED_TEXT"])
@given(value=st.text(st.characters(codec="ascii"), max_size=300))
@example(value="")
@relaxed
def test_texts_of_a_fixed_length_come_back_as_they_went(echo: Echo, column: str, value: str) -> None:
    assert echo(column, value) == value


@given(st.text(string.ascii_letters + string.digits, max_size=20))
@example("")
@example("7")
@example("0" * 20)
@relaxed
def test_alphanumeric_numbers_get_leading_zeros_and_nothing_else_changes(echo: Echo, value: str) -> None:
    assert echo("ALPHA", value) == (value.zfill(20) if value.isdigit() else value)


@pytest.mark.parametrize("column", ["DOCUMENT", "BINARY_DOCUMENT", "LARGE_ASCII"])
def test_long_documents(echo: Echo, column: str) -> None:
    assert echo(column, "a document " * 50_000) == "a document " * 50_000


@given(st.binary(max_size=300))
@relaxed
def test_bytes_of_a_fixed_length_and_large_ones(echo: Echo, value: bytes) -> None:
    assert echo("FIXED_BYTES", value) == value.ljust(300, b"\0")
    assert echo("LARGE_BYTES", value) == value


@given(st.binary(max_size=300))
@example(b"")
@example(bytes(5000))
@relaxed
def test_bytes(echo: Echo, value: bytes) -> None:
    assert echo("BYTES", value) == value


# Days that HANA's calendar leaves out.
GAP = date(1582, 10, 5), date(1582, 10, 14)
DAYS = st.dates().filter(lambda day: not GAP[0] <= day <= GAP[1])
EDGES = [date(1, 1, 1), date(1582, 10, 4), date(1582, 10, 15), date(2024, 2, 29), date(9999, 12, 31)]


@given(DAYS)
@relaxed
def test_dates(echo: Echo, value: date) -> None:
    assert echo("DAY", value) == value


@pytest.mark.parametrize("value", EDGES, ids=str)
def test_the_edges_of_the_calendar(echo: Echo, value: date) -> None:
    assert echo("DAY", value) == value
    instant = datetime.combine(value, time(23, 59, 59, 999999))
    assert echo("INSTANT", instant) == instant


@given(st.times().map(lambda clock: clock.replace(microsecond=0)))
@relaxed
def test_times(echo: Echo, value: time) -> None:
    assert echo("CLOCK", value) == value


@given(DAYS, st.times())
@relaxed
def test_timestamps(echo: Echo, day: date, clock: time) -> None:
    instant = datetime.combine(day, clock)
    assert echo("INSTANT", instant) == instant
    assert echo("SECOND_", instant.replace(microsecond=0)) == instant.replace(microsecond=0)


def test_the_seventh_digit_of_a_timestamp_is_kept(cursor: Any, echo: Echo, made: str) -> None:
    echo("INSTANT", "2024-02-29 23:59:59.1234567")
    cursor.execute(f"SELECT TO_VARCHAR(INSTANT) FROM {made}")
    assert fetched(cursor) == [("2024-02-29 23:59:59.1234567",)]


@pytest.mark.parametrize("column", COLUMNS)
def test_null_is_null_in_every_type(echo: Echo, column: str) -> None:
    assert echo(column, None) is None


@pytest.mark.parametrize("type_", ["REAL_VECTOR(3)", "INTEGER ARRAY", "ST_POINT", "ST_GEOMETRY"])
def test_a_type_that_is_not_there_is_refused_with_code_7(cursor: Any, type_: str) -> None:
    with pytest.raises(dbapi.Error) as refusal:
        cursor.execute(f"CREATE COLUMN TABLE REFUSED (ID INTEGER, V {type_})")
    assert refusal.value.errorcode == 7


@pytest.mark.parametrize("column", ["MONEY", "FLOATING", "SMALL_FLOATING"])
def test_a_text_that_is_no_number_is_error_339(echo: Echo, column: str) -> None:
    with pytest.raises(dbapi.ProgrammingError) as refusal:
        echo(column, "x")
    assert refusal.value.errorcode == 339


def test_a_row_of_everything(connect: Connect, made: str) -> None:
    numbers = (
        255,
        -1,
        1,
        2**62,
        Decimal(7),
        Decimal("-1.25"),
        Decimal("0.5"),
        Decimal("1E-38"),
        Decimal("1E+20"),
        Decimal("1E-20"),
    )
    instants = date(2024, 2, 29), time(1, 2, 3), datetime(2024, 1, 1, 1, 1, 1), datetime(1, 1, 1, 0, 0, 0, 1)
    texts = "😀", "ascii", "fixed".ljust(300), "ä".ljust(300), "A1", "short"
    lobs = "n" * 5000, "c" * 5000, "t" * 5000, "😀" * 5000, b"b" * 5000
    values = (*numbers, 0.5, -1e300, True, *texts, b"\0\1", b"\2".ljust(300, b"\0"), *instants, *lobs)
    cursor = connect().cursor()
    cursor.execute(f"DELETE FROM {made}")
    marks = ", ".join("?" * len(values))
    cursor.executemany(f"INSERT INTO {made} VALUES ({marks})", [values, (None,) * len(values)] * 3)
    cursor.execute(f"SELECT * FROM {made}")
    assert fetched(cursor) == [values, (None,) * len(values)] * 3
