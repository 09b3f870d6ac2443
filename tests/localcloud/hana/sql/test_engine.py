"""The engine by itself, through `model.Connection`: what the wire side builds on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from pathlib import Path
from threading import Thread, Timer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.hana.errors import HanaError
from localcloud.hana.model import FunctionCode, Outcome, ParameterValue, TypeCode, Value
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.close()


@pytest.fixture
def session(database: Database) -> Iterator[DatabaseSession]:
    made = database.connect("ALICE")
    yield made
    made.close()


def run(
    session: DatabaseSession, sql: str, *rows: Sequence[ParameterValue], autocommit: bool = True
) -> Outcome:
    return session.execute(session.prepare(sql), list(rows) or [()], autocommit)


def rows(session: DatabaseSession, sql: str, *values: ParameterValue) -> list[tuple[Value, ...]]:
    result = run(session, sql, values, autocommit=False).result
    assert result is not None
    return result.fetch(1000)


def failure(session: DatabaseSession, sql: str, *values: ParameterValue) -> HanaError:
    with pytest.raises(HanaError) as caught:
        run(session, sql, values)
    return caught.value


def test_a_query_tells_its_types(session: DatabaseSession) -> None:
    outcome = run(session, "select CURRENT_UTCTIMESTAMP, current_user as me from DUMMY")
    assert outcome.function is FunctionCode.SELECT
    assert outcome.result is not None
    assert [(column.label, column.type.code) for column in outcome.result.columns] == [
        ("CURRENT_UTCTIMESTAMP", TypeCode.LONGDATE),
        ("ME", TypeCode.NVARCHAR),
    ]
    [(moment, user)] = outcome.result.fetch(32)
    assert len(str(moment)) == 27
    assert user == "ALICE"


def test_a_batch_reports_the_rows_that_failed_and_keeps_the_others(session: DatabaseSession) -> None:
    run(session, "create table t (id int primary key, name nvarchar(3))")
    outcome = run(session, "insert into t values (?, ?)", (1, "a"), (2, "too long"), (1, "b"))
    assert outcome.affected == [1, -3, -3]
    assert outcome.errors is not None
    assert {index: error.code for index, error in outcome.errors.items()} == {1: 274, 2: 301}
    session.rollback()
    assert rows(session, "select name from t") == [("a",)]


def test_an_open_cursor_keeps_its_rows_while_others_write(
    database: Database, session: DatabaseSession
) -> None:
    run(session, "create table t (id int)")
    run(session, "insert into t values (?)", *[(n,) for n in range(100)])
    result = run(session, "select id from t order by id").result
    assert result is not None
    assert len(result.fetch(10)) == 10
    run(session, "delete from t")
    assert rows(session, "select count(*) from t") == [(0,)]
    assert len(result.fetch(1000)) == 90


def test_an_open_cursor_of_a_writing_transaction_keeps_its_rows(session: DatabaseSession) -> None:
    run(session, "create table t (id int)")
    run(session, "insert into t values (?)", *[(n,) for n in range(100)], autocommit=False)
    result = run(session, "select id from t order by id", autocommit=False).result
    assert result is not None
    assert len(result.fetch(10)) == 10
    run(session, "delete from t where id > 50", autocommit=False)
    session.rollback()
    assert [row[0] for row in result.fetch(1000)] == list(range(10, 100))


def test_what_one_connection_has_not_committed_the_other_does_not_see(database: Database) -> None:
    one, other = database.connect("ALICE"), database.connect("ALICE")
    run(one, "create table t (id int)")
    run(one, "insert into t values (1)", autocommit=False)
    assert rows(other, "select count(*) from t") == [(0,)]
    one.commit()
    assert rows(other, "select count(*) from t") == [(1,)]


def test_a_second_writer_waits_and_then_gets_131() -> None:
    database = Database(lock_wait=0.05)
    one, other = database.connect("ALICE"), database.connect("ALICE")
    run(one, "create table t (id int)")
    run(one, "insert into t values (1)", autocommit=False)
    assert failure(other, "insert into t values (2)").code == 131
    one.rollback()
    run(other, "insert into t values (2)")
    database.close()


def test_errors_point_at_the_word_that_is_wrong(session: DatabaseSession) -> None:
    found = failure(session, "select 1\nfrom nosuch")
    assert (found.code, found.position) == (259, 15)
    assert found.text.endswith("line 2 col 6 (at pos 15)")


def test_a_decimal_parameter_beside_an_expression_is_compared_as_a_number(session: DatabaseSession) -> None:
    run(session, "create table t (price decimal(10,2))")
    run(session, "insert into t values (?)", (Decimal("9.50"),), ("100",), (20.25,))
    assert rows(session, "select count(*) from t where price * 2 > ?", Decimal("40")) == [(2,)]


def test_a_database_with_a_path_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    first = Database(path)
    run(first.connect("ALICE"), "create table t (id int generated by default as identity, v nvarchar(5))")
    run(first.connect("ALICE"), "insert into t (v) values ('x')")
    first.close()
    second = Database(path)
    session = second.connect("ALICE")
    run(session, "insert into t (v) values ('y')")
    assert rows(session, "select id, v from t order by id") == [(1, "x"), (2, "y")]
    second.close()


def test_everything_about_a_kept_database_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    first = Database(path)
    session = first.connect("ALICE")
    for statement in (
        "CREATE COLUMN TABLE P (ID INT PRIMARY KEY, N DECIMAL(5, 2) DEFAULT 1.5 COMMENT 'n', CHECK (N > 0))",
        "CREATE COLUMN TABLE C (P INT REFERENCES P (ID), X NVARCHAR(5))",
        "CREATE UNIQUE INDEX I ON C (X)",
        "CREATE VIEW V AS SELECT N FROM P",
        "CREATE SEQUENCE S START WITH 5",
        "CREATE SYNONYM Y FOR P",
        "CREATE LOCAL TEMPORARY TABLE #L (A INT)",
        "INSERT INTO P (ID) VALUES (1)",
    ):
        run(session, statement)
    assert rows(session, "SELECT S.NEXTVAL FROM DUMMY") == [(5,)]
    first.create_user("READER", "ALICE", ("SELECT",))
    first.close()
    second = Database(path)
    session = second.connect("ALICE")
    assert rows(session, "SELECT V.N, S.NEXTVAL FROM V, Y") == [("1.5", 6)]
    assert failure(session, "INSERT INTO C VALUES (2, 'a')").code == 461
    assert failure(session, "INSERT INTO P VALUES (2, 0)").code == 677
    assert failure(session, "SELECT * FROM #L").code == 259
    reader = second.connect("READER")
    assert rows(reader, "SELECT ID FROM ALICE.P") == [(1,)]
    assert failure(reader, "DELETE FROM ALICE.P").code == 258
    second.close()


def test_a_temporary_database_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    database = Database()
    run(database.connect("ALICE"), "CREATE TABLE T (A INT)")
    assert list(tmp_path.iterdir())
    database.close()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def digits(session: DatabaseSession) -> DatabaseSession:
    run(session, "CREATE TABLE DIGIT (N INT)")
    run(session, "INSERT INTO DIGIT VALUES (?)", *[(n,) for n in range(1000)])
    return session


def test_a_running_query_can_be_interrupted(digits: DatabaseSession) -> None:
    Timer(0.2, digits.interrupt).start()
    error = failure(digits, "SELECT COUNT(*) FROM DIGIT A, DIGIT B, DIGIT C WHERE A.N + B.N + C.N < 0")
    assert error.code == 139
    assert rows(digits, "SELECT COUNT(*) FROM DIGIT") == [(1000,)]


def test_an_interrupted_change_is_undone_and_the_next_one_works(digits: DatabaseSession) -> None:
    run(digits, "INSERT INTO DIGIT VALUES (5000)", autocommit=False)
    Timer(0.2, digits.interrupt).start()
    change = "INSERT INTO DIGIT SELECT A.N FROM DIGIT A, DIGIT B, DIGIT C WHERE A.N + B.N + C.N < 0"
    assert failure(digits, change).code == 139
    digits.rollback()
    run(digits, "INSERT INTO DIGIT VALUES (1)")
    assert rows(digits, "SELECT COUNT(*) FROM DIGIT") == [(1001,)]


def test_a_writer_that_waits_can_be_interrupted(database: Database, digits: DatabaseSession) -> None:
    run(digits, "INSERT INTO DIGIT VALUES (1)", autocommit=False)
    other = database.connect("ALICE")
    Timer(0.2, other.interrupt).start()
    assert failure(other, "INSERT INTO DIGIT VALUES (2)").code == 131


def test_a_large_result_is_not_held_in_memory(digits: DatabaseSession) -> None:
    import tracemalloc

    result = run(digits, "SELECT A.N, B.N, 'some text' FROM DIGIT A, DIGIT B").result
    assert result is not None
    tracemalloc.start()
    count = 0
    while found := result.fetch(1000):
        count += len(found)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 1_000_000
    assert peak < 5_000_000


def test_connections_that_do_nothing_hold_no_file(database: Database) -> None:
    import psutil

    process = psutil.Process()
    before = process.num_fds()
    sessions = [database.connect("ALICE") for _ in range(200)]
    for each in sessions:
        assert rows(each, "SELECT 1 FROM DUMMY") == [(1,)]
    assert process.num_fds() - before < 50
    for each in sessions:
        each.close()


def test_many_threads_change_one_table(database: Database, session: DatabaseSession) -> None:
    run(session, "CREATE TABLE T (ID BIGINT GENERATED ALWAYS AS IDENTITY, N INT)")
    failed: list[HanaError] = []

    def work() -> None:
        mine = database.connect("ALICE")
        try:
            for n in range(50):
                run(mine, "INSERT INTO T (N) VALUES (?)", (n,), autocommit=n % 2 == 0)
                mine.commit()
                assert rows(mine, "SELECT COUNT(*) FROM T")[0][0]
        except HanaError as error:
            failed.append(error)
        finally:
            mine.close()

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert rows(session, "SELECT COUNT(*), COUNT(DISTINCT ID) FROM T") == [(400, 400)]


def test_a_closed_connection_says_so_and_closes_again(database: Database) -> None:
    session = database.connect("ALICE")
    run(session, "CREATE TABLE T (A INT)")
    run(session, "INSERT INTO T VALUES (1)", autocommit=False)
    session.close()
    session.close()
    assert failure(session, "SELECT * FROM T").code == 2
    assert rows(database.connect("ALICE"), "SELECT * FROM T") == []


def test_a_statement_that_was_prepared_before_a_definition_is_compiled_anew(session: DatabaseSession) -> None:
    run(session, "CREATE TABLE T (A INT)")
    statement = session.prepare("SELECT * FROM T")
    run(session, "ALTER TABLE T ADD (B INT)")
    result = session.execute(statement, [()], True).result
    assert result is not None
    assert [column.label for column in result.columns] == ["A", "B"]
    run(session, "DROP TABLE T")
    with pytest.raises(HanaError) as caught:
        session.execute(statement, [()], True)
    assert caught.value.code == 259


def test_the_wrong_number_of_parameters_is_340(session: DatabaseSession) -> None:
    assert failure(session, "SELECT ? FROM DUMMY").code == 340


@pytest.mark.parametrize(
    "name", ["a'b", 'a"b', "a`b", "a]b", "a;b--", "sqlite_master", "c1", "o1", "?1", "é花😀", " "]
)
def test_no_name_reaches_sqlite(session: DatabaseSession, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    run(session, f"CREATE TABLE {quoted} ({quoted} INT DEFAULT 7, B INT)")
    run(session, f"INSERT INTO {quoted} (B) VALUES (1)")
    query = f"SELECT {quoted}.{quoted} AS {quoted} FROM {quoted} ORDER BY {quoted}"
    assert rows(session, query) == [(7,)]
    assert rows(
        session, "SELECT COLUMN_NAME FROM SYS.TABLE_COLUMNS WHERE TABLE_NAME = ? AND POSITION = 1", name
    ) == [(name,)]


@pytest.mark.parametrize(
    "text", ["it's", "'", "\0", "a\0b", "--", "/*", "\n", "?1", "{}", "%s", "😀", "\ud800"]
)
def test_a_text_stays_what_it_is(session: DatabaseSession, text: str) -> None:
    run(session, "CREATE TABLE T (A NVARCHAR(10), B NCLOB)")
    if "\ud800" in text:
        assert failure(session, "INSERT INTO T VALUES (?, '')", text).code == 336
        return
    quoted = "'" + text.replace("'", "''") + "'"
    run(session, f"INSERT INTO T VALUES (?, {quoted})", (text,))
    assert rows(session, f"SELECT A, B, {quoted} FROM T WHERE A = {quoted} AND B = ?", text) == [
        (text, text, text)
    ]


EXACT = Context(prec=80)
decimals = st.decimals(
    min_value=Decimal("-1E12"), max_value=Decimal("1E12"), places=4, allow_nan=False, allow_infinity=False
)


@pytest.fixture(scope="module")
def reckoner() -> Iterator[DatabaseSession]:
    database = Database()
    yield database.connect("ALICE")
    database.close()


@settings(max_examples=100, deadline=None)
@given(left=decimals, right=decimals)
def test_decimals_reckon_and_compare_as_pythons_do(
    reckoner: DatabaseSession, left: Decimal, right: Decimal
) -> None:
    a, b = (f"TO_DECIMAL('{each:f}', 20, 4)" for each in (left, right))
    query = f"SELECT {a} + {b}, {a} - {b}, {a} * {b}, CASE WHEN {a} < {b} THEN 1 ELSE 0 END FROM DUMMY"
    [found] = rows(reckoner, query)
    expected = [EXACT.add(left, right), EXACT.subtract(left, right), EXACT.multiply(left, right)]
    assert [Decimal(str(each)) for each in found[:3]] == expected
    assert found[3] == int(left < right)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=30), pattern=st.text(alphabet="ab%_!", max_size=6))
def test_texts_of_any_kind_pass_through_functions(reckoner: DatabaseSession, text: str, pattern: str) -> None:
    encodable = text.encode("utf-8", "ignore").decode()
    query = "SELECT LENGTH(?), UPPER(?), SUBSTRING(?, 2, 3), LOCATE(?, ?), ? || 'x' FROM DUMMY"
    [found] = rows(reckoner, query, *[encodable] * 4, pattern, encodable)
    assert found[0] == len(encodable.encode("utf-16-le")) // 2
    assert found[4] == encodable + "x"
    assert rows(reckoner, "SELECT CASE WHEN ? LIKE ? ESCAPE '!' THEN 1 END FROM DUMMY", encodable, pattern)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("abc", "abc", 1),
        ("abc", "a%", 1),
        ("abc", "%c", 1),
        ("abc", "%b%", 1),
        ("abc", "a%b%c", 1),
        ("abc", "a_c", 1),
        ("abc", "_", 0),
        ("ab", "a%ab", 0),
        ("aXbXc", "a%_c", 1),
        ("", "%", 1),
        ("", "", 1),
        ("x", "", 0),
        ("50%", "50!%", 1),
        ("50x", "50!%", 0),
        ("a\nb", "a%b", 1),
        ("aab", "%ab", 1),
        ("abab", "%ab%ab", 1),
        ("aba", "%ab%ba", 0),
    ],
)
def test_like_patterns(session: DatabaseSession, text: str, pattern: str, expected: int) -> None:
    query = "SELECT CASE WHEN ? LIKE ? ESCAPE '!' THEN 1 ELSE 0 END FROM DUMMY"
    assert rows(session, query, text, pattern) == [(expected,)]


def test_a_nasty_like_pattern_takes_no_longer_than_others(session: DatabaseSession) -> None:
    assert rows(session, "SELECT 1 FROM DUMMY WHERE ? LIKE ?", "a" * 5000, "%a" * 500 + "b") == []


def test_sequences_do_not_repeat_themselves_after_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    crashed = Database(path)
    session = crashed.connect("ALICE")
    run(session, "CREATE TABLE T (ID BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, V INT)")
    run(session, "INSERT INTO T (V) VALUES (1)")
    second = Database(path)
    session = second.connect("ALICE")
    run(session, "INSERT INTO T (V) VALUES (2)")
    assert rows(session, "SELECT ID FROM T ORDER BY ID") == [(1,), (2,)]
    second.close()
    crashed.close()
