"""Which header fields reach the OData service: those that it reads, and never who asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tokonoma.odata
from tests.test_house import Source, texts_of
from tests.tokonoma.odata.conftest import Person
from tests.tokonoma.odata.test_batch import ask_json, ask_multipart, get, read
from tokonoma.odata.messages import FIELDS, ODataRequest, fields_read
from tokonoma.odata.service import ODataService

FOLDER = Path(tokonoma.odata.__file__).parent
SENT = {
    "Accept": "application/json",
    "If_None_Match": '"1"',
    "OData_MaxVersion": "4.01",
    "OData_Version": "4.0",
    "Prefer": "maxpagesize=2",
    "Cookie": "session=camellia",
    "X_Approuter_Authorization": "Bearer camellia",
    "X_Forwarded_User": "camellia",
    "User_Agent": "camellia/1",
}
READ = {"accept", "if-none-match", "odata-maxversion", "odata-version", "prefer"}


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[ODataRequest]:
    """The requests that the service has got, and answered as always."""
    found: list[ODataRequest] = []
    answer = ODataService.answer

    def answer_and_keep(self: ODataService, caller: Any, request: ODataRequest) -> Any:
        found.append(request)
        return answer(self, caller, request)

    monkeypatch.setattr(ODataService, "answer", answer_and_keep)
    return found


def test_the_service_gets_what_it_reads_and_no_credentials(
    curator: Person, received: list[ODataRequest]
) -> None:
    assert curator.get("WORK?$top=1", **SENT).status_code == 200
    [request] = received
    assert set(request.headers) == READ
    assert curator.token not in repr(request)
    assert "camellia" not in repr(request)


def test_parts_of_a_batch_get_no_credentials_either(curator: Person, received: list[ODataRequest]) -> None:
    """Their own `Authorization` counts for nothing: the batch's caller asks."""
    fields = {**SENT, "Authorization": "Bearer camellia"}
    [(status, _, _)] = ask_multipart(curator, get("WORK?$top=1", **fields))
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    [answer] = ask_json(curator, read("1", "WORK?$top=1", headers=named))
    assert (status, answer["status"]) == (200, 200)
    parts = [request for request in received if request.is_part]
    assert [set(part.headers) for part in parts] == [READ, READ]
    for request in received:
        assert "authorization" not in request.headers
        assert curator.token not in repr(request.headers)
    assert "camellia" not in repr([part.headers for part in parts])


def test_names_of_fields_have_no_case() -> None:
    assert fields_read([("PREFER", "a"), ("accept", "b"), ("Authorization", "c")]) == {
        "prefer": "a",
        "accept": "b",
    }


def test_every_field_that_is_handed_on_is_read() -> None:
    files = [path for path in FOLDER.glob("*.py") if path.name != "messages.py"]
    texts = {text for path in files for text in texts_of(Source(path.stem, path.read_text()).tree)}
    assert FIELDS - texts == set()
