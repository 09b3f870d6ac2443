"""One plan a page: statement, values, columns."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.tokonoma.data.specimens import SCHEMA, TABLE, VISIBLE
from tokonoma.data.columns import Column, Table
from tokonoma.data.plan import Access, Options, Planner, read_count
from tokonoma.data.query import parser
from tokonoma.errors import QueryInvalid, QueryUnsupported

PLANNER = Planner(b"a secret of tests only")
SMALL = {name: VISIBLE[name] for name in ("ID", "NAME", "MOMENT", "NOTE")}
ACCESS = Access(TABLE, SMALL)


def statement(access: Access = ACCESS, **asked: object) -> str:
    return PLANNER.plan(access, Options(**asked)).statement.sql  # type: ignore[arg-type]


def test_a_statement_names_columns_order_and_bounds() -> None:
    plan = PLANNER.plan(
        ACCESS, Options(filter="NAME eq 'x'", orderby="NAME desc", select="NAME", top=50, skip=5)
    )
    assert plan.statement.sql == (
        'SELECT "NAME", "ID" FROM "SPECIMENS"."SPECIMEN" WHERE "NAME" = ? '
        'ORDER BY "NAME" DESC NULLS LAST, "ID" ASC NULLS FIRST LIMIT 50 OFFSET ?'
    )
    assert plan.statement.values == ("x", 5)
    assert (plan.columns, plan.key, plan.count) == ((("NAME", VISIBLE["NAME"]),), (1,), None)


def test_rule_and_filter_are_both_kept_in_parentheses() -> None:
    access = Access(TABLE, SMALL, parser.parse_rule("ID eq 1 or ID eq 2", VISIBLE))
    sql = statement(access, filter="NAME eq 'x' or NAME eq 'y'")
    assert 'WHERE (("ID" = ? OR "ID" = ?) AND ("NAME" = ? OR "NAME" = ?)) ORDER' in sql


def test_columns_come_in_the_order_asked_for_and_large_ones_only_by_name() -> None:
    assert [name for name, _ in PLANNER.plan(ACCESS, Options()).columns] == ["ID", "NAME", "MOMENT"]
    plan = PLANNER.plan(ACCESS, Options(select="NOTE,MOMENT,ID,NOTE"))
    assert [name for name, _ in plan.columns] == ["NOTE", "MOMENT", "ID"]
    assert plan.statement.sql.startswith(
        'SELECT "NOTE", TO_VARCHAR("MOMENT", \'YYYY-MM-DD HH24:MI:SS.FF7\'), "ID" FROM'
    )


def test_columns_go_by_the_names_that_callers_use() -> None:
    column = Column("/BIC/A B", "INTEGER", 10, 0, nullable=False)
    access = Access(Table(SCHEMA, "T", "TABLE", (column,), ("/BIC/A B",)), {"BIC_A": column})
    plan = PLANNER.plan(access, Options(filter="BIC_A gt 1", orderby="BIC_A desc", select="BIC_A"))
    assert plan.columns == (("BIC_A", column),)
    assert plan.statement.sql == (
        'SELECT "/BIC/A B" FROM "SPECIMENS"."T" WHERE "/BIC/A B" > ? '
        'ORDER BY "/BIC/A B" DESC NULLS LAST LIMIT 101'
    )


@pytest.mark.parametrize(
    ("orderby", "made"),
    [
        ("ID", '"ID" ASC NULLS FIRST'),
        ("ID desc,ID", '"ID" DESC NULLS LAST'),
        ("NAME,NAME desc,ID", '"NAME" ASC NULLS FIRST, "ID" ASC NULLS FIRST'),
        ("1", '"ID" ASC NULLS FIRST'),
        ("2 desc,null,'x',now(),1 eq 1", '"ID" ASC NULLS FIRST'),
        ("length(NAME)", 'LENGTH("NAME") ASC NULLS FIRST, "ID" ASC NULLS FIRST'),
    ],
)
def test_a_constant_or_a_repetition_orders_nothing_and_is_no_position(orderby: str, made: str) -> None:
    # Groups 3 and 20: ORDER BY 1 would sort by the first column.
    assert statement(orderby=orderby).partition(" ORDER BY ")[2] == f"{made} LIMIT 101"


def test_without_a_key_all_columns_make_the_order_total() -> None:
    access = Access(Table(SCHEMA, "V", "VIEW", TABLE.columns), SMALL)
    order = statement(access, orderby="NAME desc").partition(" ORDER BY ")[2]
    assert order == '"NAME" DESC NULLS LAST, "ID" ASC NULLS FIRST, "MOMENT" ASC NULLS FIRST LIMIT 101'


def test_the_next_page_by_a_key_of_two_columns_says_where_to_begin() -> None:
    access = Access(
        Table(SCHEMA, "T", "TABLE", TABLE.columns, ("MUST", "ID")),
        {name: VISIBLE[name] for name in ("MUST", "ID")},
    )
    page = PLANNER.plan(access, Options(), page_size=1).page([(3, 7), (3, 8)])
    plan = PLANNER.plan(access, Options(), page_size=1, token=page.skiptoken)
    assert 'WHERE ("MUST" >= ? AND ("MUST" > ? OR ("MUST" = ? AND "ID" > ?))) ORDER' in plan.statement.sql
    assert plan.statement.values == (3, 3, 3, 7)


def test_a_table_of_a_thousand_columns_is_read() -> None:
    columns = tuple(Column(f"COLUMN_{number}", "NVARCHAR", 100) for number in range(1000))
    for key in ((), tuple(column.name for column in columns[:16])):
        access = Access(
            Table(SCHEMA, "WIDE", "TABLE", columns, key), {column.name: column for column in columns}
        )
        plan = PLANNER.plan(access, Options(), page_size=1)
        page = plan.page([["x"] * 1000] * 2)
        assert PLANNER.plan(access, Options(), page_size=1, token=page.skiptoken).statement.values


def test_a_table_of_large_columns_alone_is_read() -> None:
    access = Access(Table(SCHEMA, "T", "TABLE", TABLE.columns), {"NOTE": VISIBLE["NOTE"]})
    assert statement(access) == 'SELECT 1 FROM "SPECIMENS"."T" LIMIT 101'
    assert PLANNER.plan(access, Options()).columns == ()


def test_now_is_what_the_caller_of_the_module_says_in_utc() -> None:
    tokyo = datetime(2024, 5, 6, 7, 8, 9, 123, timezone(timedelta(hours=9)))
    plan = PLANNER.plan(ACCESS, Options(filter="MOMENT lt now()"), now=tokyo)
    assert plan.statement.values[0] == "2024-05-05 22:08:09.0001230"
    before = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    now = PLANNER.plan(ACCESS, Options(filter="MOMENT lt now()")).statement.values[0]
    assert before <= str(now)[:26] <= datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1e3", "1.0", " 1", "1 ", "\uff19", "٣", "x", "1_0", "9" * 19, "null"]
)
def test_a_count_that_is_no_whole_number_is_a_400(text: str) -> None:
    # Group 15.
    with pytest.raises(QueryInvalid, match=r"\$top, character 1"):
        read_count(text, "$top")


def test_a_count_is_read() -> None:
    assert [read_count(text, "$top") for text in ("0", "00", "7", "9" * 18)] == [0, 0, 7, 10**18 - 1]


def test_a_query_that_was_seen_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    planner, options = Planner(b"a secret of tests only"), Options(filter="NAME eq 'x'", orderby="NAME")
    first = planner.plan(ACCESS, options)
    monkeypatch.setattr(parser, "parse_filter", None)
    same = Access(TABLE, dict(SMALL))
    assert planner.plan(same, Options(filter="NAME eq 'x'", orderby="NAME")).statement == first.statement
    with pytest.raises(TypeError):
        planner.plan(ACCESS, Options(filter="NAME eq 'y'"))


def test_queries_that_are_refused_are_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(QueryUnsupported):
            PLANNER.plan(ACCESS, Options(filter="A/B eq 1"))


def test_many_threads_may_plan_at_once() -> None:
    planner, found, interval = Planner(b"a secret of tests only"), [], sys.getswitchinterval()

    def work(number: int) -> None:
        for each in range(50):
            plan = planner.plan(ACCESS, Options(filter=f"ID eq {each % 7}", skip=number))
            found.append(
                plan.statement.values == (each % 7, number)
                if number
                else plan.statement.values == (each % 7,)
            )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [True] * 400


@pytest.mark.parametrize("asked", [{"filter": ""}, {"orderby": ""}, {"select": ""}])
def test_an_empty_option_is_a_400_and_not_passed_over(asked: dict[str, Any]) -> None:
    with pytest.raises(QueryInvalid):
        statement(**asked)


def test_a_rule_may_ask_for_now() -> None:
    access = Access(TABLE, SMALL, parser.parse_rule("MOMENT le now()", VISIBLE))
    now = datetime(2024, 5, 6, tzinfo=UTC)
    assert PLANNER.plan(access, Options(), now=now).statement.values == ("2024-05-06 00:00:00.0000000",)


def test_no_plan_shows_the_secret() -> None:
    shown = repr(PLANNER.plan(ACCESS, Options())) + repr(PLANNER)
    assert "a secret of tests only" not in shown


def test_a_secret_must_be_one() -> None:
    with pytest.raises(ValueError, match="too short"):
        Planner(b"short")
