"""A quarry: a schema to export, a policy, and the service in front of it, as an app and as a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import Program, running
from tests.tokonoma.odata.conftest import SPECIMENS, TABLES
from tests.tokonoma.relay import Relay
from tokonoma.app import create_app

ROCKS = 200_000
CAP = 20
MANY_MORE = 1_000_000
TEXTS = (
    *("", " blank ", "NULL", "a,b", 'say "stone"', '"', "a\rb", "a\nb", "a\r\nb", "a\tb", "\0", ";", "0042"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "a=1", "'", "'=1"),
    *("ü", "u\u0308", "😀", "\u2028", "\ufeff", "x" * 200),
)
POLICY = f"""\
[roles]
viewer = {{ xsuaa = "$XSAPPNAME.Display" }}
curator = {{ xsuaa = "$XSAPPNAME.Curate" }}

[objects.SPECIMEN]
grants = [{{ role = "curator" }}]
[objects.ROCK]
grants = [{{ role = "curator" }}]
[objects.QUARRY]
grants = [{{ role = "curator" }}]
[objects.TEXTS]
grants = [{{ role = "curator" }}]
[objects.NOTES]
grants = [{{ role = "curator" }}]
[objects."wörk/1"]
grants = [{{ role = "curator" }}]
[objects.NUL]
grants = [{{ role = "curator" }}]
[objects.FEW]
max_rows = {CAP}
grants = [
  {{ role = "curator" }},
  {{ role = "viewer", columns = ["*", "-WORTH"], rows = "ROOM in @user.rooms" }},
]
"""
DEFINITIONS = (
    TABLES[2],
    "CREATE COLUMN TABLE DIGIT (N INTEGER PRIMARY KEY)",
    "CREATE COLUMN TABLE ROCK (N INTEGER PRIMARY KEY, NAME NVARCHAR(100), WEIGHT DECIMAL(12,2), "
    "FOUND TIMESTAMP)",
    "CREATE VIEW QUARRY AS SELECT A.N * 1000000 + B.N AS N, NAME, WEIGHT, FOUND FROM DIGIT A, ROCK B "
    f"WHERE A.N < {MANY_MORE // ROCKS}",
    "CREATE COLUMN TABLE TEXTS (ID INTEGER PRIMARY KEY, TEXT NVARCHAR(200), NUMBER INTEGER)",
    "CREATE COLUMN TABLE NOTES (NOTE NCLOB)",
    'CREATE COLUMN TABLE "wörk/1" (ID INTEGER PRIMARY KEY)',
    "CREATE COLUMN TABLE NUL (ID INTEGER PRIMARY KEY)",
    "CREATE COLUMN TABLE FEW (ID INTEGER PRIMARY KEY, ROOM INTEGER, WORTH INTEGER)",
)


def fill(connection: Any) -> None:
    cursor = connection.cursor()
    for definition in DEFINITIONS:
        cursor.execute(definition)
    cursor.executemany(f"INSERT INTO SPECIMEN VALUES ({', '.join('?' * 21)})", list(SPECIMENS))
    cursor.executemany("INSERT INTO DIGIT VALUES (?)", [(number,) for number in range(1000)])
    cursor.execute(
        "INSERT INTO ROCK SELECT A.N * 1000 + B.N, 'a rock, grey and of no great worth ' || B.N, "
        f"B.N * 0.25, TO_TIMESTAMP('2026-01-02 03:04:05.1234567') FROM DIGIT A, DIGIT B "
        f"WHERE A.N < {ROCKS // 1000}"
    )
    cursor.executemany(
        "INSERT INTO TEXTS VALUES (?, ?, ?)",
        [(place, text, -place) for place, text in enumerate(TEXTS)] + [(len(TEXTS), None, None)],
    )
    cursor.executemany(
        "INSERT INTO FEW VALUES (?, ?, ?)", [(number, number % 5, number * 10) for number in range(50)]
    )
    connection.commit()


@pytest.fixture(scope="session")
def quarry(authority: Authority) -> Iterator[LocalHana]:
    """A local HANA of these tests' own, which they only read."""
    with LocalHana(authority=authority) as hana:
        connection = connect(hana.binding(), owner=True)
        fill(connection)
        connection.close()
        yield hana


@pytest.fixture(scope="session")
def quarry_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text(POLICY)
    return file


@pytest.fixture
def app(
    bind: Callable[..., None],
    quarry: LocalHana,
    xsuaa: LocalXsuaa,
    quarry_policy: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Flask:
    """The service on the quarry."""
    monkeypatch.setenv("TOKONOMA_POLICY", str(quarry_policy))
    bind(pyhana=("hana", "hdi-shared", quarry.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    return create_app()


def headers(xsuaa: LocalXsuaa, *scopes: str, **attributes: list[str]) -> dict[str, str]:
    granted = ["openid", *(f"$XSAPPNAME.{scope}" for scope in scopes)]
    claims: dict[str, Any] = {"xs.user.attributes": attributes}
    return {"Authorization": f"Bearer {xsuaa.token('bob', scopes=granted, **claims)}"}


@pytest.fixture
def curator(xsuaa: LocalXsuaa) -> dict[str, str]:
    """The headers of somebody who sees everything that the policy names."""
    return headers(xsuaa, "Curate")


@pytest.fixture
def viewer(xsuaa: LocalXsuaa) -> dict[str, str]:
    """The headers of somebody who sees one room of FEW, and not what it is worth."""
    return headers(xsuaa, "Display", rooms=["1"])


@pytest.fixture
def nobody(xsuaa: LocalXsuaa) -> dict[str, str]:
    """The headers of somebody with a good token and no role of the policy."""
    return headers(xsuaa)


Serve = Callable[..., AbstractContextManager[Program]]


@pytest.fixture(scope="session")
def relay(quarry: LocalHana) -> Iterator[Relay]:
    """Between the service as a program and HANA."""
    with Relay(quarry.port) as relay:
        yield relay


@pytest.fixture(scope="session")
def serve(
    quarry: LocalHana,
    relay: Relay,
    xsuaa: LocalXsuaa,
    authority_file: Path,
    quarry_policy: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Serve:
    """Start the service as the Procfile does, with one worker; `serve(NAME="value")` adds to it."""
    hana_binding = {**quarry.binding(), "host": relay.host, "port": str(relay.port)}
    services = cloudfoundry.vcap_services(
        {"pyhana": ("hana", "hdi-shared", hana_binding), "pyuaa": ("xsuaa", "application", xsuaa.binding())}
    )

    @contextmanager
    def serve(**extra: str) -> Iterator[Program]:
        port = free_port()
        environment = {
            **cloudfoundry.python_environment(port, services, authority_file),
            "TOKONOMA_POLICY": str(quarry_policy),
            "TOKONOMA_WORKERS": "1",
            **extra,
        }
        output = tmp_path_factory.mktemp("service") / "output"
        with running(
            cloudfoundry.procfile_line(), environment, cloudfoundry.PROJECT, output, port
        ) as program:
            program.wait_until_it_answers()
            yield program

    return serve


@pytest.fixture(scope="session")
def service(serve: Serve) -> Iterator[Program]:
    """The service, for all tests that leave it as it was."""
    with serve() as program:
        yield program


@pytest.fixture
def download(service: Program, curator: dict[str, str]) -> Callable[..., requests.Response]:
    """Ask the running service for an export, of which nothing is read yet."""

    def download(path: str) -> requests.Response:
        address = f"http://127.0.0.1:{service.port}/data/{path}"
        return requests.get(address, headers=curator, stream=True, timeout=60)

    return download
