"""Versions, formats and header fields: what is negotiated, and what is refused."""

from __future__ import annotations

import pytest

from tests.tokonoma.odata.conftest import Person
from tokonoma.errors import NotAcceptable
from tokonoma.odata.formats import LONGEST, Format, data_format

EXCEL = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json;odata.metadata=minimal"),
        ("*/*", "application/json;odata.metadata=minimal"),
        ("application/*", "application/json;odata.metadata=minimal"),
        ("application/json", "application/json;odata.metadata=minimal"),
        ("application/json;odata.metadata=none", "application/json;odata.metadata=none"),
        ("application/json;metadata=full", "application/json;odata.metadata=full"),
        ("application/json;ODATA.Metadata=FULL", "application/json;odata.metadata=full"),
        ("application/json;charset=utf-8", "application/json;odata.metadata=minimal;charset=utf-8"),
        (
            "application/json;odata.metadata=minimal;IEEE754Compatible=true",
            "application/json;odata.metadata=minimal;IEEE754Compatible=true",
        ),
        (
            "application/json;odata.streaming=true",
            "application/json;odata.metadata=minimal;odata.streaming=true",
        ),
        ("application/json;odd=1, application/json;q=0.1", "application/json;odata.metadata=minimal"),
        ("application/xml, */*;q=0.1", "application/json;odata.metadata=minimal"),
        (EXCEL, "application/json;odata.metadata=minimal"),
        ("x" * LONGEST * 2, "application/json;odata.metadata=minimal"),
    ],
)
def test_the_format_is_what_the_client_likes_best(curator: Person, accept: str, content_type: str) -> None:
    """Group 5.8.39: exactly so, and with a charset only for who asks for one."""
    for path in ("", "WORK?$top=1", "WORK(1)", "WORK(1)/TITLE"):
        answer = curator.get(path, **({"Accept": accept} if accept else {}))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type), path


@pytest.mark.parametrize(
    "accept",
    [
        "application/atom+xml",
        "text/html",
        "application/json;odata.metadata=most",
        "application/json;odd=1",
        "application/json;charset=latin-1",
        "application/json;q=0",
        "application/json;IEEE754Compatible=maybe",
        "application/json;q=x",
        ";;;,,,",
        '"',
    ],
)
def test_a_format_that_is_not_there_is_406(curator: Person, accept: str) -> None:
    answer = curator.get("WORK", Accept=accept)
    assert answer.status_code == 406
    assert answer.content_type.startswith("application/json")
    assert "application/json" in answer.get_json()["error"]["message"]


def test_the_option_counts_more_than_the_header(curator: Person) -> None:
    answer = curator.get(
        "WORK?$top=1&$format=application/json;odata.metadata=none", Accept="application/atom+xml"
    )
    assert (answer.status_code, list(answer.get_json())) == (200, ["value"])
    assert curator.get("WORK?$format=json&$top=1", Accept="text/html").status_code == 200
    for wanted in ("xml", "atom", "application/xml", "yaml"):
        assert curator.get(f"WORK?$format={wanted}").status_code == 406
    assert curator.get("$metadata?$format=xml", Accept="application/json").content_type == "application/xml"


@pytest.mark.parametrize(
    ("most", "version"),
    [
        (None, "4.0"),
        ("4.0", "4.0"),
        ("4.0;NetFx", "4.0"),
        ("4.01", "4.01"),
        ("4.02", "4.01"),
        ("5.0", "4.01"),
        ("99.9", "4.01"),
    ],
)
def test_the_version_is_the_highest_that_the_client_takes(
    curator: Person, most: str | None, version: str
) -> None:
    headers = {} if most is None else {"OData_MaxVersion": most}
    answer = curator.get("WORK?$top=1&$count=true", **headers)
    assert answer.headers.get_all("OData-Version") == [version]
    prefix = "@odata." if version == "4.0" else "@"
    assert list(answer.get_json()) == [f"{prefix}context", f"{prefix}metadataEtag", f"{prefix}count", "value"]
    parameter = "odata.metadata" if version == "4.0" else "metadata"
    assert answer.content_type == f"application/json;{parameter}=minimal"


@pytest.mark.parametrize(
    "headers",
    [
        {"OData_MaxVersion": "3.0"},
        {"OData_MaxVersion": "four"},
        {"OData_MaxVersion": ""},
        {"OData_MaxVersion": "4"},
        {"OData_Version": "3.0"},
        {"OData_Version": "5.0"},
    ],
)
def test_a_version_that_is_not_spoken_is_refused(curator: Person, headers: dict[str, str]) -> None:
    assert curator.error("WORK", **headers)[0] == 400


@pytest.mark.parametrize(
    "path",
    ["", "$metadata", "WORK", "WORK(1)", "WORK(7)/VALUE", "WORK/$count", "NOPE", "WORK?$filter=x", "$batch"],
)
def test_every_answer_has_the_header_fields_once(curator: Person, path: str) -> None:
    """Groups 5.8.39 and 5.1.6."""
    answer = curator.get(path)
    for name in ("OData-Version", "Vary", "Cache-Control", "X-Content-Type-Options"):
        assert len(answer.headers.get_all(name)) == 1, name
    assert {"Authorization", "Accept", "OData-MaxVersion"} <= set(answer.headers["Vary"].split(", "))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_snapshot_cannot_be_had(curator: Person) -> None:
    for name in ("Isolation", "OData_Isolation"):
        assert curator.error("WORK", **{name: "snapshot"})[0] == 412


def test_what_ui5_sends_along_does_no_harm(curator: Person) -> None:
    answer = curator.get(
        "WORK?$count=true&$select=ID,TITLE&$orderby=TITLE%20desc&$filter=contains(TITLE,'1')&$skip=0&$top=5",
        Accept="application/json;odata.metadata=minimal;IEEE754Compatible=true",
        Content_Type="application/json;charset=UTF-8;IEEE754Compatible=true",
        OData_MaxVersion="4.0",
        OData_Version="4.0",
        X_CSRF_Token="Fetch",
        Accept_Language="en",
    )
    assert answer.status_code == 200
    assert len(answer.get_json()["value"]) == 5


def test_a_hostile_accept_costs_little_and_says_no() -> None:
    with pytest.raises(NotAcceptable):
        data_format("a/b;" + ";" * 900)
    assert data_format("application/json;" + ";" * 900) == Format()
