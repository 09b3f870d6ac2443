from __future__ import annotations

import csv
import io
import json

import pytest

from tests.tokonoma.pages.conftest import MARKUP, Visitor

STATE = "ROOM_ID.is=IRIS&YEAR_MADE.from=1900&sort=-HEIGHT,ID&columns=ID,TITLE,VALUE"


def test_the_files_are_precisely_this_view(alice: Visitor) -> None:
    table = alice.see(f"data/WORK?{STATE}&size=250")
    keys = table.all("//tbody/tr/td[1]")
    page = alice.see(f"take/WORK?{STATE}")
    plain, excel, lines = page.all("//a[@download]/@href")
    rows = list(csv.reader(io.StringIO(alice.ask(plain.removeprefix("../")).text)))
    assert rows[0] == ["ID", "TITLE", "VALUE", "CURRENCY"]
    assert [row[0] for row in rows[1:]] == keys
    assert alice.ask(excel.removeprefix("../")).text.startswith("\ufeffID,")
    records = [json.loads(line) for line in alice.ask(lines.removeprefix("../")).text.splitlines()]
    assert [str(record["ID"]) for record in records] == keys


def test_the_table_leads_here_and_back(alice: Visitor) -> None:
    address = alice.see(f"data/WORK?{STATE}&size=25").link("Take away")
    assert address == f"../take/WORK?{STATE}&size=25"
    page = alice.see(address.removeprefix("../"))
    assert page.link("Back to the rows") == f"../data/WORK?{STATE}&size=25"
    assert page.one("//p[@class='sentence']").startswith("All rows with Room")
    assert alice.see("take/WORK", Accept_Language="de").one("//p[@class='sentence']") == "Alle Zeilen"


def test_withheld_columns_are_nowhere(bob: Visitor, carol: Visitor) -> None:
    page = bob.see("take/WORK?VALUE.from=1", 400)
    assert "There is no column “VALUE”." in page.text
    assert "VALUE" not in "".join(page.all("//pre | //a/@href"))
    assert carol.see("take/WORK", 404).one("//main") == carol.see("take/NOPE", 404).one("//main")


def test_the_host_is_the_one_that_was_asked_if_it_is_one(alice: Visitor) -> None:
    told = "//pre[@aria-label='OData']"
    page = alice.see("take/ROOM", Host="myapp.example.org:8443", X_Forwarded_Proto="https")
    assert page.one(told).startswith(
        "https://myapp.example.org:8443/odata/ROOM?$select=ID,NAME".partition("?")[0]
    )
    for host in ("a b", "x'y\"z", "user@host", "host:99999", "<b>"):
        assert alice.see("take/ROOM", Host=host).one(told).startswith("https://myapp.example/odata/"), host
    odd = alice.see("take/ROOM", X_Forwarded_Proto="javascript").one(told)
    assert odd.startswith("https://myapp.example/")


@pytest.mark.parametrize(
    ("forwarded", "service"),
    [
        ("/myapp/take/ROOM?x=1", "/myapp/odata/"),
        ("/service/tokonoma/take/ROOM", "/service/tokonoma/odata/"),
        ("/take/ROOM", "/odata/"),
        ("/elsewhere", "/odata/"),
        ('/"><script>/take/ROOM', "/odata/"),
    ],
)
def test_ui5_is_told_the_path_that_the_browser_sees(alice: Visitor, forwarded: str, service: str) -> None:
    page = alice.see("take/ROOM", X_Forwarded_Path=forwarded)
    assert f'serviceUrl: "{service}"' in page.one("//pre[@aria-label='UI5']")
    assert page.all("//script[not(@src)]") == []


def test_a_view_of_large_values_alone_is_told(alice: Visitor) -> None:
    page = alice.see("take/KINDS?columns=NOTE,FILE", 400)
    assert "All columns of this view are large values" in page.one("//div[@role='alert']")
    assert page.all("//pre") == []


def test_addresses_that_are_too_long_are_told(alice: Visitor) -> None:
    many = "&".join(f"TITLE.contains={'x' * 120}{number}" for number in range(50))
    assert "longer than some servers take" in alice.see(f"take/WORK?{many}", 400).text


def test_markup_is_text(alice: Visitor) -> None:
    page = alice.see("take/HOSTILE")
    assert page.all("//script[not(@src)]") == []
    assert page.one("//h1").startswith("Take away: <script>alert(1)</script>")
    assert MARKUP not in page.one("//title")
