"""Jobs end, whatever their work meets."""

from __future__ import annotations

import pytest

from localcloud.hana.hdi.messages import Messages, about
from localcloud.hana.hdi.requests import Requests
from localcloud.hana.hdi.schemas import Container
from localcloud.hana.source_files import StoredFile
from localcloud.hana.sql.engine.atomic import AtomicSession

from .conftest import OWNER, SCHEMA, Deployer


def fails_at_a_file(session: AtomicSession, messages: Messages) -> None:
    with about(StoredFile("src/T.hdbtable", b"")):
        raise ZeroDivisionError


def fails(session: AtomicSession, messages: Messages) -> None:
    raise KeyError("T")


@pytest.mark.parametrize(("work", "path"), [(fails_at_a_file, "src/T.hdbtable"), (fails, "")])
def test_a_defect_ends_the_job_and_names_the_file(deployer: Deployer, work: object, path: str) -> None:
    requests = Requests(deployer.database, Container(SCHEMA, OWNER))
    messages = requests.new()
    requests.begin_job(messages, deployer.session, "MAKE_ASYNC")
    requests.run_job(messages, work, summary="deploy")  # type: ignore[arg-type]
    assert deployer.query('SELECT STATUS FROM "C#DI".M_JOBS') == [("ROLLED BACK",)]
    told = deployer.query('SELECT PATH, MESSAGE FROM "C#DI".M_MESSAGES ORDER BY ROW_ID')
    assert told[0] == (path, "Database error 2: general error: the local HANA has a defect here")
    assert str(told[1][1]).startswith("Make failed (1 errors")


def test_a_message_of_half_a_character_ends_the_job(deployer: Deployer) -> None:
    made = deployer.deploy({"src/s.hdbsynonym": '{"\\ud800": {}}'})
    assert made.errors == [("src/s.hdbsynonym", "the synonym ? has no target here", "")]
    assert deployer.query('SELECT STATUS FROM "C#DI".M_JOBS') == [("ROLLED BACK",)]
