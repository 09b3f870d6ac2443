"""The lines of docs/local-hana.md that connect programs in other languages."""

from __future__ import annotations

import re

import pytest

from localcloud.hana.local import LocalHana
from tests.clients.conftest import ARTEFACTS, PARAMETERS
from tests.clients.steps import Client, execute

PAGE = (ARTEFACTS.parents[1] / "docs" / "local-hana.md").read_text()
SCHEMES = {"jdbc": "jdbc:sap", "go": "hdb", "rust": "hdbsqls"}


def line(client: Client, server: LocalHana) -> str:
    """The page's line for a client, with this server's port, people and certificates."""
    scheme = SCHEMES[client.name.partition("-")[0]]
    [found] = re.findall(rf"^    ({scheme}://\S+)$", PAGE, re.MULTILINE)
    for shown, meant in {
        "39015": str(server.port),
        "TOKONOMA_RT": server.user,
        "Hana1234": server.password,
        "=TOKONOMA": f"={server.schema}",
        ".localcloud/hana": str(client.trust),
    }.items():
        found = str(found).replace(shown, meant)
    return str(found)


@pytest.mark.parametrize(
    "program", [each for name, each in PARAMETERS.items() if name != "hdbcli"], indirect=True
)
def test_the_page_s_line_connects(client: Client, server: LocalHana) -> None:
    """All but Python's, which tests/docs/test_local_hana.py runs."""
    [answer] = client(server, execute("SELECT CURRENT_USER FROM DUMMY"), url=line(client, server))
    assert answer["rows"] == [[server.user]]
