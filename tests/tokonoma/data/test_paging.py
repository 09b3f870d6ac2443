"""Walking all pages gives each row once, in the order asked for (groups 5.3.19, 5.3.20 and 5.2.18)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.evaluation import Made, column, days, moments, numbers, simple_conditions, texts
from tests.tokonoma.data.specimens import COLUMNS, SCHEMA, TABLE, TRIES, VISIBLE, Row, definition, sent
from tokonoma.data.columns import Column, Table
from tokonoma.data.plan import Access, Options, Planner
from tokonoma.errors import LinkExpired, QueryInvalid

PLANNER = Planner(b"a secret of tests only")
KEYED = Access(TABLE, VISIBLE)
UNKEYED = Access(Table(SCHEMA, "UNKEYED", "TABLE", COLUMNS), VISIBLE)
BY_MOMENT = Access(Table(SCHEMA, "UNKEYED", "TABLE", COLUMNS, ("MOMENT", "ID")), VISIBLE)
RELAXED = settings(
    max_examples=TRIES // 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Item = tuple[Made, bool]
"""What to sort by, and whether descending."""


def ordered(rows: Sequence[Row], items: Sequence[Item]) -> list[Decimal]:
    """The IDs in the order that the specification says: nulls are the smallest (Protocol 4.01, 11.2.6.2)."""

    def compare(one: Row, other: Row) -> int:
        for made, descending in items:
            first, second = made.run(one), made.run(other)
            if first != second:
                is_smaller = second is not None and (first is None or first < second)
                return -1 if is_smaller is not descending else 1
        return -1 if one["ID"] < other["ID"] else 1

    return [row["ID"] for row in sorted(rows, key=cmp_to_key(compare))]


def pages(
    select: Select, access: Access, options: Options, size: int, between: Callable[[], None] = lambda: None
) -> Iterator[list[tuple[Any, ...]]]:
    token = ""
    while True:
        plan = PLANNER.plan(access, options, page_size=size, token=token)
        page = plan.page(select(*plan.statement))
        yield [tuple(row) for row in page.rows]
        token = page.skiptoken
        if not token:
            return
        between()


def walked(select: Select, access: Access, options: Options, size: int) -> list[Decimal]:
    return [Decimal(row[0]) for page in pages(select, access, options, size) for row in page]


sortable = st.one_of(numbers, texts, moments, days, simple_conditions)
items = st.lists(st.tuples(sortable, st.booleans()), max_size=3)


@RELAXED
@given(items=items, size=st.integers(7, 60), kept=simple_conditions)
def test_random_orders_are_walked_from_first_to_last(
    items: list[Item], size: int, kept: Made, select: Select, specimen_rows: list[Row]
) -> None:
    orderby = ",".join(f"{made.text} {'desc' if down else 'asc'}" for made, down in items)
    rows = [row for row in specimen_rows if kept.run(row) is True]
    options = Options(filter=kept.text, orderby=orderby or None, select="ID")
    expected = ordered(rows, items)
    assert walked(select, KEYED, options, size) == expected
    assert sorted(walked(select, UNKEYED, options, size)) == sorted(expected)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", [each.name for each in COLUMNS if each.name != "NOTE"])
def test_every_column_sorts_with_nulls_and_equal_values_at_the_edges_of_pages(
    name: str, descending: bool, select: Select, specimen_rows: list[Row]
) -> None:
    options = Options(orderby=f"{name} {'desc' if descending else 'asc'}", select="ID")
    expected = ordered(specimen_rows, [(column(name), descending)])
    assert walked(select, KEYED, options, 4) == expected
    assert sorted(walked(select, BY_MOMENT, options, 4)) == sorted(expected)


def test_a_timestamp_in_a_key_keeps_its_seventh_digit(select: Select, specimen_rows: list[Row]) -> None:
    found = walked(select, BY_MOMENT, Options(select="ID"), 1)
    assert found == ordered(specimen_rows, [(column("MOMENT"), False)])


def test_the_seventh_digit_is_in_the_rows(select: Select, specimen_rows: list[Row]) -> None:
    rows = [row for page in pages(select, KEYED, Options(select="ID,MOMENT"), 100) for row in page]
    assert {Decimal(row[0]): row[1] for row in rows} == {row["ID"]: row["MOMENT"] for row in specimen_rows}


def test_mixed_directions_over_three_columns_with_nulls(select: Select, specimen_rows: list[Row]) -> None:
    options = Options(orderby="FLAG desc,NAME,DAY desc", select="ID")
    items = [(column("FLAG"), True), (column("NAME"), False), (column("DAY"), True)]
    assert walked(select, KEYED, options, 3) == ordered(specimen_rows, items)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(
    "order", ["C", "C desc", "N desc,C", "tolower(N)", "substring(C,-1) desc", "A", "A desc"]
)
def test_texts_that_differ_by_blanks_at_their_end_are_walked(
    connection: Any, select: Select, order: str, size: int
) -> None:
    """Group 5.4.26: HANA does not count them where it compares a CHAR; ALPHANUM has its own order."""
    columns = (
        Column("ID", "INTEGER", nullable=False),
        *(Column(name, type_, 6) for name, type_ in (("C", "CHAR"), ("N", "NCHAR"), ("A", "ALPHANUM"))),
    )
    cursor = connection.cursor()
    cursor.execute(
        "CREATE COLUMN TABLE BLANKS (ID INTEGER PRIMARY KEY, C CHAR(6), N NCHAR(6), A ALPHANUM(6))"
    )
    try:
        texts = ("a", "ab ", "", " x", None, "ab", " ", "ab  ", "1", "01", "10", "9") * 2
        rows = [(number, text, text, text and text.strip()) for number, text in enumerate(texts)]
        cursor.executemany("INSERT INTO BLANKS VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        access = Access(
            Table(SCHEMA, "BLANKS", "TABLE", columns, ("ID",)), {each.name: each for each in columns}
        )
        found = walked(select, access, Options(select="ID", orderby=order), size)
    finally:
        cursor.execute("DROP TABLE BLANKS")
    assert sorted(found) == list(range(len(rows)))


@pytest.mark.parametrize("options", [Options(orderby="QTY desc"), Options(), Options(orderby="NAME,FLAG")])
def test_rows_deleted_and_inserted_between_pages_make_no_other_row_vanish_or_come_twice(
    options: Options, connection: Any, select: Select, specimen_rows: list[Row]
) -> None:
    cursor = connection.cursor()
    cursor.execute(definition("CHANGING", '"ID"'))
    places = ", ".join("?" * len(COLUMNS))
    cursor.executemany(f'INSERT INTO "CHANGING" VALUES ({places})', [sent(row) for row in specimen_rows])
    seen: list[int] = []
    deleted: set[int] = set()

    def change() -> None:
        # One that was seen, the very last one, and one that is still to come.
        waiting = [int(row["ID"]) for row in specimen_rows if int(row["ID"]) not in {*seen, *deleted}]
        for gone in {seen[0], seen[-1], *waiting[:1]} - deleted:
            cursor.execute('DELETE FROM "CHANGING" WHERE "ID" = ?', (gone,))
            deleted.add(gone)
        inserted = (1000 + len(seen), *sent(specimen_rows[0])[1:])
        cursor.execute(f'INSERT INTO "CHANGING" VALUES ({places})', inserted)

    try:
        access = Access(Table(SCHEMA, "CHANGING", "TABLE", COLUMNS, ("ID",)), VISIBLE)
        for page in pages(select, access, options, 7, change):
            seen += [row[0] for row in page]
    finally:
        cursor.execute('DROP TABLE "CHANGING"')
        cursor.close()
    assert len(seen) == len(set(seen))
    untouched = {int(row["ID"]) for row in specimen_rows} - deleted
    assert untouched <= set(seen)


@pytest.mark.parametrize("access", [KEYED, UNKEYED], ids=["keyed", "without a key"])
@pytest.mark.parametrize("size", [1, 7, 30, 150, 151, 1000])
@pytest.mark.parametrize(
    ("top", "skip"), [(None, 0), (None, 10), (0, 0), (5, 0), (30, 3), (150, 0), (9999, 149), (5, 150)]
)
def test_top_and_skip_are_kept_through_the_pages(
    access: Access, size: int, top: int | None, skip: int, select: Select
) -> None:
    if size == 1 and top != 5:
        size = 10
    options = Options(orderby="ID", select="ID", top=top, skip=skip)
    found = [len(page) for page in pages(select, access, options, size)]
    everything = list(range(1, 151))
    expected = everything[skip:] if top is None else everything[skip : skip + top]
    assert walked(select, access, options, size) == expected
    # The last page has no link: no page is empty but an only one.
    assert found == [0] or 0 not in found


def test_the_last_page_has_no_link_if_it_is_exactly_full(select: Select) -> None:
    plan = PLANNER.plan(KEYED, Options(top=100), page_size=100)
    assert plan.page(select(*plan.statement)).skiptoken == ""
    plan = PLANNER.plan(KEYED, Options(filter="ID le 100"), page_size=100)
    page = plan.page(select(*plan.statement))
    assert (len(page.rows), page.skiptoken) == (100, "")


def test_without_a_page_size_all_rows_come_at_once(select: Select) -> None:
    plan = PLANNER.plan(KEYED, Options(orderby="NAME"), page_size=None)
    page = plan.page(select(*plan.statement))
    assert (len(page.rows), page.skiptoken) == (150, "")
    plan = PLANNER.plan(KEYED, Options(top=20, skip=140), page_size=None)
    assert len(plan.page(select(*plan.statement)).rows) == 10


def test_a_page_is_a_hundred_rows_and_at_most_a_thousand() -> None:
    assert PLANNER.plan(KEYED, Options()).statement.sql.endswith(" LIMIT 101")
    assert PLANNER.plan(KEYED, Options(), page_size=5000).statement.sql.endswith(" LIMIT 1001")


def test_the_count_obeys_the_filter_and_neither_top_nor_skip_nor_pages(
    select: Select, specimen_rows: list[Row]
) -> None:
    options = Options(filter="FLAG eq true", top=3, skip=2, count=True)
    plan = PLANNER.plan(KEYED, options, page_size=2)
    assert plan.count is not None
    assert select(*plan.count) == [(sum(row["FLAG"] is True for row in specimen_rows),)]


def test_now_is_the_same_on_every_page() -> None:
    options = Options(filter="MOMENT lt now()", orderby="ID", count=True)
    first = PLANNER.plan(KEYED, options, page_size=1)
    page = first.page([(1, *[None] * 20), (2, *[None] * 20)])
    second = PLANNER.plan(KEYED, options, page_size=1, token=page.skiptoken)
    assert first.statement.values[0] == second.statement.values[0]
    assert second.count == first.count


def _token(options: Options, access: Access = KEYED, planner: Planner = PLANNER) -> str:
    plan = planner.plan(access, options, page_size=1)
    return plan.page([(1, *[None] * 30), (2, *[None] * 30)]).skiptoken


@pytest.mark.parametrize(
    ("access", "options"),
    [
        (KEYED, Options(filter="ID eq 1")),
        (KEYED, Options(orderby="NAME")),
        (KEYED, Options(orderby="ID desc")),
        (KEYED, Options(select="ID")),
        (KEYED, Options(top=50)),
        (KEYED, Options(aliases=(("p", "1"),))),
        (Access(TABLE, VISIBLE, grant="another"), Options()),
        (Access(TABLE, {name: VISIBLE[name] for name in ("ID", "NAME")}), Options()),
        (UNKEYED, Options()),
    ],
)
def test_a_link_of_another_query_or_grant_is_expired(access: Access, options: Options) -> None:
    with pytest.raises(LinkExpired):
        PLANNER.plan(access, options, token=_token(Options()))


def test_a_link_that_was_tampered_with_is_invalid() -> None:
    token = _token(Options())
    changed = [token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(len(token))]
    foreign = _token(Options(), planner=Planner(b"another secret of tests"))
    others = [token[:-1], f"{token}A", f"{token}=", f" {token}", "x", "%%%", "é", "\x00", foreign, token * 50]
    for text in [*changed, *others]:
        with pytest.raises(QueryInvalid):
            PLANNER.plan(KEYED, Options(), token=text)


def test_a_link_holds_nothing_that_the_caller_may_not_see(select: Select) -> None:
    # Group 3: the key is withheld, so pages are told apart by number.
    access = Access(TABLE, {name: VISIBLE[name] for name in ("NAME", "QTY")})
    plan = PLANNER.plan(access, Options(orderby="QTY", select="NAME"), page_size=5)
    rows = select(*plan.statement)
    token = plan.page(rows).skiptoken
    content = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4))[16:])
    assert content[1:] == [5, "", None]
    assert '"ID"' not in plan.statement.sql
    assert (plan.key, {len(row) for row in rows}) == ((), {1})


def test_a_link_holds_what_the_caller_sees_anyhow(select: Select) -> None:
    plan = PLANNER.plan(KEYED, Options(orderby="QTY desc"), page_size=5)
    rows = select(*plan.statement)
    token = plan.page(rows).skiptoken
    content = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4))[16:])
    assert content[3] == [str(rows[4][2]), str(rows[4][0])]


def test_a_long_text_in_the_order_makes_no_link_that_is_too_long(select: Select) -> None:
    name = "'" + "x" * 1500 + "'"
    options = Options(orderby=f"concat(concat(NAME,{name}),{name}) desc", select="ID")
    token = PLANNER.plan(KEYED, options, page_size=5)
    page = token.page(select(*token.statement))
    assert 0 < len(page.skiptoken) <= 2000
    assert len(set(walked(select, KEYED, options, 20))) == 150
