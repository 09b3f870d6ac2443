"""Texts sort as a language has it, where COLLATE or a locale says so."""

# ruff: noqa: RUF001 - letters of many languages, which look like others

from __future__ import annotations

import pytest

from .conftest import Sql

SORTED = {
    "GERMAN": [
        "(x)",
        "10",
        "apfel",
        "Apfel",
        "Äpfel",
        "dracula",
        "écru",
        "Eleonora",
        "Straße",
        "Strauß",
        "Zoo",
    ],
    "ENGLISH": ["co-op", "coop", "resume", "résumé", "resumed"],
    "SWEDISH": ["abc", "zon", "ångest", "ärlig", "över"],
    "DANISH": ["Alb", "Zoo", "Ærø", "Østerbro", "Aarhus"],
    "CZEC": ["cihla", "čas", "hrad", "chata", "ibis"],
    "SPANISH": ["nube", "nz", "ñu", "oso"],
    "POLISH": ["lato", "łata", "zero", "źrebak", "żaba"],
    "TURKISH": ["hız", "ılık", "Ilık", "ısı", "ilik", "İlik", "isim", "şal"],
    "AZERBAIJANI": ["ev", "Əl", "fil", "hava", "xal", "ıldız", "İl", "kol", "qol", "lal", "zal", "wal"],
    "LITHUANIAN": ["cukrus", "čekis", "isz", "yta", "iva", "jonas"],
    "VIETNAMESE": ["an", "ang", "ăn", "ân", "ấn", "ba", "da", "đa"],
    "HUNGARIAN": ["cukor", "csak", "díj", "ők", "őr"],
    "GERMAN_PHONEBOOK": ["Ad", "Äd", "Af"],
    "RUSSIAN": ["абв", "Где", "ёж", "ежу"],
    "GREEK": ["οδοσ", "ΟΔΟΣ", "οδός", "οδούς"],
    "DEFAULT": ["a", "B", "c"],
}


@pytest.fixture
def words(sql: Sql) -> Sql:
    sql.run("CREATE TABLE W (WORD NVARCHAR(20))")
    return sql


def fill(words: Sql, name: str) -> list[str]:
    words.many("INSERT INTO W VALUES (?)", [(word,) for word in reversed(SORTED[name])])
    return SORTED[name]


@pytest.mark.parametrize("name", SORTED)
def test_a_collation_sorts_as_its_language_does(words: Sql, name: str) -> None:
    expected = fill(words, name)
    assert words.column(f"SELECT WORD FROM W ORDER BY WORD COLLATE {name}") == expected
    assert words.column(f"SELECT WORD FROM W ORDER BY WORD COLLATE {name} DESC") == expected[::-1]


@pytest.mark.parametrize(("locale", "name"), [("sv", "SWEDISH"), ("de_DE", "GERMAN"), ("xx", "DEFAULT")])
def test_a_locale_sorts_a_whole_query(words: Sql, locale: str, name: str) -> None:
    expected = fill(words, name)
    text = f"SELECT WORD FROM W ORDER BY WORD WITH PARAMETERS ('LOCALE' = '{locale}')"
    assert words.column(text) == expected


def test_windows_and_set_operations_sort_so_too(words: Sql) -> None:
    expected = fill(words, "SWEDISH")
    ranked = "SELECT WORD, ROW_NUMBER() OVER (ORDER BY WORD COLLATE SWEDISH) AS N FROM W"
    assert words.rows(f"{ranked} ORDER BY N") == [(word, n) for n, word in enumerate(expected, 1)]
    union = "SELECT WORD FROM W UNION ALL SELECT 'zz' FROM DUMMY ORDER BY WORD COLLATE SWEDISH"
    assert words.column(union) == ["abc", "zon", "zz", "ångest", "ärlig", "över"]


def test_nulls_come_first_and_texts_compare_as_before(words: Sql) -> None:
    words.many("INSERT INTO W VALUES (?)", [("b",), (None,), ("A",)])
    assert words.column("SELECT WORD FROM W ORDER BY WORD COLLATE GERMAN") == [None, "A", "b"]
    assert words.column("SELECT WORD FROM W ORDER BY WORD COLLATE GERMAN NULLS LAST") == ["A", "b", None]
    assert words.column("SELECT WORD FROM W WHERE WORD > 'a'") == ["b"]


def test_only_a_text_has_a_collation(sql: Sql) -> None:
    assert sql.error("SELECT 1 AS N FROM DUMMY ORDER BY N COLLATE GERMAN") == 266


@pytest.mark.local_only
def test_a_collation_that_is_not_there_is_refused_by_name(sql: Sql) -> None:
    failure = sql.failure("SELECT DUMMY FROM DUMMY ORDER BY DUMMY COLLATE KLINGON")
    assert failure.errorcode == 7
    assert "KLINGON" in failure.errortext


def test_a_joined_text_sorts_so_too(words: Sql) -> None:
    expected = fill(words, "SWEDISH")
    joined = "SELECT STRING_AGG(WORD, ',' ORDER BY WORD{}) FROM W"
    assert words.column(joined.format(" COLLATE SWEDISH")) == [",".join(expected)]
    assert words.column(joined.format(" COLLATE SWEDISH DESC")) == [",".join(expected[::-1])]
    assert words.column(joined.format("") + " WITH PARAMETERS ('LOCALE' = 'sv')") == [",".join(expected)]
    assert words.column(joined.format("")) == [",".join(sorted(expected))]
    assert words.error("SELECT STRING_AGG(WORD, ',' ORDER BY 1 COLLATE SWEDISH) FROM W") == 266
