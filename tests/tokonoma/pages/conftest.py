"""The museum of db/ with a few hostile neighbours, its policy and more, and its three people."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.app import create_app
from tokonoma.pages import budget

MARKUP = "<script>alert(1)</script>\"'>&{{7*7}}"
"""What must never be more than a text."""
POLICY = """
[objects.HOSTILE]
label = '<script>alert(1)</script>"&'
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.'odd/<b>"table']
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.KINDS]
grants = [{ role = "curator" }, { role = "viewer", columns = ["ID", "TINY"] }]
[objects.NOTHING]
grants = [{ role = "curator" }]
"""
TABLES = (
    'CREATE COLUMN TABLE HOSTILE (ID NVARCHAR(500) PRIMARY KEY, "<i>" NVARCHAR(200) '
    "COMMENT '<script>alert(2)</script>', \"Q\"\"Q\" NVARCHAR(200) COMMENT '\"'' onload=x', AMOUNT "
    "DECIMAL(10,2), CURRENCY NVARCHAR(5))",
    'CREATE COLUMN TABLE "odd/<b>""table" ("a b" INTEGER PRIMARY KEY, "ORDER" NVARCHAR(20))',
    "CREATE COLUMN TABLE KINDS (ID INTEGER PRIMARY KEY, TINY TINYINT, BIG BIGINT, EXACT DECIMAL(38,10), "
    "FLOATING DECIMAL, SINGLE REAL, DOUBLED DOUBLE, NAME NVARCHAR(4000), BYTES VARBINARY(64), DAY DATE, "
    "CLOCK TIME, SECONDS SECONDDATE, MOMENT TIMESTAMP, FLAG BOOLEAN, NOTE NCLOB, FILE BLOB)",
    "CREATE COLUMN TABLE NOTHING (ID INTEGER PRIMARY KEY, "
    + ", ".join(f"C{number} INTEGER" for number in range(2, 101))
    + ")",
)
HOSTILE = tuple(
    (key, MARKUP, "\u202e" + MARKUP, "1234.50", "<b>")
    for key in ("a/b", "it's", "", ".", "..", "~x", "a,b", "%2F", "a b", "ü", "😀", MARKUP, "\\", "x" * 400)
)
KINDS: tuple[tuple[Any, ...], ...] = (
    (
        *(1, 255, 2**63 - 1, "9999999999999999999999999999.0123456789", "1E+30", 0.1, 1e300, "n" * 3000),
        *(b"\x00\xff" * 30, "0001-01-01", "23:59:59", "2020-02-29 12:30:45", "9999-12-31 23:59:59.9999999"),
        *(True, "a note\nwith two lines", b"\x00file"),
    ),
    (
        *(2, 0, -(2**63), "-0.0000000001", "0", -0.5, -0.0, "", b"", "9999-12-31", "00:00:00"),
        *("0001-01-01 00:00:00", "2026-01-02 03:04:05.0000001", False, "", b""),
    ),
    (3, *[None] * 15),
)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages have as much time as this machine takes, so that they are whole on a busy one as well."""
    monkeypatch.setattr(budget, "monotonic", lambda: 0.0)


@pytest.fixture
def hurried(unhurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages have the time that callers give them."""
    monkeypatch.setattr(budget, "monotonic", time.monotonic)


@pytest.fixture(scope="session")
def museum(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA of these tests' own, which they only read."""
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        connection = connect(hana.binding(), owner=True)
        cursor = connection.cursor()
        for table in TABLES:
            cursor.execute(table)
        for table, rows in (("HOSTILE", HOSTILE), ("KINDS", KINDS)):
            places = ", ".join("?" * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", list(rows))
        cursor.execute('INSERT INTO "odd/<b>""table" VALUES (1, \'one\')')
        connection.commit()
        connection.close()
        yield hana


def make_service(hana: LocalHana, xsuaa: LocalXsuaa, authority_file: Path, policy: Path) -> Flask:
    """The service on a local HANA, with a policy file."""
    bindings = {
        "pyhana": ("hana", "hdi-shared", hana.binding()),
        "pyuaa": ("xsuaa", "application", xsuaa.binding()),
    }
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VCAP_SERVICES", cloudfoundry.vcap_services(bindings))
        environment.setenv("VCAP_APPLICATION", json.dumps({"name": "myapp"}))
        environment.setenv("SSL_CERT_FILE", str(authority_file))
        environment.setenv("TOKONOMA_POLICY", str(policy))
        app = create_app()
        # Fetches XSUAA's keys, while its certificate is trusted.
        answer = app.test_client().get("/data/", headers={"Authorization": f"Bearer {xsuaa.token('carol')}"})
        assert answer.status_code == 200, answer.text
    return app


@pytest.fixture(scope="session")
def app(
    museum: LocalHana,
    xsuaa: LocalXsuaa,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Flask:
    """The service on the museum."""
    policy = tmp_path_factory.mktemp("policy") / "policy.toml"
    policy.write_text((PROJECT / "policy.toml").read_text() + POLICY)
    return make_service(museum, xsuaa, authority_file, policy)


class Seen:
    """A page that was answered."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer, self.status, self.text = answer, answer.status_code, answer.text
        self.tree = html.fromstring(answer.text)

    def all(self, path: str) -> list[str]:
        """What an XPath finds, as texts with single blanks."""
        found = self.tree.xpath(path)
        return [" ".join((each if isinstance(each, str) else each.text_content()).split()) for each in found]

    def one(self, path: str) -> str:
        [found] = self.all(path)
        return found

    def link(self, text: str) -> str:
        """Where the link with this text leads."""
        [found] = self.tree.xpath("//a[normalize-space()=$text]/@href", text=text)
        return str(found)


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for pages, with a token."""

    client: FlaskClient
    token: str

    def ask(self, path: str, **headers: str) -> TestResponse:
        """`path` begins behind the service root, and is sent as it is; `A_B` is the header A-B."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Authorization", f"Bearer {self.token}")
        target = f"/{path}"
        return self.client.get(target, headers=fields, environ_overrides={"RAW_URI": target})

    def see(self, path: str, status: int = 200, **headers: str) -> Seen:
        answer = self.ask(path, **headers)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "text/html; charset=utf-8"
        return Seen(answer)


@pytest.fixture
def visitor(client: FlaskClient, xsuaa: LocalXsuaa) -> Callable[..., Visitor]:
    """Makes a visitor with scopes and attributes, and perhaps with another name."""

    def visitor(*scopes: str, name: str = "bob", **attributes: list[str]) -> Visitor:
        granted = ["openid", *(f"$XSAPPNAME.{scope}" for scope in scopes)]
        claims: dict[str, Any] = {"xs.user.attributes": attributes, "user_name": name}
        return Visitor(client, xsuaa.token("bob", scopes=granted, **claims))

    return visitor


@pytest.fixture
def alice(visitor: Callable[..., Visitor]) -> Visitor:
    """Sees everything that the policy names, and how the service is doing."""
    return visitor("Curate", "Operate")


@pytest.fixture
def bob(visitor: Callable[..., Visitor]) -> Visitor:
    """Sees two rooms, and not what works are worth."""
    return visitor("Display", rooms=["IRIS", "LOTUS"])


@pytest.fixture
def carol(visitor: Callable[..., Visitor]) -> Visitor:
    """Has a good token and no role of the policy."""
    return visitor()
