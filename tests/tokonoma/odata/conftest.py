"""A small schema with awkward names and every type, a policy, and three people who ask for it by OData."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.app import create_app

SCHEMA = "GALLERY"
WORKS = 230

POLICY = """\
[roles]
viewer = { xsuaa = "$XSAPPNAME.Display" }
curator = { xsuaa = "$XSAPPNAME.Curate" }

[objects.WORK]
label = "Works"
grants = [
  { role = "curator" },
  { role = "viewer", columns = ["*", "-VALUE"], rows = "ROOM_ID in @user.rooms" },
]
[objects.SECRET]
grants = [{ role = "curator" }]
[objects.SPECIMEN]
grants = [{ role = "curator" }, { role = "viewer", columns = ["*", "-ID"] }]
[objects."odd/table"]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.WORD]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.READING]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.RAW]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.BY_ROOM]
key = ["ROOM_ID"]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.KEYLESS]
grants = [{ role = "viewer" }, { role = "curator" }]
[objects.LARGE]
grants = [{ role = "curator" }]
[objects.MOVING]
key = ["ID"]
grants = [{ role = "curator" }]
"""

TABLES = (
    "CREATE COLUMN TABLE WORK (ID INTEGER PRIMARY KEY COMMENT 'Number', ROOM_ID INTEGER, "
    "TITLE NVARCHAR(40) COMMENT 'Title', \"VALUE\" DECIMAL(12,2), MADE DATE, NOTE NCLOB, PICTURE BLOB) "
    "COMMENT 'Works of art'",
    "CREATE COLUMN TABLE SECRET (ID INTEGER PRIMARY KEY, TEXT NVARCHAR(20))",
    "CREATE COLUMN TABLE SPECIMEN (ID INTEGER PRIMARY KEY, TINY TINYINT, SMALL SMALLINT, BIG BIGINT, "
    "PRICE DECIMAL(10,2), EXACT DECIMAL(38,10), FLOATING DECIMAL, SHORT SMALLDECIMAL, SINGLE REAL, "
    "DOUBLED DOUBLE, NAME NVARCHAR(20), CODE VARCHAR(10), BYTES VARBINARY(16), DAY DATE, CLOCK TIME, "
    "SECONDS SECONDDATE, MOMENT TIMESTAMP, FLAG BOOLEAN, NOTE NCLOB, PLAIN CLOB, FILE BLOB)",
    'CREATE COLUMN TABLE "odd/table" ("odd/table" INTEGER PRIMARY KEY, "a" INTEGER, "A" INTEGER, '
    '"x y" NVARCHAR(10), "1X" INTEGER, "/BIC/AFOO" NVARCHAR(10), "ä-ö" INTEGER, "q""q" INTEGER, '
    '"_x0041_" INTEGER, "ORDER" INTEGER, "odd_x002F_table_Type" INTEGER)',
    "CREATE COLUMN TABLE WORD (WORD NVARCHAR(5000) PRIMARY KEY, NUMBER INTEGER)",
    "CREATE COLUMN TABLE READING (ROOM NVARCHAR(10), TAKEN TIMESTAMP, DEGREES DECIMAL(5,2), "
    "PRIMARY KEY (ROOM, TAKEN))",
    "CREATE COLUMN TABLE RAW (ID VARBINARY(16) PRIMARY KEY, NUMBER INTEGER)",
    "CREATE COLUMN TABLE LARGE (ID INTEGER PRIMARY KEY, BYTES BLOB)",
    "CREATE VIEW BY_ROOM AS SELECT ROOM_ID, COUNT(*) AS WORKS FROM WORK WHERE ROOM_ID IS NOT NULL "
    "GROUP BY ROOM_ID",
    "CREATE VIEW KEYLESS AS SELECT ROOM_ID, TITLE FROM WORK",
    "CREATE COLUMN TABLE MOVED (ID INTEGER, TITLE NVARCHAR(10))",
    "CREATE VIEW MOVING AS SELECT ID, TITLE FROM MOVED",
)
WORDS = (
    *("a/b", "it's", "", " blank ", "%2F", "a+b", "a b", "100%", "#1?x=1&y", "(a,b)=c", "a,b", "'", "''"),
    *("ü", "u\u0308", "😀", "\u202eright", "a\nb", "..", "\\", "x" * 5000, "@p", "$value", "null"),
)
LONG_NOTE = "é😀" * 70_001
PICTURE = bytes(range(256)) * 1000
SPECIMENS: tuple[tuple[Any, ...], ...] = (
    (
        *(1, 255, -32768, 2**63 - 1, "0.50", "9999999999999999999999999999.0123456789", "1E+30", "1.5"),
        *(0.1, 1e300, "it's", "abc", b"\x00\xff", "0001-01-01", "23:59:59", "2020-02-29 12:30:45"),
        *("9999-12-31 23:59:59.9999999", True, LONG_NOTE, "plain", PICTURE),
    ),
    (
        *(2, 0, 0, -(2**63), "-0.01", "0.0000000001", "0", "0", -0.0, 0.1, "", "", b"", "9999-12-31"),
        *("00:00:00", "0001-01-01 00:00:00", "2026-01-02 03:04:05.0000001", False, "", "", b""),
    ),
    (3, *[None] * 20),
)


def fill(connection: Any) -> None:
    cursor = connection.cursor()
    for table in TABLES:
        cursor.execute(table)
    rows: dict[str, list[tuple[Any, ...]]] = {
        "WORK": [
            (
                number,
                None if number % 11 == 0 else number % 5 + 1,
                f"Work {number}",
                None if number % 7 == 0 else f"{number * 1000}.50",
                f"2020-01-{number % 28 + 1:02}",
                LONG_NOTE if number == 1 else None,
                PICTURE if number == 1 else None,
            )
            for number in range(1, WORKS + 1)
        ],
        "SECRET": [(1, "hidden")],
        "SPECIMEN": list(SPECIMENS),
        "odd/table": [(1, 2, 3, "four", 5, "six", 7, 8, 9, 10, 11)],
        "WORD": [(word, number) for number, word in enumerate(WORDS)],
        "READING": [
            (room, f"2026-01-01 00:00:00.000000{digit}", f"{digit}.25")
            for room in ("a'b", "B/2")
            for digit in range(5)
        ],
        "RAW": [(bytes(range(16)), 1), (b"\xff\xfe", 2), (b"text", 3)],
        "LARGE": [(1, b"\x00" * 32_000_000)],
        "MOVED": [(1, "one"), (2, "two")],
    }
    for table, values in rows.items():
        places = ", ".join("?" * len(values[0]))
        cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', values)
    connection.commit()


@pytest.fixture(scope="session")
def gallery(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA of these tests' own, which they only read."""
    with LocalHana(authority=authority, schema=SCHEMA) as hana:
        connection = connect(hana.binding(), owner=True)
        fill(connection)
        connection.close()
        yield hana


@pytest.fixture(scope="session")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text(POLICY)
    return file


@pytest.fixture(scope="session")
def make_service(xsuaa: LocalXsuaa, policy_file: Path, authority_file: Path) -> Callable[..., Flask]:
    """Makes a service on a local HANA; with another policy file, if one is given."""

    def make(hana: LocalHana, policy: Path = policy_file) -> Flask:
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
            answer = app.test_client().get(
                "/odata/", headers={"Authorization": f"Bearer {xsuaa.token('carol')}"}
            )
            assert answer.status_code == 200, answer.text
        return app

    return make


@pytest.fixture(scope="session")
def app(make_service: Callable[..., Flask], gallery: LocalHana) -> Flask:
    """The service on the gallery."""
    return make_service(gallery)


@dataclass(frozen=True)
class Person:
    """Somebody who asks the service, with a token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> TestResponse:
        """`path` begins behind the service root, and is sent as it is; `A_B` is the header A-B."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Authorization", f"Bearer {self.token}")
        target = f"/odata/{path}"
        return self.client.open(
            target, method=method, data=body, headers=fields, environ_overrides={"RAW_URI": target}
        )

    def json(self, path: str, **headers: str) -> Any:
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def error(self, path: str, **headers: str) -> tuple[int, str, str]:
        """Status, code and target of an answer in OData's shape."""
        answer = self.get(path, **headers)
        error = answer.get_json()["error"]
        assert error["message"]
        return answer.status_code, error["code"], error.get("target", "")


People = Callable[..., Person]


@pytest.fixture
def person(client: FlaskClient, xsuaa: LocalXsuaa) -> People:
    """Makes a person with scopes and attributes."""

    def person(*scopes: str, **attributes: list[str]) -> Person:
        granted = ["openid", *(f"$XSAPPNAME.{scope}" for scope in scopes)]
        claims: dict[str, Any] = {"xs.user.attributes": attributes}
        token = xsuaa.token("bob", scopes=granted, **claims)
        return Person(client, token)

    return person


@pytest.fixture
def curator(person: People) -> Person:
    """Sees everything that the policy names."""
    return person("Curate")


@pytest.fixture
def viewer(person: People) -> Person:
    """Sees works of two rooms, and not what they are worth."""
    return person("Display", rooms=["1", "2"])


@pytest.fixture
def nobody(person: People) -> Person:
    """Has a good token and no role of the policy."""
    return person()
