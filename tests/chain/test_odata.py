"""OData through the whole chain: the approuter in front, gunicorn behind it, a session and its CSRF rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from tests.chain.conftest import whole_chain
from tests.chain.people import Person
from tests.tokonoma.odata.conftest import LONG_NOTE, POLICY, SCHEMA, WORDS, fill

ROOT = "/myapp/odata/"


@pytest.fixture(scope="module")
def router_port(
    authority: Authority, authority_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """An approuter with a service behind it that has rows to show."""
    folder = tmp_path_factory.mktemp("odata")
    (folder / "policy.toml").write_text(POLICY)
    with LocalHana(authority=authority, schema=SCHEMA) as hana:
        connection = connect(hana.binding(), owner=True)
        fill(connection)
        connection.close()
        extra = {"TOKONOMA_POLICY": str(folder / "policy.toml"), "TOKONOMA_WORKERS": "1"}
        with whole_chain(hana, authority, authority_file, folder, **extra) as port:
            yield port


@pytest.fixture(scope="module")
def alice(router_port: int) -> Iterator[Person]:
    with Person(router_port) as person:
        person.sign_in("alice")
        yield person


def test_the_service_document_and_metadata_come_as_they_are(alice: Person) -> None:
    answer = alice.get(ROOT, Accept="application/json;odata.metadata=minimal")
    assert answer.headers["Content-Type"] == "application/json;odata.metadata=minimal"
    assert answer.headers["OData-Version"] == "4.0"
    assert "WORK" in [each["url"] for each in answer.json()["value"]]
    answer = alice.get(f"{ROOT}$metadata", Accept="*/*")
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize("number", range(len(WORDS)), ids=lambda number: ascii(WORDS[number][:12]))
def test_a_key_of_any_text_gets_through_the_router(alice: Person, number: int) -> None:
    """Group 5.2.13: a %2F stays data."""
    literal = quote("'" + WORDS[number].replace("'", "''") + "'", safe="")
    # The approuter decodes a path until nothing changes, and refuses what it cannot decode once more.
    key = f"({literal})" if WORDS[number] != "100%" else f"(@k)?@k={literal}"
    answer = alice.get(f"{ROOT}WORD{key}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["NUMBER"] == number


def test_next_links_work_behind_the_routers_prefix(alice: Person) -> None:
    """Group 5.2.18: they are relative, so nobody needs to know the prefix."""
    page = alice.get(f"{ROOT}WORK?$orderby=TITLE&$filter=ID%20gt%2050").json()
    seen = [row["ID"] for row in page["value"]]
    while "@odata.nextLink" in page:
        page = alice.get(f"{ROOT}{page['@odata.nextLink']}").json()
        seen += [row["ID"] for row in page["value"]]
    assert sorted(seen) == list(range(51, 231))


def test_a_batch_needs_no_csrf_token(alice: Person) -> None:
    """Group 5.8.40."""
    body = "--b\r\nContent-Type:application/http\r\n\r\nGET WORK(1) HTTP/1.1\r\n\r\n\r\n--b--\r\nepilogue"
    answer = alice.post(f"{ROOT}$batch", body, **{"Content-Type": "multipart/mixed;boundary=b"})
    assert (answer.status_code, '"ID":1' in answer.text) == (200, True)
    requests = {"requests": [{"id": "1", "method": "GET", "url": "/myapp/odata/WORK(1)"}]}
    answer = alice.post(
        f"{ROOT}$batch?sap-client=100", json.dumps(requests), **{"Content-Type": "application/json"}
    )
    assert answer.json()["responses"][0]["body"]["ID"] == 1
    answer = alice.post(f"{ROOT}WORK/$query", "$filter=ID%20eq%203", **{"Content-Type": "text/plain"})
    assert [row["ID"] for row in answer.json()["value"]] == [3]


def test_nothing_else_gets_through_by_post(alice: Person) -> None:
    for path in ("WORK", "WORK(1)", "", "$metadata"):
        assert alice.post(f"{ROOT}{path}", "{}").status_code in (403, 405)


def test_a_large_value_comes_whole(alice: Person) -> None:
    answer = alice.get(f"{ROOT}WORK(1)/NOTE/$value")
    assert answer.content.decode() == LONG_NOTE
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_who_has_no_role_sees_nothing(router_port: int) -> None:
    with Person(router_port) as carol:
        carol.sign_in("carol")
        assert carol.get(ROOT).json()["value"] == []
        assert carol.get(f"{ROOT}WORK").status_code == 404


def test_who_is_not_signed_in_gets_no_row(router_port: int) -> None:
    with Person(router_port) as stranger:
        assert "Work 1" not in stranger.get(f"{ROOT}WORK").text
        answer = stranger.post(f"{ROOT}$batch", "x", **{"Content-Type": "application/json"})
        assert answer.status_code in (302, 401, 403)
