"""Resource paths: keys of every kind, properties, single values."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.tokonoma.odata.conftest import WORDS, Person


@pytest.mark.parametrize("number", range(len(WORDS)), ids=lambda number: ascii(WORDS[number][:12]))
def test_every_text_is_a_key_that_leads_to_its_row(curator: Person, number: int) -> None:
    """Groups 5.2.13 and 5.2.14: slashes, quotes, blanks, percent signs, umlauts of both forms, emoji."""
    literal = "'" + WORDS[number].replace("'", "''") + "'"
    row = curator.json(f"WORD({quote(literal, safe='')})")
    assert (row["WORD"], row["NUMBER"]) == (WORDS[number], number)
    by_alias = curator.json(f"WORD(@k)?@k={quote(literal, safe='')}")
    assert by_alias["NUMBER"] == number
    assert curator.get(f"WORD({quote(literal, safe='')})/NUMBER/$value").text == str(number)


def test_the_address_that_a_row_says_it_has_leads_to_it(curator: Person) -> None:
    full = "application/json;odata.metadata=full"
    for name in ("WORD", "READING", "RAW", "BY_ROOM"):
        for row in curator.json(name, Accept=full)["value"]:
            again = curator.json(row["@odata.id"], Accept=full)
            del again["@odata.context"], again["@odata.metadataEtag"]
            assert again == row


@pytest.mark.parametrize(
    "key",
    [
        "(1)",
        "(ID=1)",
        "('1')",
        "(ID='1')",
        "( 1 )",
        "(@a)?@a=1",
        "(ID=@a)?@a=1",
        "(%31)",
        "(1)?$select=ID,TITLE",
        "(1L)",
        "(1.0)",
    ],
)
def test_a_number_is_a_key_in_all_forms(curator: Person, key: str) -> None:
    assert curator.json(f"WORK{key}")["TITLE"] == "Work 1"


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("()", 400),
        ("(1", 400),
        ("(1,2)", 400),
        ("(NOPE=1)", 400),
        ("(ID=1,ID=1)", 400),
        ("(ID=1,TITLE='x')", 400),
        ("('x')", 400),
        ("(null)", 400),
        ("(ID)", 400),
        ("(1 eq 1)", 400),
        ("(1) or (1)", 400),
        ("(@a)", 400),
        ("(@a)?@a=", 400),
        ("(@a)?@a=TITLE", 400),
        ("('1)", 400),
        ("(%ff)", 400),
        ("(2020-01-01)", 400),
        ("(99999999999999999999999)", 404),
        ("(1.5)", 404),
        ("(-1)", 404),
        ("(0)", 404),
    ],
)
def test_what_is_no_key_is_refused_and_what_leads_nowhere_is_not_found(
    curator: Person, key: str, status: int
) -> None:
    assert curator.error(f"WORK{key}")[0] == status


def test_a_key_of_two_parts_is_named_in_any_order_and_keeps_the_seventh_digit(curator: Person) -> None:
    """Group 5.4.25: the driver gives six digits."""
    for digit in range(5):
        moment = f"2026-01-01T00:00:00.000000{digit}Z"
        row = curator.json(f"READING(TAKEN={moment},ROOM='a''b')")
        assert (row["TAKEN"], row["DEGREES"]) == (moment, digit + 0.25)
        local = f"2026-01-01T02:00:00.000000{digit}%2B02:00"
        assert curator.json(f"READING(ROOM='B%2F2',TAKEN={local})")["DEGREES"] == digit + 0.25
    assert curator.error("READING(ROOM='a''b')")[0] == 400
    assert curator.error("READING('a''b',2026-01-01T00:00:00Z)")[0] == 400


def test_a_binary_key_is_base64url_in_rows_keys_and_filters(curator: Person) -> None:
    """Group 5.4.28: also where the bytes happen to be text."""
    rows = curator.json("RAW?$orderby=NUMBER")["value"]
    assert [row["ID"] for row in rows] == ["AAECAwQFBgcICQoLDA0ODw", "__4", "dGV4dA"]
    for row in rows:
        assert curator.json(f"RAW('{row['ID']}')") | row == curator.json(f"RAW('{row['ID']}')")
        assert curator.json(f"RAW?$filter=ID%20eq%20'{row['ID']}'")["value"] == [row]
        assert curator.json(f"RAW(binary'{row['ID']}')")["NUMBER"] == row["NUMBER"]
    assert curator.json("RAW(00010203-0405-0607-0809-0a0b0c0d0e0f)")["NUMBER"] == 1
    assert curator.error("RAW('!')")[0] == 400


def test_a_property_is_a_value_with_its_context(curator: Person) -> None:
    assert curator.json("WORK(1)/TITLE") | {"@odata.metadataEtag": ""} == {
        "@odata.context": "../$metadata#WORK(1)/TITLE",
        "@odata.metadataEtag": "",
        "value": "Work 1",
    }
    assert curator.json("WORK(1)/VALUE", Accept="application/json;odata.metadata=none") == {"value": 1000.5}


def test_a_property_that_is_null_has_no_content(curator: Person) -> None:
    for path in ("WORK(7)/VALUE", "WORK(7)/VALUE/$value", "WORK(7)/NOTE", "WORK(7)/PICTURE/$value"):
        answer = curator.get(path)
        assert (answer.status_code, answer.data) == (204, b""), path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ID", "1"),
        ("BIG", "9223372036854775807"),
        ("EXACT", "9999999999999999999999999999.0123456789"),
        ("FLOATING", "1000000000000000000000000000000"),
        ("SINGLE", "0.1"),
        ("DOUBLED", "1e+300"),
        ("NAME", "it's"),
        ("DAY", "0001-01-01"),
        ("CLOCK", "23:59:59"),
        ("SECONDS", "2020-02-29T12:30:45Z"),
        ("MOMENT", "9999-12-31T23:59:59.9999999Z"),
        ("FLAG", "true"),
    ],
)
def test_a_value_by_itself_is_its_plain_text(curator: Person, name: str, text: str) -> None:
    answer = curator.get(f"SPECIMEN(1)/{name}/$value")
    assert (answer.text, answer.content_type) == (text, "text/plain;charset=utf-8")


def test_a_binary_value_by_itself_is_its_bytes(curator: Person) -> None:
    answer = curator.get("SPECIMEN(1)/BYTES/$value")
    assert (answer.data, answer.content_type) == (b"\x00\xff", "application/octet-stream")


@pytest.mark.parametrize(
    "path",
    [
        "NOPE",
        "NOPE(1)",
        "work",
        "WORK(1)/NOPE",
        "WORK(1)/title",
        "WORK(1)/TITLE/NOPE",
        "WORK(1)/TITLE/$value/x",
        "WORK(1)/$value",
        "WORK/TITLE",
        "WORK/1",
        "WORK/",
        "WORK//",
        "/WORK",
        "$nope",
        "$metadata/WORK",
        "WORK%28",
        "WORK%2F$count",
        "..%2FWORK",
        "%00",
        "a%0Ab",
    ],
)
def test_a_path_to_nothing_is_not_found(curator: Person, path: str) -> None:
    assert curator.error(path)[0] in (400, 404), path


@pytest.mark.parametrize(
    "path",
    ["$all", "$crossjoin(WORK,WORD)", "$entity?$id=WORK(1)", "WORK/$ref", "WORK(1)/$ref", "WORK/$each"],
)
def test_what_odata_has_and_this_service_has_not_is_501(curator: Person, path: str) -> None:
    assert curator.error(path)[0] == 501


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["", "$metadata", "WORK", "WORK(1)", "WORK(1)/TITLE", "WORK/$count", "NOPE"])
def test_nothing_can_be_written(curator: Person, method: str, path: str) -> None:
    answer = curator.ask(method, path, "{}", Content_Type="application/json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.get_json()["error"]["code"] == "method-refused"
