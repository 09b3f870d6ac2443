"""CONTAINS and SCORE find words; how near others are is an approximation."""

from __future__ import annotations

import pytest

from .conftest import Sql

BOOKS = [
    (1, "Wuthering Heights", "A house on the moor"),
    (2, "Dracula", "Letters of a count's visitors"),
    (3, "Die Äbtissin", "House of silence"),
    (4, None, None),
]
FUZZY = "FUZZY MINIMAL SCORE 0.7 SIMILARITY CALCULATION MODE 'search'"


@pytest.fixture
def books(sql: Sql) -> Sql:
    sql.run("CREATE TABLE B (ID INT, TITLE NVARCHAR(40), BLURB NCLOB)")
    sql.many("INSERT INTO B VALUES (?, ?, ?)", BOOKS)
    return sql


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("house", [1, 3]),
        ("house moor", [1]),
        ('"house of"', [3]),
        ("HEIGHTS house", [1]),
        ("dracula OR silence", [2, 3]),
        ("house -silence", [1]),
        ("ABTISSIN", [3]),
        ("wuth*", [1]),
        ("hous", []),
        ("xylophone", []),
    ],
)
def test_contains_finds_words_in_any_of_the_columns(books: Sql, term: str, found: list[int]) -> None:
    assert books.column("SELECT ID FROM B WHERE CONTAINS((TITLE, BLURB), ?) ORDER BY ID", term) == found


def test_a_fuzzy_search_finds_beginnings_and_words_that_are_alike(books: Sql) -> None:
    text = f"SELECT ID FROM B WHERE SCORE(? IN (TITLE, BLURB) {FUZZY}) > 0 ORDER BY ID"
    assert books.column(text, "hous") == [1, 3]
    assert books.column(text, "draculla") == [2]
    assert books.column(text, "xylophone") == []
    assert books.column("SELECT ID FROM B WHERE CONTAINS(TITLE, 'draculla', FUZZY(0.8))") == [2]
    assert books.column("SELECT ID FROM B WHERE CONTAINS(TITLE, 'draculla', EXACT)") == []


def test_a_score_is_more_where_the_word_is_the_same_and_the_column_weighs_more(books: Sql) -> None:
    kinds = "TITLE FUZZY WEIGHT 0.8 MINIMAL SCORE 0.7, BLURB FUZZY WEIGHT 0.3 MINIMAL SCORE 0.7"
    [(same, near, elsewhere, nowhere)] = books.rows(
        f"SELECT SCORE('dracula' IN ({kinds})), SCORE('dracul' IN ({kinds})), SCORE('count' IN ({kinds})), "
        f"SCORE('xylophone' IN ({kinds})) FROM B WHERE ID = 2"
    )
    assert 1 >= same > near > elsewhere > nowhere == 0


def test_a_score_without_columns_is_that_of_contains(books: Sql) -> None:
    found = "FROM B WHERE CONTAINS(TITLE, ?, FUZZY(0.6)) AND ID > 0 ORDER BY SCORE() DESC"
    [(number, score)] = books.rows(f"SELECT ID, SCORE() {found}", "dracul")
    assert (number, 0 < score < 1) == (2, True)
    assert books.rows(f"SELECT SCORE() {found}", "dracula") == [(1,)]
    for text in ("FROM B", "FROM B WHERE CONTAINS(TITLE, SCORE())"):
        assert books.error(f"SELECT SCORE() {text}") == 7


def test_binaries_cannot_be_searched(sql: Sql) -> None:
    assert sql.error("SELECT SCORE('x' IN x'00') FROM DUMMY") == 266


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("*" * 200 + "x", []),
        ("a*" * 60 + "b", []),
        ('"' * 99, []),
        ("-", []),
        ("OR", []),
        ("", []),
        ("%_%_%_", [1, 2, 3, 9]),
    ],
)
def test_no_term_is_too_much(books: Sql, term: str, found: list[int]) -> None:
    books.run("INSERT INTO B VALUES (9, ?, ?)", "a" * 40, "a" * 20_000)
    assert books.column("SELECT ID FROM B WHERE CONTAINS((TITLE, BLURB), ?) ORDER BY ID", term) == found
    assert len(books.column(f"SELECT SCORE(? IN (TITLE, BLURB) {FUZZY}) FROM B", term)) == 5
