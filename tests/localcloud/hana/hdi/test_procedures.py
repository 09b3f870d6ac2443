"""The procedures of a container: who may call them, how, and what they do beside MAKE."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from localcloud.hana.errors import HanaError
from localcloud.hana.sql.engine.database import Database

from .conftest import HDICONFIG, OWNER, USER, Deployer, opened, run

TABLE = "COLUMN TABLE T (A INTEGER)"


@pytest.mark.parametrize(
    ("sql", "code", "text"),
    [
        ('CALL "C#DI".EXPORT(?)', 7, "procedure EXPORT"),
        ("CALL SYS.GET_OBJECT_DEFINITION('C', 'T')", 7, "procedure GET_OBJECT_DEFINITION"),
        ("CALL MINE()", 328, "MINE"),
        ('CALL "C#DI".MINE()', 328, "MINE"),
        ("CALL NOWHERE.MINE", 362, "invalid schema name: NOWHERE"),
        ('CALL "C#DI".LOCK(1, ?, ?)', 1281, "LOCK has 5 parameters, and 3 are given"),
        ('CALL "C#DI".LOCK(1, 2, ?, ?, ?)', 1281, "PARAMETERS takes a table"),
        ('CALL "C#DI".LOCK(T, T, ?, ?, ?)', 1281, "TIMEOUT takes a value"),
        ('CALL "C#DI".LOCK(1, T, 1, ?, ?)', 1281, "RETURN_CODE is an OUT parameter and takes a ?"),
        ('CALL "C#DI".LOCK(1, T, ?, ?, X => ?)', 1281, "LOCK has no parameter X left"),
        ('CALL "C#DI".LOCK(1, "C".NOWHERE, ?, ?, ?)', 259, "invalid table name"),
        ('{? = CALL "C#DI".LOCK(1)}', 7, "the value of a procedure"),
        ("CALL", 257, "syntax error"),
        ("CALL P(", 257, "syntax error"),
        ("CALL P(,)", 257, "syntax error"),
    ],
)
def test_a_call_that_does_not_fit_is_refused(deployer: Deployer, sql: str, code: int, text: str) -> None:
    with pytest.raises(HanaError) as refusal:
        run(deployer.session, sql)
    assert (refusal.value.code, text in refusal.value.text) == (code, True), refusal.value.text


def test_parameters_may_be_named_and_bound(deployer: Deployer) -> None:
    deployer.run('CREATE LOCAL TEMPORARY TABLE "C#DI".#P LIKE _SYS_DI.TT_PARAMETERS')
    sql = (
        '{call "C#DI".LOCK(PARAMETERS => "C#DI".#P, TIMEOUT => ?, MESSAGES => ?, '
        "REQUEST_ID => ?, RETURN_CODE => ?)}"
    )
    statement = deployer.session.prepare(sql)
    assert [(each.name, each.out) for each in statement.parameters] == [
        ("TIMEOUT", False),
        ("REQUEST_ID", True),
        ("RETURN_CODE", True),
    ]
    called = deployer.session.execute(statement, ((5,),), autocommit=True).called
    assert called is not None
    assert called.values[1] == 0


def test_the_runtime_user_may_call_none(deployer: Deployer, runtime: Deployer) -> None:
    with pytest.raises(HanaError) as refusal:
        run(runtime.session, 'CALL "C#DI".LOCK(1, T, ?, ?, ?)')
    assert refusal.value.code == 258
    with pytest.raises(HanaError) as refusal:
        runtime.query('SELECT * FROM "C#DI".M_JOBS')
    assert refusal.value.code == 258


def test_sys_procedures_lists_them(deployer: Deployer, runtime: Deployer) -> None:
    asked = "SELECT PROCEDURE_NAME, INPUT_PARAMETER_COUNT, OUTPUT_PARAMETER_COUNT FROM SYS.PROCEDURES"
    found = deployer.query(f"{asked} WHERE SCHEMA_NAME = 'C#DI' AND PROCEDURE_NAME LIKE 'L%' ORDER BY 1")
    assert found == [("LIST", 2, 4), ("LIST_DEPLOYED", 2, 4), ("LOCK", 2, 3)]
    assert runtime.query(asked) == []
    parameters = (
        "SELECT PARAMETER_NAME, DATA_TYPE_NAME, PARAMETER_TYPE FROM SYS.PROCEDURE_PARAMETERS "
        "WHERE PROCEDURE_NAME = 'LOCK' ORDER BY POSITION"
    )
    assert deployer.query(parameters) == [
        ("TIMEOUT", "INTEGER", "IN"),
        ("PARAMETERS", "TABLE_TYPE", "IN"),
        ("RETURN_CODE", "INTEGER", "OUT"),
        ("REQUEST_ID", "BIGINT", "OUT"),
        ("MESSAGES", "TABLE_TYPE", "OUT"),
    ]


# Files ----------------------------------------------------------------------------------------------


def test_files_are_listed_and_read_as_they_were_written(deployer: Deployer) -> None:
    deployer.write({"src/": "", "src/a/": "", "src/T.hdbtable": TABLE, "src/a/B.bin": bytes(range(256))})
    listed = deployer.call("LIST", [("src/",)]).result
    assert [row["PATH"] for row in listed] == ["src/", "src/T.hdbtable", "src/a/"]
    listed = deployer.call("LIST", [("/",)], RECURSIVE="TRUE").result
    assert [row["PATH"] for row in listed] == ["src/", "src/T.hdbtable", "src/a/", "src/a/B.bin"]
    (read,) = deployer.call("READ", [("src/a/B.bin",)]).result
    assert (read["CONTENT"], read["SIZE"], read["CREATE_USER_NAME"]) == (bytes(range(256)), 256, OWNER)
    assert read["SHA256"] == hashlib.sha256(bytes(range(256))).hexdigest()
    assert deployer.call("LIST_DEPLOYED", [("/",)], RECURSIVE="TRUE").result == []


def test_what_is_deployed_is_listed_apart(deployer: Deployer) -> None:
    deployer.deploy({"src/T.hdbtable": TABLE})
    deployer.write({"src/T.hdbtable": "COLUMN TABLE T (A INTEGER, B INTEGER)", "src/U.hdbtable": TABLE})
    status = {row["PATH"]: row["STATUS"] for row in deployer.call("STATUS", [("src/",), ("lib/",)]).result}
    assert status == {"src/.hdiconfig": "D", "src/T.hdbtable": "M", "src/U.hdbtable": "A"}
    listed = deployer.call("LIST_DEPLOYED", [("/",)]).result
    assert [(row["PATH"], row["SIZE"]) for row in listed] == [("src/", None)]
    (read,) = deployer.call("READ_DEPLOYED", [("src/T.hdbtable",)]).result
    assert read["CONTENT"] == TABLE.encode()


@pytest.mark.parametrize(
    "path", ["", "/src/T.hdbtable", "src//T", "src/../T", "./T", "src\\T", "src/T\n", "src/" + "x" * 600]
)
def test_what_cannot_be_a_path_is_not_written(deployer: Deployer, path: str) -> None:
    if len(path) > 511:
        with pytest.raises(HanaError):
            deployer.call("WRITE", [(path, b"")])
        return
    answer = deployer.call("WRITE", [("src/fits", b""), (path, b"")])
    assert (answer.code, "cannot be a path" in str(answer.errors[0][1])) == (-1, True)
    assert deployer.call("LIST", [("/",)], RECURSIVE="TRUE").result == []


def test_a_folder_with_files_is_deleted_only_with_them(deployer: Deployer) -> None:
    deployer.write({"src/T.hdbtable": TABLE})
    answer = deployer.call("DELETE", [("src/",)])
    assert (answer.code, answer.messages[0]["MESSAGE_CODE"]) == (-1, 8214200)
    answer = deployer.call("DELETE", [("lib/",)], RECURSIVE="TRUE")
    assert (answer.code, answer.messages[0]["MESSAGE_CODE"]) == (-1, 8212754)
    assert (
        deployer.call(
            "DELETE", [("src/",), ("lib/",)], RECURSIVE="TRUE", IGNORE_NON_EXISTING_PATHS="TRUE"
        ).code
        == 0
    )
    assert deployer.call("LIST", [("/",)], RECURSIVE="TRUE").result == []


# The lock -------------------------------------------------------------------------------------------


def test_one_session_has_the_lock_until_it_ends(database: Database, deployer: Deployer) -> None:
    other = Deployer(database)
    assert deployer.call("LOCK", 0).code == 0
    assert deployer.call("LOCK", 0).code == 0
    answer = other.call("LOCK", 0)
    assert answer.code == -1
    assert 'the container "C" is locked' in str(answer.errors[0][1])
    waiting = threading.Thread(target=lambda: codes.append(other.call("LOCK", 60_000).code))
    codes: list[int] = []
    waiting.start()
    deployer.session.close()
    waiting.join(60)
    assert codes == [0]


# Jobs -----------------------------------------------------------------------------------------------


def wait_for(deployer: Deployer, request: int) -> object:
    """How an asynchronous job ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ((status,),) = deployer.query('SELECT STATUS FROM "C#DI".M_JOBS WHERE REQUEST_ID = ?', request)
        if status != "RUNNING":
            return status
        time.sleep(0.02)
    return "RUNNING"


@pytest.mark.parametrize(("table", "status"), [(TABLE, "FINISHED"), ("COLUMN TABLE", "ROLLED BACK")])
def test_a_make_may_go_on_by_itself(deployer: Deployer, table: str, status: str) -> None:
    deployer.write({"src/.hdiconfig": HDICONFIG, "src/T.hdbtable": table})
    begun = deployer.call("MAKE_ASYNC", [("src/.hdiconfig",), ("src/T.hdbtable",)], [], [])
    assert (begun.code, begun.messages) == (0, [])
    assert wait_for(deployer, begun.request) == status
    last = 'SELECT TYPE FROM "C#DI".M_MESSAGES WHERE REQUEST_ID = ? ORDER BY ROW_ID DESC LIMIT 1'
    assert deployer.query(last, begun.request) == [("SUMMARY",)]


def test_jobs_and_messages_tell_of_each_make(deployer: Deployer) -> None:
    first = deployer.deploy({"src/T.hdbtable": TABLE})
    second = deployer.deploy({"src/T.hdbtable": "COLUMN TABLE"})
    jobs = 'SELECT REQUEST_ID, CONNECTION_ID, USER_NAME, STATUS FROM "C#DI".M_JOBS ORDER BY REQUEST_ID'
    session = deployer.session.id
    assert deployer.query(jobs) == [
        (first.request, session, OWNER, "FINISHED"),
        (second.request, session, OWNER, "ROLLED BACK"),
    ]
    told = deployer.query('SELECT COUNT(*) FROM "C#DI".M_MESSAGES WHERE REQUEST_ID = ?', second.request)
    assert told == [(len(second.messages),)]


# What is kept -----------------------------------------------------------------------------------------


def test_a_container_is_there_still_when_its_file_is_opened_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(opened(data)) as database:
        deployer = Deployer(database)
        made = deployer.deploy({"src/T.hdbtable": TABLE})
        deployer.run("INSERT INTO T VALUES (1)")
    with closing(opened(data)) as database:
        deployer = Deployer(database)
        again = deployer.deploy({"src/T.hdbtable": "COLUMN TABLE T (A INTEGER, B INTEGER)"})
        assert again.errors == []
        assert again.request > made.request
        assert deployer.query("SELECT * FROM T") == [(1, None)]


def test_what_a_module_seeded_counts_as_deployed(tmp_path: Path) -> None:
    module = tmp_path / "db"
    files = {
        "package.json": "{}",
        "src/.hdiconfig": '{"file_suffixes": {}}',
        "src/T.hdbtable": TABLE,
        "src/defaults/default_access_role.hdbrole": '{"role": {"name": "default_access_role"}}',
    }
    for path, content in files.items():
        (module / path).parent.mkdir(parents=True, exist_ok=True)
        (module / path).write_text(content)
    with closing(opened(tmp_path / "data", seed=module)) as database:
        deployer = Deployer(database)
        deployer.write({path: content for path, content in files.items() if path != "package.json"})
        assert deployer.call("STATUS", [("src/",), ("cfg/",)]).result == []
        deployer.write({"src/.hdiconfig": HDICONFIG, "src/T.hdbtable": "COLUMN TABLE T (A BIGINT)"})
        made = deployer.call("MAKE", [("src/.hdiconfig",), ("src/T.hdbtable",)], [], [])
        assert made.errors == []
        with pytest.raises(HanaError):
            Deployer(database, USER).query("SELECT * FROM T")
