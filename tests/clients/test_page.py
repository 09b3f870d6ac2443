"""The lines of docs/local-hana.md that connect programs in other languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from localcloud.hana.local import LocalHana
from tests.clients.conftest import PARAMETERS, node
from tests.clients.steps import PROJECT, Client, execute

PAGE = (PROJECT / "docs" / "local-hana.md").read_text()
LINES = {
    "jdbc": "jdbc:sap://",
    "go": "hdb://",
    "rust": "hdbsqls://",
    "hana": "ConnectionContext(",
    "node": "NODE_EXTRA_CA_CERTS=",
}
"""How the line of a client begins; Python's and the others of Node's are tests/docs/test_local_hana.py's."""


def line(client: str, server: LocalHana, trust: Path) -> str:
    """The page's line for a client, with this server's port, people and certificates."""
    [found] = re.findall(rf"^    ({re.escape(LINES[client.partition('-')[0]])}.*)$", PAGE, re.MULTILINE)
    for shown, meant in {
        "39015": str(server.port),
        "TOKONOMA_RT": server.user,
        "Hana1234": server.password,
        "=TOKONOMA": f"={server.schema}",
        '"TOKONOMA"': f'"{server.schema}"',
        ".localcloud/hana": str(trust),
    }.items():
        found = str(found).replace(shown, meant)
    return str(found)


@pytest.mark.parametrize(
    "client",
    [each for name, each in PARAMETERS.items() if name.startswith(("jdbc", "go", "rust", "hana-ml"))],
    indirect=True,
)
def test_the_page_s_line_connects(client: Client, server: LocalHana) -> None:
    [answer] = client(
        server,
        execute("SELECT CURRENT_USER FROM DUMMY"),
        url=line(client.name, server, client.trust),
    )
    assert answer["rows"] == [[server.user]]


@pytest.mark.slow
def test_a_variable_makes_node_programs_trust_it(server: LocalHana, trust: Path) -> None:
    """And without it they do not."""
    asked = execute("SELECT CURRENT_SCHEMA FROM DUMMY")
    variable = line("node", server, trust)
    for given, trusted in ((variable, True), ("NOTHING=", False)):
        with Client("node-hdb", ("env", given, *node("hdb")), trust) as client:
            [answer] = client(server, asked, certificate=None)
            assert ("rows" in answer) is trusted, answer
