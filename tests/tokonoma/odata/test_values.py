"""Values of every type: from HANA into JSON, and back by filter (data-traps 5.4)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
from flask import Flask

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.odata.conftest import Person
from tokonoma.data.cells import single
from tokonoma.odata.payload import dumps

ROW_1 = (
    '"ID":1,"TINY":255,"SMALL":-32768,"BIG":9223372036854775807,"PRICE":0.5,'
    '"EXACT":9999999999999999999999999999.0123456789,"FLOATING":1000000000000000000000000000000,'
    '"SHORT":1.5,"SINGLE":0.1,"DOUBLED":1e+300,"NAME":"it\'s","CODE":"abc","BYTES":"AP8",'
    '"DAY":"0001-01-01","CLOCK":"23:59:59","SECONDS":"2020-02-29T12:30:45Z",'
    '"MOMENT":"9999-12-31T23:59:59.9999999Z","FLAG":true}'
)
ROW_2 = (
    '"ID":2,"TINY":0,"SMALL":0,"BIG":-9223372036854775808,"PRICE":-0.01,"EXACT":0.0000000001,"FLOATING":0,'
    '"SHORT":0,"SINGLE":-0.0,"DOUBLED":0.1,"NAME":"","CODE":"","BYTES":"","DAY":"9999-12-31",'
    '"CLOCK":"00:00:00","SECONDS":"0001-01-01T00:00:00Z","MOMENT":"2026-01-02T03:04:05.0000001Z",'
    '"FLAG":false}'
)


@pytest.fixture(params=["UTC", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine's own time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_every_type_is_written_exactly(curator: Person) -> None:
    """Groups 5.4.22, 24, 25 and 28: also where the machine is in another time zone."""
    assert curator.get("SPECIMEN(1)").text.endswith(ROW_1)
    assert curator.get("SPECIMEN(2)").text.endswith(ROW_2)
    nulls = curator.json("SPECIMEN(3)", Accept="application/json;odata.metadata=none")
    assert nulls.pop("ID") == 3
    assert len(nulls) == 17
    assert set(nulls.values()) == {None}


def test_numbers_that_javascript_would_round_are_texts_where_the_client_asks(curator: Person) -> None:
    """Group 5.4.22; JSON Format 4.01, 3.2."""
    answer = curator.get(
        "SPECIMEN?$count=true&$filter=ID%20eq%201", Accept="application/json;IEEE754Compatible=true"
    )
    assert answer.content_type == "application/json;odata.metadata=minimal;IEEE754Compatible=true"
    page = answer.get_json()
    assert page["@odata.count"] == "1"
    [row] = page["value"]
    assert (row["BIG"], row["EXACT"]) == ("9223372036854775807", "9999999999999999999999999999.0123456789")
    assert (row["PRICE"], row["SHORT"], row["TINY"], row["SINGLE"]) == ("0.5", "1.5", 255, 0.1)


@pytest.mark.parametrize(
    "text",
    [
        "BIG eq 9223372036854775807",
        "BIG eq '9223372036854775807'",
        "PRICE eq 0.5",
        "PRICE eq 0.50",
        "PRICE gt 0 and PRICE lt 1",
        "EXACT eq 9999999999999999999999999999.0123456789",
        "FLOATING eq 1e30",
        "SINGLE eq 0.1",
        "NAME eq 'it''s'",
        "BYTES eq binary'AP8'",
        "DAY eq 0001-01-01",
        "CLOCK eq 23:59:59",
        "SECONDS eq 2020-02-29T12:30:45Z",
        "SECONDS eq 2020-02-29T14:30:45%2B02:00",
        "MOMENT eq 9999-12-31T23:59:59.9999999Z",
        "FLAG eq true",
        "FLAG",
        "contains(NOTE,'é')",
        "PRICE eq 0.5M",
        "BIG eq 9223372036854775807L",
        "DOUBLED gt 1d",
        "SECONDS eq datetime'2020-02-29T12:30:45'",
        "SECONDS eq datetimeoffset'2020-02-29T12:30:45Z'",
    ],
)
def test_what_is_written_finds_its_row_again(curator: Person, text: str) -> None:
    """Groups 5.4.23 to 25, and 5.8.39: also as OData 2 wrote literals, as SAP Analytics Cloud may."""
    page = curator.json(f"SPECIMEN?$select=ID&$filter={quote(text, safe='%')}")
    assert [row["ID"] for row in page["value"]] == [1]


def test_metadata_full_names_the_types_that_json_does_not(curator: Person) -> None:
    row = curator.json("SPECIMEN(1)", Accept="application/json;odata.metadata=full")
    assert row["@odata.type"] == "#Tokonoma.SPECIMEN_Type"
    assert row["@odata.id"] == "SPECIMEN(1)"
    types = {
        name.partition("@")[0]: value for name, value in row.items() if name.endswith("@odata.type") and value
    }
    types.pop("")
    assert types == {
        "ID": "#Int32",
        "TINY": "#Byte",
        "SMALL": "#Int16",
        "BIG": "#Int64",
        "PRICE": "#Decimal",
        "EXACT": "#Decimal",
        "FLOATING": "#Decimal",
        "SHORT": "#Decimal",
        "SINGLE": "#Single",
        "BYTES": "#Binary",
        "DAY": "#Date",
        "CLOCK": "#TimeOfDay",
        "SECONDS": "#DateTimeOffset",
        "MOMENT": "#DateTimeOffset",
    }


def test_metadata_none_leaves_values_and_links_alone(curator: Person) -> None:
    page = curator.json("WORK?$count=true&$select=TITLE", Accept="application/json;odata.metadata=none")
    assert list(page) == ["@odata.count", "value", "@odata.nextLink"]
    assert page["value"][0] == {"TITLE": "Work 1"}


@pytest.mark.parametrize("number", [0.1, -2.5, 16777216.0, 3.4028235e38, 1e-38, 0.333333343])
def test_a_real_is_a_short_number_that_is_the_same(number: float) -> None:
    import struct

    stored = struct.unpack("f", struct.pack("f", number))[0]
    assert struct.pack("f", single(stored)) == struct.pack("f", number)
    assert len(repr(single(stored))) <= max(len(repr(number)), 5)


def test_halves_of_surrogate_pairs_do_not_spoil_a_page() -> None:
    """Group 5.4.26: HANA keeps them, UTF-8 has no form for them."""
    page = {"value": [{"A": "x\ud800y", "B": "😀", "C": orjson.Fragment(f"{Decimal('1.10'):f}"), "D": None}]}
    assert orjson.loads(dumps(page))["value"] == [{"A": "x\ufffdy", "B": "😀", "C": 1.1, "D": None}]
    assert b"1.10" in dumps(page)


def test_separators_that_scripts_take_for_line_ends_are_text(curator: Person) -> None:
    assert curator.json("WORD?$filter=WORD%20eq%20'%E2%80%A8'")["value"] == []


@pytest.mark.parametrize("way", ["", " desc"])
@pytest.mark.parametrize(
    "order",
    [
        "FLOATING mul FLOATING",
        "DOUBLED mul DOUBLED",
        "DOUBLED add 1",
        "-DOUBLED",
        "FLOATING div 7",
        "EXACT mul 9",
    ],
)
def test_pages_go_on_behind_a_computed_value_of_any_size(curator: Person, order: str, way: str) -> None:
    """Group 5.4.22: the driver writes 1E+60 with all its zeros, which are no digits."""
    path, found = f"SPECIMEN?$select=ID&$orderby={quote(order + way)}", []
    while path:
        page = curator.json(path, Prefer="maxpagesize=1")
        found += [row["ID"] for row in page["value"]]
        path = page.get("@odata.nextLink", "")
    assert sorted(found) == [1, 2, 3]


def test_a_view_that_divides_by_0_is_no_fault_of_the_service(
    make_service: Callable[..., Flask], authority: Authority, xsuaa: LocalXsuaa, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[roles]\ncurator = { xsuaa = "$XSAPPNAME.Curate" }\n'
        '[objects.SHARE]\nkey = ["ID"]\ngrants = [{ role = "curator" }]\n'
    )
    with LocalHana(authority=authority, schema="SHARES") as hana:
        connection = connect(hana.binding(), owner=True)
        cursor = connection.cursor()
        cursor.execute("CREATE COLUMN TABLE PART (ID INTEGER PRIMARY KEY, WHOLE INTEGER)")
        cursor.execute("INSERT INTO PART VALUES (1, 0)")
        cursor.execute("CREATE VIEW SHARE AS SELECT ID, 100 / WHOLE AS PERCENT FROM PART")
        connection.commit()
        connection.close()
        token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Curate"])
        curator = Person(make_service(hana, policy).test_client(), token)
        assert curator.error("SHARE") == (400, "value-not-computed", "")
        assert curator.get("SHARE/$count").text == "1"
