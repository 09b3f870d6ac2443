"""Exports, by the app: what is in them, who gets them, and what is refused before the first byte."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.views.exports.conftest import CAP, TEXTS
from tokonoma.data.export import FORMULA_STARTS

Headers = dict[str, str]
SMALL = "SPECIMEN.csv?$orderby=ID&$select=ID,TINY,SMALL,BIG,PRICE,EXACT,FLOATING,SHORT,SINGLE,DOUBLED"
OTHERS = "SPECIMEN.csv?$select=ID,NAME,CODE,BYTES,DAY,CLOCK,SECONDS,MOMENT,FLAG"


def get(client: FlaskClient, path: str, headers: Headers, method: str = "GET") -> TestResponse:
    return client.open(f"/data/{path}", method=method, headers=headers)


def text(client: FlaskClient, path: str, headers: Headers) -> str:
    answer = get(client, path, headers)
    assert answer.status_code == 200, answer.text
    return answer.get_data(as_text=True)


def rows(client: FlaskClient, path: str, headers: Headers) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text(client, path, headers), newline="")))


def records(client: FlaskClient, path: str, headers: Headers) -> list[dict[str, Any]]:
    *lines, end = text(client, path, headers).split("\n")
    assert end == ""
    return [json.loads(line, parse_float=Decimal) for line in lines]


def problem(client: FlaskClient, path: str, headers: Headers) -> tuple[int, str, str]:
    answer = get(client, path, headers)
    assert answer.content_type == "application/problem+json", answer.text
    document = answer.get_json()
    return answer.status_code, document["type"].rpartition(":")[2], document["detail"]


# What is in them ---------------------------------------------------------------------------------


def test_numbers_are_written_exactly_and_without_exponents(client: FlaskClient, curator: Headers) -> None:
    """Groups 22 and 37: the largest and smallest of each type; null is nothing."""
    assert text(client, SMALL, curator) == (
        "ID,TINY,SMALL,BIG,PRICE,EXACT,FLOATING,SHORT,SINGLE,DOUBLED\r\n"
        "1,255,-32768,9223372036854775807,0.5,9999999999999999999999999999.0123456789,"
        "1000000000000000000000000000000,1.5,0.1,1e+300\r\n"
        "2,0,0,-9223372036854775808,-0.01,0.0000000001,0,0,-0.0,0.1\r\n"
        "3,,,,,,,,,\r\n"
    )


def test_texts_stand_in_quotes_and_times_are_iso_8601(client: FlaskClient, curator: Headers) -> None:
    """Groups 24, 25, 28 and 37: seven digits, the first and the last day, hexadecimal bytes, booleans."""
    assert text(client, OTHERS, curator) == (
        "ID,NAME,CODE,BYTES,DAY,CLOCK,SECONDS,MOMENT,FLAG\r\n"
        '1,"it\'s","abc",00FF,0001-01-01,23:59:59,2020-02-29T12:30:45Z,9999-12-31T23:59:59.9999999Z,true\r\n'
        '2,"","",,9999-12-31,00:00:00,0001-01-01T00:00:00Z,2026-01-02T03:04:05.0000001Z,false\r\n'
        "3,,,,,,,,\r\n"
    )


def test_json_lines_have_the_same_values(client: FlaskClient, curator: Headers) -> None:
    first, second, third = records(client, "SPECIMEN.jsonl", curator)
    expected = {
        "ID": 1,
        "TINY": 255,
        "SMALL": -32768,
        "BIG": 2**63 - 1,
        "PRICE": Decimal("0.5"),
        "EXACT": Decimal("9999999999999999999999999999.0123456789"),
        "FLOATING": 10**30,
        "SHORT": Decimal("1.5"),
        "SINGLE": Decimal("0.1"),
        "DOUBLED": Decimal("1e300"),
        "NAME": "it's",
        "CODE": "abc",
        "BYTES": "00FF",
        "DAY": "0001-01-01",
        "CLOCK": "23:59:59",
        "SECONDS": "2020-02-29T12:30:45Z",
        "MOMENT": "9999-12-31T23:59:59.9999999Z",
        "FLAG": True,
    }
    assert first == expected
    assert list(first) == list(expected)
    assert second["EXACT"] == Decimal("0.0000000001")
    assert second["MOMENT"] == "2026-01-02T03:04:05.0000001Z"
    assert (second["NAME"], second["FLAG"], second["BIG"]) == ("", False, -(2**63))
    assert set(third.values()) == {3, None}


def test_every_text_comes_back_as_it_is(client: FlaskClient, curator: Headers) -> None:
    """Groups 26 and 37, in both formats."""
    assert [row[1] for row in rows(client, "TEXTS.csv", curator)[1:-1]] == list(TEXTS)
    found = [record["TEXT"] for record in records(client, "TEXTS.jsonl", curator)]
    assert found == [*TEXTS, None]


def test_an_empty_text_is_told_from_null_and_from_the_word(client: FlaskClient, curator: Headers) -> None:
    written = text(client, "TEXTS.csv", curator).split("\r\n")
    assert written[1] == '0,"",0'
    assert '2,"NULL",-2' in written
    assert written[-2:] == [f"{len(TEXTS)},,", ""]


def test_the_excel_profile_disarms_texts_and_leaves_numbers_alone(
    client: FlaskClient, curator: Headers
) -> None:
    """Group 37: the byte order mark there only, and once."""
    answer = get(client, "TEXTS.csv?for=excel", curator)
    assert answer.data.startswith("\ufeffID,TEXT,NUMBER\r\n".encode())
    found = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))[1:-1]
    for (_, cell, number), original in zip(found, TEXTS, strict=True):
        is_dangerous = original[:1] in FORMULA_STARTS
        assert cell == (f"'{original}" if is_dangerous else original)
        assert number == "0" or re.fullmatch(r"-\d+", number)
    assert sum(cell.startswith("'") for _, cell, _ in found) == 10
    assert not get(client, "TEXTS.csv", curator).data.startswith("\ufeff".encode())


@pytest.mark.parametrize("options", ["$filter=ID%20lt%200", "$top=0", "$skip=1000"])
def test_without_rows_there_is_the_header_alone(client: FlaskClient, curator: Headers, options: str) -> None:
    assert text(client, f"FEW.csv?{options}", curator) == "ID,ROOM,WORTH\r\n"
    assert text(client, f"FEW.jsonl?{options}", curator) == ""


# Options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$filter=ID%20le%203%20and%20ROOM%20gt%201&$select=ID", "2 3"),
        ("filter=ID le 3&orderby=ID desc&select=ID", "3 2 1 0"),
        ("$filter=ID in (@a,@b)&@a=4&@b=@c&@c=7&$select=ID", "4 7"),
        ("$orderby=ROOM desc,ID&$top=3&$skip=1&$select=ID", "9 14 19"),
        ("$select=ID&$top=2", "0 1"),
        ("$select=ID,ID&$top=1", "0"),
    ],
)
def test_the_options_are_those_of_odata(
    client: FlaskClient, curator: Headers, options: str, expected: str
) -> None:
    separator = "" if "top" in options else f"&$top={CAP}"
    header, *found = rows(client, f"FEW.csv?{options}{separator}".replace(" ", "%20"), curator)
    assert header == ["ID"]
    assert " ".join(row[0] for row in found) == expected


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ("$filter=ID eq", 400, "$filter, character 6"),
        ("$filter=NOPE eq 1", 400, "$filter, character 1"),
        ("$filter=", 400, "$filter, character 1: it is empty"),
        ("$orderby=NOPE", 400, "$orderby, character 1"),
        ("$select=NOPE", 400, "$select, character 1"),
        ("$top=-1", 400, "$top"),
        ("$top=x", 400, "$top"),
        ("$skip=1.5", 400, "$skip"),
        ("$filter=ID eq 1&$filter=ID eq 2", 400, "there twice"),
        ("$count=true", 400, "$count"),
        ("$format=json", 400, "$format"),
        ("$skiptoken=abc", 400, "$skiptoken"),
        ("$nope=1", 400, "$nope"),
        ("nope=1", 400, "nope"),
        ("for=word", 400, "excel is expected"),
        ("For=excel", 400, "there is no such option"),
        ("$expand=X", 501, "$expand"),
        ("$search=x", 501, "$search"),
        ("$apply=aggregate(ID)", 501, "$apply"),
        ("$filter=%ff", 400, "UTF-8"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_wrong_with_the_options_is_told_with_its_place(
    client: FlaskClient, curator: Headers, options: str, status: int, words: str, method: str
) -> None:
    path = f"SPECIMEN.csv?{options.replace(' ', '%20')}"
    answer = get(client, path, curator, method)
    assert answer.status_code == status
    assert "Content-Disposition" not in answer.headers
    if method == "GET":
        assert words in problem(client, path, curator)[2]


def test_the_excel_profile_is_one_of_csv(client: FlaskClient, curator: Headers) -> None:
    assert problem(client, "TEXTS.jsonl?for=excel", curator)[0] == 400


def test_large_values_stay_out_and_are_refused_by_name(client: FlaskClient, curator: Headers) -> None:
    """Group 27."""
    for ending in ("csv", "jsonl"):
        for options in ("", "?$select=*"):
            found = text(client, f"SPECIMEN.{ending}{options}", curator)
            assert "NAME" in found
            assert "NOTE" not in found
        for name in ("NOTE", "PLAIN", "FILE"):
            path = f"SPECIMEN.{ending}?$select=ID,{name}"
            status, kind, detail = problem(client, path, curator)
            assert (status, kind) == (501, "query-unsupported")
            assert name in detail
        assert problem(client, f"NOTES.{ending}", curator)[:2] == (501, "query-unsupported")
    # They may be asked about.
    assert rows(client, "SPECIMEN.csv?$filter=contains(PLAIN,'plain')&$select=ID", curator) == [["ID"], ["1"]]


# Who gets what -----------------------------------------------------------------------------------


def test_unknown_and_forbidden_objects_are_the_same(
    client: FlaskClient, curator: Headers, viewer: Headers, nobody: Headers
) -> None:
    unknown = problem(client, "NOWHERE.csv", curator)
    assert unknown[:2] == (404, "unknown-object")
    for who, name in ((viewer, "ROCK"), (nobody, "ROCK"), (nobody, "FEW"), (curator, "DIGIT")):
        for path in (f"{name}.csv", f"{name}.jsonl", f"{name}.csv?$filter=)", f"{name}.csv?for=x"):
            assert problem(client, path, who) == unknown
            assert get(client, path, who, "HEAD").status_code == 404


def test_a_viewer_gets_rows_and_columns_of_the_grant_alone(client: FlaskClient, viewer: Headers) -> None:
    found = rows(client, "FEW.csv", viewer)
    assert found[0] == ["ID", "ROOM"]
    assert {row[1] for row in found[1:]} == {"1"}
    assert len(found) == 11
    assert all(list(each) == ["ID", "ROOM"] for each in records(client, "FEW.jsonl", viewer))


@pytest.mark.parametrize("option", ["$select={}", "$orderby={}", "$filter={}%20gt%200"])
def test_a_withheld_column_is_an_unknown_one(client: FlaskClient, viewer: Headers, option: str) -> None:
    withheld = problem(client, f"FEW.csv?{option.format('WORTH')}", viewer)
    unknown = problem(client, f"FEW.csv?{option.format('WORSE')}", viewer)
    assert withheld[:2] == (400, "query-invalid")
    assert withheld[2].replace("WORTH", "WORSE") == unknown[2]


def test_who_has_no_attributes_gets_no_rows(client: FlaskClient, xsuaa: LocalXsuaa) -> None:
    token = xsuaa.token("bob", scopes=["openid", "$XSAPPNAME.Display"])
    assert text(client, "FEW.csv", {"Authorization": f"Bearer {token}"}) == "ID,ROOM\r\n"


def test_without_a_token_there_is_nothing(client: FlaskClient) -> None:
    for path in ("FEW.csv", "NOWHERE.csv", "FEW.jsonl"):
        assert get(client, path, {}).status_code == 403
        assert get(client, path, {"Authorization": "Bearer x"}).status_code == 401


def test_nothing_but_reading_is_allowed(client: FlaskClient, curator: Headers) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert get(client, "FEW.csv", curator, method).status_code == 405


# The bound of the policy -------------------------------------------------------------------------


def test_more_rows_than_the_policy_allows_are_refused_before_the_first_byte(
    client: FlaskClient, curator: Headers
) -> None:
    for path in ("FEW.csv", "FEW.jsonl", f"FEW.csv?$top={CAP + 1}", "FEW.csv?$filter=ROOM%20gt%201"):
        status, kind, detail = problem(client, path, curator)
        assert (status, kind) == (413, "export-too-large")
        assert f"more than {CAP} rows" in detail


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (f"$top={CAP}", CAP),
        ("$filter=ROOM%20eq%201", 10),
        ("$filter=ROOM%20eq%201&$top=1000", 10),
        ("$skip=30", 20),
        ("$skip=40&$top=100", 10),
    ],
)
def test_what_is_within_the_bound_is_whole(
    client: FlaskClient, curator: Headers, options: str, number: int
) -> None:
    assert len(rows(client, f"FEW.csv?{options}", curator)) == number + 1


# Headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("csv", "text/csv; charset=utf-8; header=present"), ("jsonl", "application/jsonl")],
)
def test_head_says_what_get_would_and_does_not_run_the_query(
    client: FlaskClient, curator: Headers, ending: str, kind: str
) -> None:
    client.get(f"/data/FEW.{ending}?$top=1", headers=curator)
    whole = get(client, f"FEW.{ending}?$top=1", curator)
    head = get(client, f"FEW.{ending}?$top=1", curator, "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Disposition", "Vary", "Cache-Control", "Content-Length"):
        assert head.headers.get(name) == whole.headers.get(name)
    assert head.content_type == kind
    assert head.headers["Content-Disposition"] == f'attachment; filename="FEW.{ending}"'
    assert "hana;" in whole.headers["Server-Timing"]
    assert "hana;" not in head.headers["Server-Timing"]


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("NUL", 'attachment; filename="_NUL.csv"'),
        (
            quote("wörk_x002F_1"),
            "attachment; filename=\"w_rk_x002F_1.csv\"; filename*=UTF-8''w%C3%B6rk_x002F_1.csv",
        ),
    ],
)
def test_a_file_can_be_kept_under_the_name_of_any_table(
    client: FlaskClient, curator: Headers, name: str, disposition: str
) -> None:
    answer = get(client, f"{name}.csv", curator)
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.data == b"ID\r\n"


# What the operator sees --------------------------------------------------------------------------


def counters(client: FlaskClient, headers: Headers) -> dict[str, float]:
    lines = client.get("/metrics", headers=headers).text.splitlines()
    pairs = [
        line.rsplit(" ", 1)
        for line in lines
        if line.startswith(("tokonoma_data", "tokonoma_export", "tokonoma_refusals"))
    ]
    return {name: float(value) for name, value in pairs if "_created" not in name}


def test_rows_bytes_and_ends_are_counted_by_door(
    client: FlaskClient, curator: Headers, alice: Headers
) -> None:
    before = counters(client, alice)
    written = get(client, "FEW.csv?$top=7", curator).data
    get(client, "FEW.jsonl?$top=2", curator)
    get(client, "FEW.csv", curator)
    after = counters(client, alice)
    more = {name: value - before.get(name, 0) for name, value in after.items()}
    assert more['tokonoma_data_rows_total{door="csv"}'] == 7
    assert more['tokonoma_data_bytes_total{door="csv"}'] == len(written)
    assert more['tokonoma_data_rows_total{door="jsonl"}'] == 2
    assert more['tokonoma_exports_total{door="csv",end="whole"}'] == 1


def test_the_counters_know_the_route_and_no_name(
    client: FlaskClient, curator: Headers, alice: Headers
) -> None:
    get(client, "FEW.csv?$filter=ID%20eq%201&$select=ID", curator)
    shown = client.get("/metrics", headers=alice).text
    assert 'route="/data/<name>.csv"' in shown
    assert "FEW" not in shown
