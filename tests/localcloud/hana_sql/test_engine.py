"""The engine by itself, through `model.Connection`: what the wire side builds on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from localcloud.hana.errors import HanaError
from localcloud.hana.model import FunctionCode, Outcome, ParameterValue, TypeCode, Value
from localcloud.hana.sql import Database
from localcloud.hana.sql.session import Session


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    made.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    made = database.connect("ALICE")
    yield made
    made.close()


def run(session: Session, sql: str, *rows: Sequence[ParameterValue], autocommit: bool = True) -> Outcome:
    return session.execute(session.prepare(sql), list(rows) or [()], autocommit)


def rows(session: Session, sql: str, *values: ParameterValue) -> list[tuple[Value, ...]]:
    result = run(session, sql, values, autocommit=False).result
    assert result is not None
    return result.fetch(1000)


def failure(session: Session, sql: str, *values: ParameterValue) -> HanaError:
    with pytest.raises(HanaError) as caught:
        run(session, sql, values)
    return caught.value


def test_a_query_tells_its_types(session: Session) -> None:
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


def test_a_batch_reports_the_rows_that_failed_and_undoes_the_others_under_autocommit(
    session: Session,
) -> None:
    run(session, "create table t (id int primary key, name nvarchar(3))")
    outcome = run(session, "insert into t values (?, ?)", (1, "a"), (2, "too long"), (1, "b"))
    assert outcome.affected == [1, -3, -3]
    assert outcome.errors is not None
    assert {index: error.code for index, error in outcome.errors.items()} == {1: 274, 2: 301}
    assert rows(session, "select count(*) from t") == [(0,)]


def test_an_open_cursor_keeps_its_rows_while_others_write(database: Database, session: Session) -> None:
    run(session, "create table t (id int)")
    run(session, "insert into t values (?)", *[(n,) for n in range(100)])
    result = run(session, "select id from t order by id").result
    assert result is not None
    assert len(result.fetch(10)) == 10
    run(session, "delete from t")
    assert rows(session, "select count(*) from t") == [(0,)]
    assert len(result.fetch(1000)) == 90


def test_an_open_cursor_of_a_writing_transaction_keeps_its_rows(session: Session) -> None:
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


def test_errors_point_at_the_word_that_is_wrong(session: Session) -> None:
    found = failure(session, "select 1\nfrom nosuch")
    assert (found.code, found.position) == (259, 15)
    assert found.text.endswith("line 2 col 6 (at pos 15)")


def test_a_decimal_parameter_beside_an_expression_is_compared_as_a_number(session: Session) -> None:
    run(session, "create table t (price decimal(10,2))")
    run(session, "insert into t values (?)", (Decimal("9.50"),), ("100",), (20.25,))
    assert rows(session, "select count(*) from t where price * 2 > ?", Decimal("40")) == [(2,)]


def test_a_database_with_a_path_is_kept(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "kept.sqlite"
    first = Database(path)
    run(first.connect("ALICE"), "create table t (id int generated by default as identity, v nvarchar(5))")
    run(first.connect("ALICE"), "insert into t (v) values ('x')")
    first.close()
    second = Database(path)
    session = second.connect("ALICE")
    run(session, "insert into t (v) values ('y')")
    assert rows(session, "select id, v from t order by id") == [(1, "x"), (2, "y")]
    second.close()
