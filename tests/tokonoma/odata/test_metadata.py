"""The service document and `$metadata`: what they say, to whom, and in which format."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.tokonoma.odata.conftest import Person

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
FOR_CURATOR = [
    "BY_ROOM",
    "LARGE",
    "MOVING",
    "RAW",
    "READING",
    "SECRET",
    "SPECIMEN",
    "WORD",
    "WORK",
    "odd_x002F_table",
]
FOR_VIEWER = ["BY_ROOM", "RAW", "READING", "WORD", "WORK", "odd_x002F_table"]


def xml(person: Person, **headers: str) -> ElementTree.Element:
    answer = person.get("$metadata", **headers)
    assert answer.content_type == "application/xml"
    return ElementTree.fromstring(answer.text)  # noqa: S314 - our own document


def csdl(person: Person, **headers: str) -> dict[str, Any]:
    document: dict[str, Any] = person.json("$metadata?$format=json", **headers)
    return document


def sets(document: ElementTree.Element) -> dict[str, str]:
    return {each.attrib["Name"]: each.attrib["EntityType"] for each in document.iter(f"{EDM}EntitySet")}


def test_the_service_document_names_what_the_caller_may_see_and_no_more(
    curator: Person, viewer: Person, nobody: Person
) -> None:
    """Group 5.1.6: what has no key, or whose key is withheld, is no entity set."""
    for person, names in ((curator, FOR_CURATOR), (viewer, FOR_VIEWER), (nobody, [])):
        document = person.json("")
        assert document["@odata.context"] == "$metadata"
        assert [each["name"] for each in document["value"]] == names
        assert [each["url"] for each in document["value"]] == names
        assert {each["kind"] for each in document["value"]} <= {"EntitySet"}
    assert {each["name"]: each["title"] for each in curator.json("")["value"]}["WORK"] == "Works"


def test_the_service_root_without_its_slash_leads_to_the_same_addresses(curator: Person) -> None:
    answer = curator.client.get("/odata", headers={"Authorization": f"Bearer {curator.token}"})
    assert answer.get_json()["@odata.context"] == "odata/$metadata"
    assert curator.ask("HEAD", "").status_code == 200
    assert curator.ask("HEAD", "").data == b""


def test_metadata_are_filtered_for_the_caller(curator: Person, viewer: Person, nobody: Person) -> None:
    for person, names in ((curator, FOR_CURATOR), (viewer, FOR_VIEWER), (nobody, [])):
        assert sets(xml(person)) == {name: f"Tokonoma.{name}_Type" for name in names} | (
            {"odd_x002F_table": "Tokonoma.odd_x002F_table_Type"} if names else {}
        )
        document = csdl(person)
        container = document["Tokonoma"]["Container"]
        assert [
            name for name, each in container.items() if isinstance(each, dict) and "$Type" in each
        ] == names
    for text in (viewer.get("$metadata").text, viewer.get("$metadata?$format=json").text):
        assert "VALUE" not in text.replace("$value", "")
        assert "SECRET" not in text


@pytest.mark.parametrize("form", ["xml", "json"])
def test_types_facets_and_keys_are_hanas(curator: Person, form: str) -> None:
    expected: dict[str, tuple[str, dict[str, object]]] = {
        "ID": ("Int32", {"Nullable": False}),
        "TINY": ("Byte", {}),
        "SMALL": ("Int16", {}),
        "BIG": ("Int64", {}),
        "PRICE": ("Decimal", {"Precision": 10, "Scale": 2}),
        "EXACT": ("Decimal", {"Precision": 38, "Scale": 10}),
        "FLOATING": ("Decimal", {"Scale": "variable"}),
        "SHORT": ("Decimal", {"Scale": "variable"}),
        "SINGLE": ("Single", {}),
        "DOUBLED": ("Double", {}),
        "NAME": ("String", {"MaxLength": 20}),
        "CODE": ("String", {"MaxLength": 10}),
        "BYTES": ("Binary", {"MaxLength": 16}),
        "DAY": ("Date", {}),
        "CLOCK": ("TimeOfDay", {}),
        "SECONDS": ("DateTimeOffset", {"Precision": 0}),
        "MOMENT": ("DateTimeOffset", {"Precision": 7}),
        "FLAG": ("Boolean", {}),
        "NOTE": ("Stream", {}),
        "PLAIN": ("Stream", {}),
        "FILE": ("Stream", {}),
    }
    found: dict[str, tuple[str, dict[str, object]]] = {}
    if form == "xml":
        [kind] = [
            each for each in xml(curator).iter(f"{EDM}EntityType") if each.attrib["Name"] == "SPECIMEN_Type"
        ]
        assert [each.attrib["Name"] for each in kind.iter(f"{EDM}PropertyRef")] == ["ID"]
        for each in kind.iter(f"{EDM}Property"):
            facets: dict[str, object] = {
                name: int(value) if value.isdigit() else value == "true" if name == "Nullable" else value
                for name, value in each.attrib.items()
                if name not in ("Name", "Type")
            }
            found[each.attrib["Name"]] = each.attrib["Type"].removeprefix("Edm."), facets
    else:
        kind_json = csdl(curator)["Tokonoma"]["SPECIMEN_Type"]
        assert (kind_json["$Kind"], kind_json["$Key"]) == ("EntityType", ["ID"])
        for name, one in kind_json.items():
            if not name.startswith(("$", "@")):
                facets = {
                    facet: one[f"${facet}"]
                    for facet in ("MaxLength", "Precision", "Scale")
                    if f"${facet}" in one
                }
                # What is not said is never null and of a variable scale in JSON; in XML it may be null, and
                # its scale is 0 (CSDL 4.01, 7.2.1 and 7.2.4).
                if one.get("$Type") == "Edm.Decimal":
                    facets.setdefault("Scale", "variable")
                if not one.get("$Nullable"):
                    facets["Nullable"] = False
                found[name] = one.get("$Type", "Edm.String").removeprefix("Edm."), facets
    assert found == expected


def test_labels_and_what_tools_show_first_are_there(viewer: Person) -> None:
    kind = csdl(viewer)["Tokonoma"]["WORK_Type"]
    assert kind["@Common.Label"] == "Works"
    assert kind["@Core.Description"] == "Works of art"
    assert kind["TITLE"]["@Common.Label"] == "Title"
    assert kind["ROOM_ID"]["@Common.Label"] == "ROOM_ID"
    assert kind["PICTURE"]["@Core.MediaType"] == "application/octet-stream"
    assert [each["Value"]["$Path"] for each in kind["@UI.LineItem"]] == ["ID", "ROOM_ID", "TITLE", "MADE"]
    assert kind["@UI.SelectionFields"] == ["TITLE", "MADE", "ID", "ROOM_ID"]
    assert kind["@UI.HeaderInfo"]["Title"]["Value"] == {"$Path": "TITLE"}
    odd = csdl(viewer)["Tokonoma"]["odd_x002F_table_Type"]
    assert odd["@Core.LongDescription"] == "In HANA: odd/table"
    assert odd["_x002F_BIC_x002F_AFOO"]["@Core.Description"] == "In HANA: /BIC/AFOO"


def test_what_cannot_be_asked_is_said_beforehand(curator: Person) -> None:
    container = csdl(curator)["Tokonoma"]["Container"]
    work = container["WORK"]
    assert work["@Capabilities.InsertRestrictions"] == {"Insertable": False}
    assert work["@Capabilities.SearchRestrictions"] == {"Searchable": False}
    assert work["@Capabilities.SortRestrictions"] == {"NonSortableProperties": ["NOTE", "PICTURE"]}
    assert work["@Capabilities.FilterRestrictions"] == {"NonFilterableProperties": ["PICTURE"]}
    assert container["@Capabilities.ConformanceLevel"] == "Intermediate"
    assert container["@Core.ODataVersions"] == "4.0 4.01"
    for function in container["@Capabilities.FilterFunctions"]:
        answer = curator.get(f"WORK?$filter={function}(")
        assert "is not supported" not in answer.text, function
        assert "no function" not in answer.text, function
    newer = csdl(curator, OData_MaxVersion="4.01")["Tokonoma"]["Container"]
    assert newer["@Capabilities.ConformanceLevel"] == "Minimal"


def test_no_type_has_a_property_of_its_own_name(viewer: Person) -> None:
    """CSDL 4.01, 6: the table has a column of the name that its type would have."""
    for name, each in csdl(viewer)["Tokonoma"].items():
        if isinstance(each, dict) and each.get("$Kind") == "EntityType":
            assert name not in each


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "xml"),
        ("*/*", "xml"),
        ("application/xml", "xml"),
        ("text/html, */*;q=0.1", "xml"),
        ("application/json", "json"),
        ("application/json;odata.metadata=minimal;IEEE754Compatible=true", "json"),
        ("application/xml;q=0.5, application/json", "json"),
    ],
)
def test_metadata_are_xml_unless_json_is_asked_for(curator: Person, accept: str, kind: str) -> None:
    answer = curator.get("$metadata", **({"Accept": accept} if accept else {}))
    assert answer.content_type.partition(";")[0] == f"application/{kind}"


@pytest.mark.parametrize("query", ["", "?$format=json"])
@pytest.mark.parametrize(("most", "version"), [("4.0", "4.0"), ("4.01", "4.01")])
def test_metadata_are_of_the_negotiated_version(curator: Person, query: str, most: str, version: str) -> None:
    answer = curator.get(f"$metadata{query}", OData_MaxVersion=most)
    assert answer.headers.get_all("OData-Version") == [version]
    if query:
        assert answer.get_json()["$Version"] == version
    else:
        assert ElementTree.fromstring(answer.text).attrib["Version"] == version  # noqa: S314


def test_metadata_that_are_known_are_not_sent_again(curator: Person, viewer: Person) -> None:
    """Group 5.1.6: each set of roles has an ETag of its own."""
    etag = curator.get("$metadata").headers["ETag"]
    again = curator.get("$metadata", If_None_Match=f'"other", {etag}')
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert viewer.get("$metadata", If_None_Match=etag).status_code == 200
    assert curator.get("$metadata", If_None_Match="*").status_code == 304
    assert curator.json("WORK?$top=1")["@odata.metadataEtag"] == etag


def test_comments_with_any_character_make_well_formed_metadata() -> None:
    from tokonoma.data.columns import Column, Table
    from tokonoma.data.policy.access import Shown
    from tokonoma.odata import csdl_json, csdl_xml
    from tokonoma.odata.model import Model

    ugly = "<&>\"'\x00\x0b\ud800\ufffe]]>\n"
    column = Column("K", "INTEGER", nullable=False, comment=ugly)
    table = Table("S", "T", "TABLE", (column,), ("K",), comment=ugly)
    shown = Shown("T", ugly, table, {"K": column}, None, "", "r", 1, 100, None, "f")
    document = ElementTree.fromstring(csdl_xml.write(Model({"T": shown}), "4.0").decode())  # noqa: S314
    labels = [
        each.attrib["String"] for each in document.iter(f"{EDM}Annotation") if "Label" in each.attrib["Term"]
    ]
    assert labels
    assert all(label.startswith("<&>\"'\ufffd\ufffd") for label in labels)
    assert csdl_json.write(Model({"T": shown}), "4.0").startswith(b"{")
