"""HIERARCHY, HIERARCHY_DESCENDANTS and HIERARCHY_ANCESTORS."""

from __future__ import annotations

import pytest

from .conftest import Sql

#     1        6
#    / \       |
#   2   5      7
#  / \
# 3   4
NODES = [(1, None), (5, 1), (2, 1), (4, 2), (3, 2), (6, None), (7, 6)]
SOURCE = "SOURCE (SELECT ID AS NODE_ID, PARENT AS PARENT_ID, NAME FROM T)"
TREE = f"HIERARCHY({SOURCE} SIBLING ORDER BY NODE_ID)"


@pytest.fixture
def nodes(sql: Sql) -> Sql:
    sql.run("CREATE TABLE T (ID INT PRIMARY KEY, PARENT INT, NAME NVARCHAR(9))")
    sql.many("INSERT INTO T VALUES (?, ?, ?)", [(node, parent, f"n{node}") for node, parent in NODES])
    return sql


def test_a_hierarchy_ranks_its_nodes_from_top_to_bottom(nodes: Sql) -> None:
    columns = (
        "NODE_ID, HIERARCHY_RANK, HIERARCHY_LEVEL, HIERARCHY_TREE_SIZE, HIERARCHY_PARENT_RANK, "
        "HIERARCHY_ROOT_RANK, NAME"
    )
    assert nodes.rows(f"SELECT {columns} FROM {TREE} ORDER BY HIERARCHY_RANK") == [
        (1, 1, 1, 5, 0, 1, "n1"),
        (2, 2, 2, 3, 1, 1, "n2"),
        (3, 3, 3, 1, 2, 1, "n3"),
        (4, 4, 3, 1, 2, 1, "n4"),
        (5, 5, 2, 1, 1, 1, "n5"),
        (6, 6, 1, 2, 0, 6, "n6"),
        (7, 7, 2, 1, 6, 6, "n7"),
    ]


def test_siblings_stand_in_the_order_that_is_asked_for(nodes: Sql) -> None:
    down = f"HIERARCHY({SOURCE} SIBLING ORDER BY NODE_ID DESC)"
    assert nodes.column(f"SELECT NODE_ID FROM {down} ORDER BY HIERARCHY_RANK") == [6, 7, 1, 5, 2, 4, 3]


def test_a_hierarchy_begins_where_it_is_told_to_and_ends_at_its_depth(nodes: Sql) -> None:
    tree = f"HIERARCHY({SOURCE} START WHERE NODE_ID = 2 SIBLING ORDER BY NODE_ID)"
    assert nodes.column(f"SELECT NODE_ID FROM {tree}") == [2, 3, 4]
    assert nodes.column(f"SELECT NODE_ID FROM HIERARCHY({SOURCE} SIBLING ORDER BY NODE_ID DEPTH 2)") == [
        *(1, 2, 5, 6, 7)
    ]


def test_descendants_have_their_distance(nodes: Sql) -> None:
    below = f"HIERARCHY_DESCENDANTS(SOURCE {TREE} AS H START WHERE NODE_ID = ?"
    text = "SELECT NODE_ID, HIERARCHY_DISTANCE FROM {})".format(below)  # noqa: UP032 - braces of two kinds
    assert nodes.rows(text, 1) == [(1, 0), (2, 1), (3, 2), (4, 2), (5, 1)]
    for distance, found in {
        "DISTANCE 1": [2, 5],
        "DISTANCE FROM 1": [2, 3, 4, 5],
        "DISTANCE TO 1": [1, 2, 5],
        "DISTANCE FROM 2 TO 2": [3, 4],
        "DISTANCE ?": [3, 4],
    }.items():
        values = (1, 2) if "?" in distance else (1,)
        assert nodes.column(f"SELECT NODE_ID FROM {below} {distance})", *values) == found


def test_ancestors_have_theirs_below_zero(nodes: Sql) -> None:
    above = f"HIERARCHY_ANCESTORS(SOURCE {TREE} START WHERE NAME IN ('n4', 'n7'))"
    assert nodes.rows(f"SELECT START_RANK, NODE_ID, HIERARCHY_DISTANCE FROM {above}") == [
        *((4, 1, -2), (4, 2, -1), (4, 4, 0)),
        *((7, 6, -1), (7, 7, 0)),
    ]


def test_texts_and_binaries_may_be_nodes(sql: Sql) -> None:
    for kind, values in (("NVARCHAR(9)", ("a'b", "ü")), ("VARBINARY(4)", (b"\x00\xff", b"\x01"))):
        sql.run(f"CREATE TABLE K (NODE_ID {kind}, PARENT_ID {kind})")
        sql.many("INSERT INTO K VALUES (?, ?)", [(values[0], None), (values[1], values[0])])
        levels = sql.rows("SELECT NODE_ID, HIERARCHY_LEVEL FROM HIERARCHY(SOURCE K) ORDER BY HIERARCHY_RANK")
        assert levels == [(values[0], 1), (values[1], 2)]
        sql.run("DROP TABLE K")


def test_orphans_are_left_out_or_roots_or_errors(nodes: Sql) -> None:
    nodes.run("INSERT INTO T VALUES (9, 99, 'n9')")
    assert 9 not in nodes.column(f"SELECT NODE_ID FROM {TREE}")
    roots = f"HIERARCHY({SOURCE} ORPHAN ROOT)"
    assert nodes.rows(f"SELECT HIERARCHY_LEVEL, HIERARCHY_IS_ORPHAN FROM {roots} WHERE NODE_ID = 9") == [
        (1, 1)
    ]
    assert nodes.error(f"SELECT * FROM HIERARCHY({SOURCE} ORPHAN ERROR)") == 2


def test_a_cycle_is_cut_or_an_error(sql: Sql) -> None:
    sql.run("CREATE TABLE K (NODE_ID INT, PARENT_ID INT)")
    sql.many("INSERT INTO K VALUES (?, ?)", [(1, 3), (2, 1), (3, 2)])
    cut = "SELECT NODE_ID, HIERARCHY_IS_CYCLE FROM HIERARCHY(SOURCE K START WHERE NODE_ID = 1)"
    assert sql.rows(cut) == [(1, 0), (2, 0), (3, 0), (1, 1)]
    assert sql.error("SELECT * FROM HIERARCHY(SOURCE K START WHERE NODE_ID = 1 CYCLE ERROR)") == 2


def test_a_source_needs_nodes_and_parents(nodes: Sql) -> None:
    assert nodes.error("SELECT * FROM HIERARCHY(SOURCE T)") == 260


@pytest.mark.local_only
def test_several_parents_of_a_node_are_refused(sql: Sql) -> None:
    sql.run("CREATE TABLE K (NODE_ID INT, PARENT_ID INT)")
    sql.many("INSERT INTO K VALUES (?, ?)", [(1, None), (2, 1), (2, None)])
    assert sql.error("SELECT * FROM HIERARCHY(SOURCE K)") == 7


def test_a_tree_may_be_deep(sql: Sql) -> None:
    sql.run("CREATE TABLE K (NODE_ID INT, PARENT_ID INT)")
    sql.many("INSERT INTO K VALUES (?, ?)", [(node, node - 1 or None) for node in range(1, 3001)])
    assert sql.rows("SELECT MAX(HIERARCHY_LEVEL), MAX(HIERARCHY_TREE_SIZE) FROM HIERARCHY(SOURCE K)") == [
        (3000, 3000)
    ]


def test_orphans_are_what_no_start_leads_to(nodes: Sql) -> None:
    nodes.many("INSERT INTO T VALUES (?, ?, ?)", [(8, 9, "a cycle"), (9, 8, "a cycle"), (10, 99, "lost")])
    begun = f"HIERARCHY({SOURCE} START WHERE NODE_ID IN (1, 10) SIBLING ORDER BY NODE_ID"
    columns = "NODE_ID, HIERARCHY_LEVEL, HIERARCHY_IS_CYCLE, HIERARCHY_IS_ORPHAN"
    reached = [(1, 1, 0, 0), (2, 2, 0, 0), (3, 3, 0, 0), (4, 3, 0, 0), (5, 2, 0, 0)]
    assert nodes.rows(f"SELECT {columns} FROM {begun})") == [*reached, (10, 1, 0, 0)]
    assert nodes.rows(f"SELECT {columns} FROM {begun} ORPHAN ROOT)") == [
        *reached,
        *((6, 1, 0, 1), (7, 2, 0, 1)),
        *((8, 1, 0, 1), (9, 2, 0, 1), (8, 3, 1, 1)),
        (10, 1, 0, 0),
    ]
    for where in ("NODE_ID = 1", "PARENT_ID IS NULL"):
        assert nodes.error(f"SELECT * FROM HIERARCHY({SOURCE} START WHERE {where} ORPHAN ERROR)") == 2
    none = f"HIERARCHY({SOURCE} START WHERE NODE_ID <> 8 ORPHAN ERROR)"
    assert nodes.rows(f"SELECT MAX(HIERARCHY_IS_ORPHAN) FROM {none}") == [(0,)]
    assert nodes.error(f"SELECT * FROM {begun} ORPHAN ADOPT)") == 7


def test_the_columns_about_the_tree_have_their_types(nodes: Sql) -> None:
    nodes.run(f"CREATE VIEW V AS SELECT HIERARCHY_RANK, HIERARCHY_LEVEL, HIERARCHY_IS_ORPHAN FROM {TREE}")
    types = "SELECT DATA_TYPE_NAME FROM SYS.VIEW_COLUMNS WHERE VIEW_NAME = 'V' ORDER BY POSITION"
    assert nodes.column(types) == ["BIGINT", "INTEGER", "TINYINT"]


def test_nodes_and_parents_have_types_of_one_kind(sql: Sql) -> None:
    for node, parent in (("INT", "NVARCHAR(5)"), ("INT", "DECIMAL(5)"), ("BIGINT", "INT")):
        sql.run(f"CREATE TABLE K (NODE_ID {node}, PARENT_ID {parent})")
        query = "SELECT * FROM HIERARCHY(SOURCE K)"
        assert sql.rows(query) == [] if node == "BIGINT" else sql.error(query) == 266
        sql.run("DROP TABLE K")
