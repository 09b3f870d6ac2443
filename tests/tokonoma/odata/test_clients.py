"""Clients that nobody here wrote, from their registries, at the service on a socket.

python-odata reads `$metadata` and asks by typed queries. @odata/client asks as programs in JavaScript do, by
batch too. odata-csdl reads both forms of the metadata, and @sap-ux/edmx-parser reads them for Fiori's tools.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask
from odata import ODataService
from werkzeug.serving import WSGIRequestHandler, make_server

from localcloud import cloudfoundry
from localcloud.cloudfoundry import PROJECT
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import TOOLS, skip_or_fail
from tests.tokonoma.odata.conftest import WORKS

NODE = PROJECT / "tests" / "node"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """The service root on a socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/odata/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def token(xsuaa: LocalXsuaa) -> str:
    return xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Curate"])


@pytest.fixture(scope="module")
def service(address: str, token: str) -> Iterator[ODataService]:
    """python-odata's view of the service."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        yield ODataService(address, reflect_entities=True, session=session)


Node = Callable[..., Any]


@pytest.fixture(scope="module")
def node(address: str, token: str) -> Node:
    """Runs one of the clients for Node."""

    def node(what: str, version: str = "4.0") -> Any:
        if not (NODE / "node_modules" / "@odata" / "client").exists():
            skip_or_fail("tests/node/node_modules is missing; `make test` installs it")
        run = subprocess.run(
            ["node", "odata.js", what, address, token, version],
            check=False,
            cwd=NODE,
            env=cloudfoundry.process_environment({}, TOOLS),
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return node


def test_python_odata_reflects_the_types(service: ODataService) -> None:
    properties = service.entities["WORK"].__odata_schema__["properties"]
    found = {each["name"]: (each["type"], each["is_primary_key"]) for each in properties}
    assert found == {
        "ID": ("Edm.Int32", True),
        "ROOM_ID": ("Edm.Int32", False),
        "TITLE": ("Edm.String", False),
        "VALUE": ("Edm.Decimal", False),
        "MADE": ("Edm.Date", False),
        "NOTE": ("Edm.Stream", False),
        "PICTURE": ("Edm.Stream", False),
    }


def test_python_odata_filters_orders_and_walks_the_pages(service: ODataService) -> None:
    work = service.entities["WORK"]
    query = service.query(work).filter(work.ID > 20).order_by(work.ID.asc())
    rows = query.all()
    assert [row.ID for row in rows] == list(range(21, WORKS + 1))
    first = rows[0]
    assert (first.TITLE, first.ROOM_ID) == ("Work 21", 2)
    assert str(first.MADE)[:10] == "2020-01-22"
    assert service.query(work).filter(work.ID == 22).first().VALUE in (Decimal("22000.5"), 22000.5)


def test_odata_client_reads_one_row_a_filter_a_page_and_a_count(node: Node) -> None:
    found = node("client")
    assert found["one"]["TITLE"] == "Work 3"
    assert [row["ID"] for row in found["found"]] == [3]
    assert [row["ID"] for row in found["some"]] == [WORKS - 1, WORKS - 2]
    assert found["count"] == WORKS
    first, second = found["batched"]
    assert (first["status"], first["body"]["ID"]) == (200, 1)
    assert (second["status"], len(second["body"]["value"])) == (200, 2)


@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_odata_csdl_finds_the_same_in_both_forms_of_the_metadata(node: Node, version: str) -> None:
    found = node("csdl", version)
    assert found["problems"] == []
    xml = found["fromXml"]
    for target, given in xml["Tokonoma"].pop("$Annotations").items():
        element = xml["Tokonoma"]
        for name in target.removeprefix("Tokonoma.").split("/"):
            element = element[name]
        element.update(given)
    # The converter leaves the form in the addresses of types as it is.
    assert json.dumps(xml, sort_keys=True).replace(".xml#", ".json#") == json.dumps(
        found["json"], sort_keys=True
    )


def test_fiori_tools_find_types_keys_and_annotations(node: Node) -> None:
    schema = node("edmx")
    types = {each["name"]: each for each in schema["entityTypes"]}
    assert [each["name"] for each in types["WORK_Type"]["keys"]] == ["ID"]
    properties = {each["name"]: each["type"] for each in types["WORK_Type"]["entityProperties"]}
    assert properties["VALUE"] == "Edm.Decimal"
    assert {each["name"] for each in schema["entitySets"]} >= {"WORK", "odd_x002F_table"}
    [annotations] = schema["annotations"].values()
    [work] = [each for each in annotations if each["target"] == "Tokonoma.WORK_Type"]
    terms = {each["term"]: each for each in work["annotations"]}
    assert {"com.sap.vocabularies.UI.v1.LineItem", "com.sap.vocabularies.UI.v1.SelectionFields"} <= set(terms)
    [title] = [each for each in annotations if each["target"] == "Tokonoma.WORK_Type/TITLE"]
    assert title["annotations"][0]["value"] == {"type": "String", "String": "Title"}
