"""What clients of old data formats send: HANA takes it apart itself, and says what is wrong with it."""

from __future__ import annotations

import base64
import shutil
import struct
from decimal import Decimal

import pytest

from localcloud.hana.errors import HanaError
from localcloud.hana.local import LocalHana
from localcloud.hana.model import Parameter, Type, TypeCode
from localcloud.hana.wire import decimals, old_dates, parameters
from localcloud.hana.wire.driver import Driver

from .raw import FETCHNEXT, FETCHSIZE, RESULTSET, RESULTSETID, Part, RawClient
from .test_node import DRIVERS, Node

INVALID = "invalid DATE, TIME or TIMESTAMP value: "


def moment(year: int, month: int, day: int, hour: int, minute: int, milliseconds: int) -> bytes:
    """A TIMESTAMP as clients send it; months count from 0."""
    return struct.pack("<HBBBBH", 0x8000 | year, month, day, 0x80 | hour, minute, milliseconds)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ((2024, 1, 29, 23, 59, 59_999), "2024-02-29 23:59:59.9990000"),
        ((1582, 9, 4, 0, 0, 0), "1582-10-04 00:00:00.0000000"),
        # The days that the calendar skipped are ten days later.
        ((1582, 9, 5, 0, 0, 0), "1582-10-15 00:00:00.0000000"),
        ((1582, 9, 14, 0, 0, 0), "1582-10-24 00:00:00.0000000"),
        ((1500, 1, 29, 24, 0, 0), "1500-02-29 24:00:00.0000000"),
    ],
)
def test_a_moment_is_put_together(sent: tuple[int, int, int, int, int, int], read: str) -> None:
    assert old_dates.read_timestamp(moment(*sent), 0) == (read, 8)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((0, 0, 12, 14, 1, 0), "year must be between -4713 and +9999, and not be 0: 0"),
        ((2020, 13, 20, 0, 0, 0), "not a valid month: 14"),
        ((1900, 1, 29, 0, 0, 0), "day of month must be between 1 and last day of month: 29"),
        ((1998, 5, 0, 0, 0, 0), "day of month must be between 1 and last day of month: 0"),
        ((1998, 5, 25, 25, 59, 59_000), "not a valid hour: 25"),
        ((1998, 5, 25, 24, 0, 1_000), "not a valid hour: 24"),
        ((1998, 5, 25, 11, 60, 2_000), "not a valid minute: 60"),
        ((1998, 5, 25, 11, 50, 62_000), "not a valid millisecond: 62000"),
    ],
)
def test_what_is_wrong_with_a_moment_is_said(sent: tuple[int, int, int, int, int, int], said: str) -> None:
    with pytest.raises(HanaError) as refusal:
        old_dates.read_timestamp(moment(*sent), 0)
    assert (refusal.value.code, refusal.value.text) == (303, INVALID + said)


def test_an_error_names_the_type_and_the_place_of_its_parameter() -> None:
    types = [Parameter(Type(TypeCode.INT)), Parameter(Type(TypeCode.LONGDATE))]
    data = struct.pack("<BiB", 3, 7, 16) + moment(2020, 13, 1, 0, 0, 0)
    with pytest.raises(HanaError) as refusal:
        parameters.decode(data, 1, types, Driver(1))
    assert refusal.value.text == f"{INVALID}not a valid month: 14: type_code=16, index=2"


TOO_PRECISE = "the precision of the decimal value is larger than the target precision: "


@pytest.mark.parametrize(
    ("precision", "value", "said"),
    [
        (15, "1E10", f"{TOO_PRECISE}15"),
        (15, "-9223372036854775808", "numeric overflow"),
        (23, "1E18", f"{TOO_PRECISE}23"),
        (23, "-3.962E28", "numeric overflow"),
        (35, "1.23456789E33", f"{TOO_PRECISE}35"),
        (35, "9" * 34, "cannot convert the value to DECIMAL(35, 5)"),
    ],
)
def test_a_decimal_that_is_too_long_is_error_314(precision: int, value: str, said: str) -> None:
    with pytest.raises(HanaError) as refusal:
        decimals.check(Decimal(value), Type(TypeCode.DECIMAL, precision, 5))
    assert (refusal.value.code, refusal.value.text) == (314, f"numeric overflow: {said}")


@pytest.mark.parametrize("value", ["9999999999.999999", "-9999999999.99999", "0E20", None])
def test_a_decimal_that_fits_passes(value: str | None) -> None:
    decimals.check(None if value is None else Decimal(value), Type(TypeCode.DECIMAL, 15, 5))


with_hdb = pytest.mark.skipif(
    shutil.which("node") is None or not DRIVERS["hdb"].exists(), reason="npm hdb is not installed"
)


@with_hdb
def test_hdb_is_told_what_does_not_fit_in_either_format(server: LocalHana) -> None:
    node = Node(server, "hdb")
    table = "(D DATE, N DECIMAL(15, 5))"
    steps = (
        ("INSERT INTO {} VALUES (?, ?)", ["1582-10-10", "9999999999.999999"]),
        "SELECT * FROM {}",
        ("INSERT INTO {} (D) VALUES (?)", ["2020-14-20"]),
        ("INSERT INTO {} (N) VALUES (?)", ["1e10"]),
    )
    for format_, fixed in ((1, False), (8, True)):
        name = f"OLD_FORMATS_{format_}"
        told = [s.format(name) if isinstance(s, str) else (s[0].format(name), s[1]) for s in steps]
        _, inserted, rows, day, number = node(
            f"CREATE COLUMN TABLE {name} {table}", *told, extra={"dataFormatSupport": format_}
        )
        assert (inserted, rows) == (1, [{"D": "1582-10-20", "N": "9999999999.99999"}])
        if fixed:
            assert "Wrong input for DAYDATE type" in day["message"]
            said = 'numeric overflow: Failed in "N" column with the value 10000000000.00000'
        else:
            assert day["message"] == f"{INVALID}not a valid month: 14: type_code=14, index=1"
            said = f"numeric overflow: {TOO_PRECISE}15: type_code=5, index=1"
        assert number["message"] == said


@with_hdb
def test_hdb_reads_bintext_and_bytes_for_it_are_text(server: LocalHana) -> None:
    long = "aé€" * 3000
    _, inserted, _, rows = Node(server, "hdb")(
        "CREATE COLUMN TABLE BINTEXTS (N INT, A BINTEXT)",
        ("INSERT INTO BINTEXTS VALUES (1, ?)", [long]),
        "INSERT INTO BINTEXTS VALUES (2, x'61c3a1')",
        "SELECT A FROM BINTEXTS ORDER BY N",
        extra={"dataFormatSupport": 8},
    )
    assert inserted == 1
    assert [base64.b64decode(row["A"]["base64"]).decode() for row in rows] == [long, "aá"]


def test_a_client_that_asks_for_its_rows_gets_them_in_one_page(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on(user=server.hdi_user, password=server.hdi_password, client_type=b"node-hdb")
        reply = client.execute(
            "SELECT LPAD(GENERATED_PERIOD_START, 5000, 'a') AS T FROM SERIES_GENERATE_INTEGER(1, 0, 1000)"
        )
        page = client.ask(
            FETCHNEXT,
            Part(RESULTSETID, reply.parts[RESULTSETID].data),
            Part(FETCHSIZE, struct.pack("<i", 900)),
        ).parts[RESULTSET]
        assert page.count == 900
