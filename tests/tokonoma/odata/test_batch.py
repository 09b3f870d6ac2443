"""`$batch`, as multipart and as JSON: reading parts only, each guarded by itself, bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.tokonoma.odata.conftest import Person
from tokonoma.odata import batch

MULTIPART = "multipart/mixed; boundary=batch_id-1"


def ask_multipart(person: Person, *requests: str, **headers: str) -> list[tuple[int, dict[str, str], str]]:
    """Status, header fields and body of each part's answer, as UI5 asks."""
    parts = [
        "--batch_id-1\r\nContent-Type:application/http\r\nContent-Transfer-Encoding:binary\r\n\r\n"
        f"{request}\r\n"
        for request in requests
    ]
    body = "".join(parts) + "--batch_id-1--\r\nGroup ID: $auto\r\n"
    answer = person.ask("POST", "$batch", body, Content_Type=MULTIPART, **headers)
    assert answer.status_code == 200, answer.text
    return parts_of(answer)


def parts_of(answer: TestResponse) -> list[tuple[int, dict[str, str], str]]:
    kind, _, boundary = answer.content_type.partition(";boundary=")
    assert kind == "multipart/mixed"
    assert answer.text.endswith(f"--{boundary}--\r\n")
    found = []
    for part in answer.text.split(f"--{boundary}\r\n")[1:]:
        outer, inner, body = part.partition(f"--{boundary}--")[0].removesuffix("\r\n").split("\r\n\r\n", 2)
        assert "Content-Type: application/http" in outer
        line, *fields = inner.split("\r\n")
        pairs = dict(field.split(": ", 1) for field in fields)
        assert len(body.encode()) == int(pairs["Content-Length"])
        found.append((int(line.split()[1]), pairs, body))
    return found


def get(address: str, **headers: str) -> str:
    fields = "".join(f"{name.replace('_', '-')}:{value}\r\n" for name, value in headers.items())
    return f"GET {address} HTTP/1.1\r\n{fields}\r\n"


def ask_json(person: Person, *requests: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    answer = person.ask(
        "POST", "$batch", json.dumps({"requests": requests}), Content_Type="application/json", **headers
    )
    assert answer.status_code == 200, answer.text
    responses: list[dict[str, Any]] = answer.get_json()["responses"]
    return responses


def read(identity: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "method": "get", "url": url, **more}


def test_each_part_is_answered_as_it_would_be_by_itself(curator: Person) -> None:
    addresses = ("WORK?$top=2&$count=true", "WORK(1)", "WORK(7)/VALUE", "WORD('a%2Fb')", "WORK/$count")
    for address, (status, headers, body) in zip(
        addresses, ask_multipart(curator, *map(get, addresses)), strict=True
    ):
        alone = curator.get(address)
        assert (status, body) == (alone.status_code, alone.text)
        assert headers.get("Content-Type") == alone.headers.get("Content-Type")
        assert headers["OData-Version"] == "4.0"


@pytest.mark.parametrize(
    "address",
    [
        "WORK(1)",
        "/odata/WORK(1)",
        "/myapp/odata/WORK(1)",
        "http://somewhere.example/odata/WORK(1)",
        "https://web.example/myapp/odata/WORK(1)#there",
    ],
)
def test_an_address_may_be_relative_or_absolute(curator: Person, address: str) -> None:
    [(status, _, body)] = ask_multipart(curator, get(address))
    assert status == 200
    assert json.loads(body)["ID"] == 1


def test_a_part_has_formats_and_versions_of_its_own(curator: Person) -> None:
    [(_, headers, body)] = ask_multipart(
        curator, get("WORK(1)", Accept="application/json;odata.metadata=none", OData_MaxVersion="4.01")
    )
    assert (headers["OData-Version"], next(iter(json.loads(body)))) == ("4.01", "ID")
    [(_, headers, _)] = ask_multipart(curator, get("WORK(1)"), OData_MaxVersion="4.01")
    assert headers["OData-Version"] == "4.01"


def test_every_part_meets_the_policy(viewer: Person, nobody: Person) -> None:
    """Group 5.1.5: unknown and forbidden are the same inside of a batch too."""
    go_on = {"Prefer": "odata.continue-on-error"}
    answers = ask_multipart(
        viewer, get("SECRET"), get("NOPE"), get("WORK(2)"), get("WORK?$filter=VALUE%20eq%201"), **go_on
    )
    assert [status for status, _, _ in answers] == [404, 404, 404, 400]
    assert len({body for status, _, body in answers if status == 404}) == 1
    [(status, _, _)] = ask_multipart(nobody, get("WORK"))
    assert status == 404
    page = json.loads(ask_multipart(viewer, get("WORK?$top=1000"))[0][2])
    assert {row["ROOM_ID"] for row in page["value"]} == {1, 2}


def test_a_part_cannot_say_that_somebody_else_asks(nobody: Person, curator: Person) -> None:
    """Group 5.1.12."""
    stolen = f"Bearer {curator.token}"
    [(status, _, _)] = ask_multipart(nobody, get("WORK", Authorization=stolen))
    assert status == 404
    [answer] = ask_json(nobody, read("1", "WORK", headers={"Authorization": stolen}))
    assert answer["status"] == 404


def test_without_a_token_there_is_no_batch(curator: Person) -> None:
    answer = curator.client.post("/odata/$batch", data="x", headers={"Content-Type": MULTIPART})
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "login-required"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE", "TRACE"])
def test_a_part_that_would_write_is_refused(curator: Person, method: str) -> None:
    [(status, headers, _)] = ask_multipart(curator, f"{method} WORK(1) HTTP/1.1\r\n\r\n{{}}")
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    [answer] = ask_json(curator, {"id": "1", "method": method, "url": "WORK(1)", "body": {}})
    assert answer["status"] == 405
    [answer] = ask_json(curator, {"id": "1", "method": method, "url": "WORK", "atomicityGroup": "g"})
    assert answer["status"] == 405


def test_a_change_set_is_refused_as_a_whole(curator: Person) -> None:
    inner = "--c\r\nContent-Type: application/http\r\n\r\nPATCH WORK(1) HTTP/1.1\r\n\r\n{}\r\n--c--"
    body = f"--batch_id-1\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n{inner}\r\n--batch_id-1--"
    [(status, _, _)] = parts_of(curator.ask("POST", "$batch", body, Content_Type=MULTIPART))
    assert status == 405


def test_after_an_error_the_rest_is_left_out_unless_the_client_goes_on(curator: Person) -> None:
    """Protocol 4.01, 11.7.2."""
    parts = [get("WORK(1)"), get("NOPE"), get("WORK(2)")]
    assert [status for status, _, _ in ask_multipart(curator, *parts)] == [200, 404]
    for name in ("odata.continue-on-error", "continue-on-error=true"):
        answers = ask_multipart(curator, *parts, Prefer=name)
        assert [status for status, _, _ in answers] == [200, 404, 200]
    requests = [read("1", "NOPE"), read("2", "WORK(1)", dependsOn=["1"]), read("3", "WORK(1)")]
    assert [each["status"] for each in ask_json(curator, *requests)] == [404]
    answers_json = ask_json(curator, *requests, Prefer="continue-on-error")
    assert [each["status"] for each in answers_json] == [404, 424, 200]


def test_json_has_json_in_its_place_and_everything_else_as_text(curator: Person) -> None:
    """JSON Format 4.01, 19."""
    first, count, value, null, bytes_ = ask_json(
        curator,
        read("a", "WORK(1)?$select=ID,VALUE"),
        read("b", "/odata/WORK/$count"),
        read("c", "WORD('ü')/WORD/$value"),
        read("d", "WORK(7)/VALUE"),
        read("e", "RAW('__4')/NUMBER"),
    )
    assert (first["id"], first["status"]) == ("a", 200)
    assert first["headers"]["content-type"] == "application/json;odata.metadata=minimal"
    assert first["body"]["VALUE"] == 1000.5
    assert (count["body"], value["body"]) == ("230", "ü")
    assert (null["status"], "body" in null) == (204, False)
    assert bytes_["body"]["value"] == 2


def test_a_long_query_can_be_a_part(curator: Person) -> None:
    body = "$filter=ID%20lt%203"
    [(status, _, text)] = ask_multipart(
        curator, f"POST WORK/$query HTTP/1.1\r\nContent-Type:text/plain\r\n\r\n{body}"
    )
    assert (status, len(json.loads(text)["value"])) == (200, 2)
    [answer] = ask_json(curator, {"id": "1", "method": "POST", "url": "WORK/$query", "body": body})
    assert len(answer["body"]["value"]) == 2
    [answer] = ask_json(curator, {"id": "1", "method": "POST", "url": "WORK/$query", "body": {"$top": 3}})
    assert (answer["status"], answer["body"]["error"]["code"]) == (400, "request-invalid")


def test_large_values_and_batches_are_no_parts(curator: Person) -> None:
    for address, expected in (("WORK(1)/PICTURE", 413), ("WORK(1)/NOTE/$value", 413)):
        [(status, _, _)] = ask_multipart(curator, get(address))
        assert status == expected
    [(status, _, _)] = ask_multipart(
        curator, "POST $batch HTTP/1.1\r\nContent-Type:application/json\r\n\r\n{}"
    )
    assert status == 400


@pytest.mark.parametrize(
    "request_line",
    [
        "GET WORK",
        "WORK",
        "",
        "GET  WORK HTTP/1.1",
        "GET WORK HTTP/2",
        "GET W\x00RK HTTP/1.1",
        "GET /elsewhere/WORK HTTP/1.1",
        "GET http://host HTTP/1.1",
        "GET " + "x" * 20_000 + " HTTP/1.1",
    ],
)
def test_a_garbled_part_is_an_error_in_its_place(curator: Person, request_line: str) -> None:
    [(status, _, body)] = ask_multipart(curator, f"{request_line}\r\n\r\n")
    assert status in (400, 404)
    assert json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", "x"),
        ("text/plain", "x"),
        ("multipart/mixed", "--x\r\n--x--"),
        ("multipart/mixed;boundary=", "x"),
        ("multipart/mixed;boundary=" + "x" * 100, "x"),
        ("multipart/mixed;boundary=b", ""),
        ("multipart/mixed;boundary=b", "--b\r\nContent-Type: application/http\r\n\r\nGET WORK HTTP/1.1"),
        ("application/json", ""),
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", "null"),
        ("application/json", '{"requests": {}}'),
        ("application/json", '{"requests": [1]}'),
        ("application/json", '{"requests": [{"method": "get", "url": "WORK"}]}'),
        ("application/json", '{"requests": [{"id": 1, "method": "get", "url": "WORK"}]}'),
        (
            "application/json",
            '{"requests": [' + ",".join(['{"id":"1","method":"get","url":"WORK"}'] * 2) + "]}",
        ),
        ("application/json", "[" * 5000),
        ("application/json;charset=utf-16", '{"requests": []}'),
    ],
)
def test_a_garbled_batch_is_400(curator: Person, content_type: str, body: str) -> None:
    answer = curator.ask("POST", "$batch", body, **({"Content_Type": content_type} if content_type else {}))
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    "request_",
    [
        {"id": "1", "url": "WORK"},
        {"id": "1", "method": "get"},
        {"id": "1", "method": 1, "url": "WORK"},
        {"id": "1", "method": "get", "url": "WORK", "headers": []},
        {"id": "1", "method": "get", "url": "WORK", "headers": "x"},
        {"id": "1", "method": "get", "url": "WORK", "dependsOn": "1"},
        {"id": "1", "method": "get", "url": "WORK", "dependsOn": [[]]},
        {"id": "1", "method": "get", "url": "WORK", "if": "$0/x"},
    ],
)
def test_a_garbled_part_in_json_is_an_error_in_its_place(curator: Person, request_: dict[str, Any]) -> None:
    [answer] = ask_json(curator, request_)
    assert answer["status"] == 400


def test_lines_may_end_with_lf_and_a_preamble_is_ignored(curator: Person) -> None:
    part = "Content-Type: application/http\nContent-ID: 7\n\nGET WORK(1) HTTP/1.1\nAccept: */*\n\n\n"
    body = f"preamble\n--b\n{part}--b--"
    answer = curator.ask("POST", "$batch", body, Content_Type='multipart/mixed; boundary="b"')
    [(status, _, _)] = parts_of(answer)
    assert status == 200
    assert "Content-ID: 7" in answer.text


def test_a_batch_is_bounded_in_number_size_and_time(curator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    too_many = [get("WORK(1)")] * (batch.MOST_PARTS + 1)
    parts = "".join(f"--b\r\nContent-Type: application/http\r\n\r\n{part}\r\n" for part in too_many)
    answer = curator.ask("POST", "$batch", f"{parts}--b--", Content_Type="multipart/mixed;boundary=b")
    assert answer.status_code == 413
    assert curator.ask("POST", "$batch", "x" * 70_000, Content_Type=MULTIPART).status_code == 413
    go_on = {"Prefer": "continue-on-error"}
    monkeypatch.setattr(batch, "MOST_BYTES", 1000)
    statuses = [status for status, _, _ in ask_multipart(curator, *[get("WORK?$top=9")] * 4, **go_on)]
    assert statuses == [200, 200, 413, 413]
    monkeypatch.undo()
    monkeypatch.setattr(batch, "MOST_SECONDS", -1.0)
    assert [status for status, _, _ in ask_multipart(curator, get("WORK(1)"))] == [413]


def test_a_batch_is_asked_by_post(curator: Person) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = curator.ask(method, "$batch")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_nothing_a_client_says_becomes_a_header_of_the_answer(curator: Person) -> None:
    """A Content-ID with a line break would begin a header field of its own."""
    [(_, headers, _)] = ask_multipart(curator, get("WORK(1)"))
    assert "X-Evil" not in headers
    part = "Content-Type: application/http\r\nContent-ID: 1\x0bX-Evil: 1\r\n\r\nGET WORK(1) HTTP/1.1\r\n\r\n"
    body = f"--b\r\n{part}--b--"
    answer = curator.ask("POST", "$batch", body, Content_Type="multipart/mixed;boundary=b")
    assert "\nX-Evil" not in answer.text.replace("\r", "\n")
