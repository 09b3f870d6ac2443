"""The rule of names: what HANA knows is answered, or refused by name (7); 257, 259 … are for mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.hana.errors import NOT_SUPPORTED, SYNTAX, HanaError
from localcloud.hana.sql.catalogue.all_views import UNKNOWN_VIEWS, VIEWS
from localcloud.hana.sql.catalogue.known_columns import further_columns
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.engine.session import DatabaseSession
from localcloud.hana.sql.parser import known_names, language

from . import examples, forms
from .test_engine import run

FORMS = (*forms.QUERIES, *forms.CHANGES, *forms.DEFINITIONS, *forms.SESSION)
SHOWN = (
    *FORMS,
    *(text for each in examples.STATEMENTS for text in (*each.script, *each.refused)),
    *examples.REFUSED_STATEMENTS,
)
EXAMPLES = {
    function.name
    for functions in (*examples.SCALAR.values(), examples.AGGREGATES, examples.WINDOWS)
    for function in functions
}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = Database(lock_wait=0.1)
    made.create_user("ALICE")
    made.create_user("SYSTEM")
    yield made
    made.close()


def prepared(database: Database, schema: str) -> DatabaseSession:
    """A session in a schema with what the forms are about."""
    session = database.connect("ALICE")
    for text in (
        f"CREATE SCHEMA {schema}",
        f"SET SCHEMA {schema}",
        *examples.SAMPLE,
        "CREATE VIEW V AS SELECT N FROM T",
        "CREATE TABLE K (ID INT PRIMARY KEY, V INT)",
        "CREATE INDEX I ON T (G)",
    ):
        run(session, text)
    return session


@pytest.fixture(scope="module")
def reading(database: Database) -> Iterator[DatabaseSession]:
    """One for all statements that change nothing."""
    session = prepared(database, "READ")
    yield session
    session.close()


@pytest.fixture
def session(database: Database) -> Iterator[DatabaseSession]:
    session = prepared(database, "FORMS")
    run(session, "CREATE PUBLIC SYNONYM Y FOR T")
    yield session
    session.close()
    cleaning = database.connect("ALICE")
    run(cleaning, "DROP SCHEMA FORMS CASCADE")
    for name in ("Y", "Y1"):
        refusal(cleaning, f"DROP PUBLIC SYNONYM {name}")
    cleaning.close()


def refusal(session: DatabaseSession, text: str) -> HanaError | None:
    """The error with which a statement is answered, None for an answer without one."""
    try:
        statement = session.prepare(text)
        outcome = session.execute(statement, [["1"] * len(statement.parameters)], autocommit=True)
        if outcome.result is not None:
            outcome.result.fetch(100)
            outcome.result.close()
    except HanaError as error:
        return error
    return None


def refused(session: DatabaseSession, text: str, name: str) -> bool:
    """Whether a statement is refused for a feature of that name."""
    found = refusal(session, text)
    return found is not None and found.code == NOT_SUPPORTED and name in found.text


@pytest.mark.parametrize("text", forms.QUERIES)
def test_a_query_of_the_reference_is_answered_or_refused_by_name(reading: DatabaseSession, text: str) -> None:
    found = refusal(reading, text)
    assert found is None or found.code == NOT_SUPPORTED, found


@pytest.mark.parametrize("text", [*forms.CHANGES, *forms.DEFINITIONS, *forms.SESSION])
def test_a_form_of_the_reference_is_answered_or_refused_by_name(session: DatabaseSession, text: str) -> None:
    found = refusal(session, text)
    assert found is None or found.code == NOT_SUPPORTED, found


@pytest.mark.parametrize(("text", "code"), forms.WRONG)
def test_a_mistake_is_called_one(reading: DatabaseSession, text: str, code: int) -> None:
    found = refusal(reading, text)
    assert found is not None
    assert found.code == code, found.text
    assert found.position > 0


def test_every_statement_of_the_list_is_answered_or_refused_by_name(session: DatabaseSession) -> None:
    begun = {" ".join(text.split()[: len(head.split())]) for text in SHOWN for head in language.STATEMENTS}
    for head in language.STATEMENTS:
        assert head in begun or refused(session, f"{head} X1", head.split()[0]), head


def test_every_clause_of_the_list_stands_in_a_form() -> None:
    spaced = [" ".join(text.replace("(", " ( ").split()) for text in FORMS]
    for clause in (*language.CLAUSES, *language.DEFINITION_CLAUSES):
        assert any(f" {clause}" in text for text in spaced), clause


def test_every_alteration_of_the_list_is_refused_by_name(reading: DatabaseSession) -> None:
    for phrase in language.ALTERATIONS:
        assert refused(reading, f"ALTER TABLE T {phrase} 'x'", phrase.split()[-1]), phrase


def test_every_function_of_the_list_has_an_example_or_is_refused_by_name(reading: DatabaseSession) -> None:
    shown = {
        name for name in language.FUNCTIONS if any(f"{name}(" in text.replace(" (", "(") for text in FORMS)
    }
    for name in sorted(language.FUNCTIONS - EXAMPLES - shown):
        for arguments in ("", "1", "'a', 2"):
            text = f"SELECT {name}({arguments}) FROM T"
            found = refusal(reading, text)
            assert found is not None, text
            assert found.code == NOT_SUPPORTED, f"{text}: {found}"
            assert name in found.text, text


def test_every_function_that_is_here_is_one_of_hana() -> None:
    assert EXAMPLES <= language.FUNCTIONS


def test_every_type_of_the_list_makes_a_column_or_is_refused_by_name(session: DatabaseSession) -> None:
    for name in sorted(language.TYPES):
        found = refusal(session, f"CREATE TABLE X_{name} (A {name})")
        assert found is None or (found.code == NOT_SUPPORTED and name in found.text), f"{name}: {found}"


def test_every_system_view_of_the_list_is_there_or_refused_by_name(reading: DatabaseSession) -> None:
    assert VIEWS.keys() <= known_names.SYSTEM_VIEWS
    for name in sorted(known_names.SYSTEM_VIEWS):
        for text in (f"SELECT * FROM SYS.{name}", f"SELECT * FROM {name}"):
            if name in UNKNOWN_VIEWS:
                assert refused(reading, text, name), text
            else:
                assert refusal(reading, text) is None, text


def test_a_view_that_hana_can_reset_is_refused_by_name(reading: DatabaseSession) -> None:
    assert refused(reading, "SELECT * FROM SYS.M_CACHES_RESET", "M_CACHES_RESET")


def test_every_column_of_a_view_of_hana_is_there_or_refused_by_name(reading: DatabaseSession) -> None:
    for name, view in VIEWS.items():
        told = {column for column, _ in view.columns}
        assert refusal(reading, f"SELECT {', '.join(sorted(told))} FROM {name}") is None
        for column in further_columns(name).split():
            text = f"SELECT X.{column} FROM SYS.{name} X WHERE X.{column} IS NULL"
            assert column in told or refused(reading, text, f"column {column} of system view {name}"), text


def test_every_schema_and_procedure_of_hana_is_refused_by_name(reading: DatabaseSession) -> None:
    for schema in known_names.KNOWN_SCHEMAS:
        for text in (f"SELECT * FROM {schema}.X", f"CALL {schema}.X()", f"SET SCHEMA {schema}"):
            assert refused(reading, text, f"schema {schema}"), text
        assert refused(reading, f"SELECT {schema}.F(1) FROM DUMMY", f"function {schema}.F"), schema
    for procedure in known_names.KNOWN_PROCEDURES:
        assert refused(reading, f"CALL {procedure}()", f"procedure {procedure}"), procedure


def test_every_privilege_and_role_is_refused_by_name(reading: DatabaseSession) -> None:
    for privilege in language.PRIVILEGES:
        assert refusal(reading, f"GRANT {privilege} TO SYSTEM").code == NOT_SUPPORTED, privilege  # type: ignore[union-attr]
    assert refused(reading, 'GRANT "some::role" TO SYSTEM', "roles")


def test_every_object_that_has_comments_gets_one_or_is_refused_by_name(session: DatabaseSession) -> None:
    names = {"COLUMN": "T.N", "TABLE": "T", "VIEW": "V"}
    for kind in sorted(language.COMMENTED):
        found = refusal(session, f"COMMENT ON {kind} {names.get(kind, 'X')} IS 'x'")
        assert found is None or (found.code == NOT_SUPPORTED and kind in found.text), f"{kind}: {found}"


def test_a_reserved_word_is_no_name(reading: DatabaseSession) -> None:
    for word in sorted(language.RESERVED):
        found = refusal(reading, f"SELECT 1 AS {word} FROM T")
        assert found is not None, word
        assert found.code in (SYNTAX, NOT_SUPPORTED), word
        assert refusal(reading, f'SELECT 1 AS "{word}" FROM T') is None, word
