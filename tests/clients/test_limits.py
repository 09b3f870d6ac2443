"""What is left out for a client is a case that there is."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import CLIENTS
from .limits import LIMITS
from .test_values import VALUES

HERE = Path(__file__).parent


def test_every_limit_is_that_of_a_client_and_of_a_case() -> None:
    written = "".join(file.read_text() for file in HERE.glob("test_*.py"))
    for client, case in LIMITS:
        assert client in CLIENTS
        test, _, parameters = case.partition("[")
        assert re.search(rf"^def {test}\(\s+?client: Client|^def {test}\(client: Client", written, re.M), case
        assert not parameters or parameters.removeprefix(f"{client}-").rstrip("]") in VALUES, case
