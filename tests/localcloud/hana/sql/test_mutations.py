"""Statements with words missing, doubled or exchanged: each is answered, with rows or an error of HANA's."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from localcloud.hana.errors import GENERAL_ERROR, HanaError
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession
from localcloud.hana.sql.functions import FUNCTIONS
from localcloud.hana.sql.functions.aggregates import AGGREGATES

from . import examples
from .stored_forms import check_rows
from .test_engine import run

STATEMENTS = [
    *(text for each in examples.STATEMENTS for text in each.script),
    *(
        f"SELECT {expression} FROM T"
        for functions in (*examples.SCALAR.values(), examples.AGGREGATES, examples.WINDOWS)
        for function in functions
        for expression, _ in function.examples
    ),
    "SELECT A.N, (SELECT MAX(B.D) FROM T B WHERE B.G = A.G) FROM T A WHERE A.D IN (SELECT D FROM T)",
    "SELECT G, COUNT(*) FROM T GROUP BY G HAVING SUM(D) > ? ORDER BY 2 DESC, MAX(S) NULLS FIRST LIMIT ?",
    "WITH Q (X) AS (SELECT N + 1.5 FROM T) SELECT CASE X WHEN 2.5 THEN 'a' ELSE S END FROM Q, T",
    "SELECT S || N FROM T WHERE S LIKE ? UNION SELECT TO_VARCHAR(D) FROM T A WHERE A.N BETWEEN ? AND D",
    "SELECT N + D * 2 - G / 4 FROM T WHERE NOT (N <> D AND S IS NOT NULL OR G IN (1, 2.5, '3'))",
]
KNOWN = FUNCTIONS.keys() | AGGREGATES.keys()
WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|[^\w\s]")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database(lock_wait=0.1)
    yield made
    made.close()


def kind(word: str) -> str:
    """Words of one kind may stand for each other without the statement falling apart at once."""
    if word in KNOWN:
        return "function"
    if word in ("T", "G", "N", "D", "S", "A", "B", "K", "V"):
        return "name"
    return "word" if word[0].isalpha() else "value" if word[0].isdigit() or word[0] == "'" else "symbol"


WORDS: dict[str, list[str]] = {}
for _word in sorted({word for text in STATEMENTS for word in WORD.findall(text)}):
    WORDS.setdefault(kind(_word), []).append(_word)


def mutated(chance: random.Random) -> str:
    words = WORD.findall(chance.choice(STATEMENTS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(words)) if words else 0
        match chance.randrange(10):
            case 0:
                del words[at : at + 1]
            case 1:
                words[at:at] = words[at : at + 2]
            case _:
                alike = kind(words[at]) if words else "name"
                if alike in ("function", "name", "value") or chance.random() < 0.2:
                    words[at : at + 1] = [chance.choice(WORDS[alike])]
    return " ".join(words)


def answer(session: DatabaseSession, text: str) -> HanaError | None:
    """The error of a statement; any other exception is a defect, and fails the test."""
    try:
        statement = session.prepare(text)
        outcome = session.execute(statement, [["1"] * len(statement.parameters)], autocommit=True)
        if outcome.result is not None:
            check_rows(outcome.result.columns, outcome.result.fetch(10), text[:1000])
            outcome.result.close()
    except HanaError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_said_is_answered(database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same statements every time
    for _ in range(100):
        session = database.connect("ALICE")
        try:
            if answer(session, "SELECT G, N, D, S FROM T") is not None:
                for text in ("DROP VIEW T", "DROP TABLE T CASCADE"):
                    answer(session, text)
                for text in examples.SAMPLE:
                    run(session, text)
            text = mutated(chance)
            error = answer(session, text)
            assert error is None or error.code != GENERAL_ERROR, f"{text}: {error}"
        finally:
            session.close()
