"""Writes `docs/hana-fidelity.md` from the examples that the tests run.

python -m tests.localcloud.hana.sql.fidelity
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.hana.sql.catalogue.all_views import EMPTY_VIEWS, UNKNOWN_VIEWS, VIEWS

from . import examples

PAGE = Path(__file__).parents[4] / "docs" / "hana-fidelity.md"

DONE, PARTLY, REFUSED = "done", "partly", "refused"


@dataclass(frozen=True)
class Row:
    """One line of the table; `note` says what is missing, or what it is."""

    name: str
    state: str
    note: str = ""


def _wire(done: str, refused: str = "", **partly: str) -> list[Row]:
    rows = [Row(name, DONE) for name in done.split()]
    rows += [Row(name, PARTLY, note) for name, note in partly.items()]
    rows += [Row(name, REFUSED) for name in refused.split()]
    return sorted(rows, key=lambda row: row.name)


MESSAGE_TYPES = _wire(
    "EXECUTEDIRECT PREPARE EXECUTE READLOB WRITELOB AUTHENTICATE CONNECT COMMIT ROLLBACK CLOSERESULTSET "
    "DROPSTATEMENTID FETCHNEXT DISCONNECT DBCONNECTINFO CLIENTPING",
    "FINDLOB ABAPSTREAM XA_START XA_JOIN FETCHABSOLUTE FETCHRELATIVE FETCHFIRST FETCHLAST EXECUTEITAB "
    "FETCHNEXTITAB INSERTNEXTITAB BATCHPREPARE XOPEN_XASTART XOPEN_XAEND XOPEN_XAPREPARE XOPEN_XACOMMIT "
    "XOPEN_XAROLLBACK XOPEN_XARECOVER XOPEN_XAFORGET",
)

PART_KINDS = _wire(
    "COMMAND RESULTSET ERROR STATEMENTID ROWSAFFECTED RESULTSETID TOPOLOGYINFORMATION READLOBREQUEST "
    "READLOBREPLY WRITELOBREQUEST WRITELOBREPLY PARAMETERS FETCHSIZE PARAMETERMETADATA RESULTSETMETADATA "
    "CLIENTINFO OUTPUTPARAMETERS TRANSACTIONFLAGS",
    "FINDLOBREQUEST",
    CLIENTCONTEXT="the client's name is read",
    AUTHENTICATION="SCRAMPBKDF2SHA256 and SCRAMSHA256; no LDAP, JWT, SAML, X.509",
    STATEMENTCONTEXT="server processing time",
    CONNECTOPTIONS="compression, routing, scrollable cursors and client-side encryption are declined",
    DBCONNECTINFO="always answers: connected to the right place",
)
"""Other kinds are skipped, as the protocol has it."""

DIFFERENCES = (
    "One transaction writes at a time: HANA locks rows, this one everything. Others wait, then get 131, or "
    "146 with NOWAIT; IGNORE LOCKED finds no rows while another transaction writes. Readers never wait.",
    "SERIALIZABLE is REPEATABLE READ, as in HANA: to change a snapshot that is no longer the newest is 138.",
    "An empty date ('' or '0000-00-00') is refused.",
    "Texts compare by code point, and sort so unless COLLATE or WITH PARAMETERS ('LOCALE' = …) names a "
    "language.",
    "It says that it is HANA Cloud (4.00); `--version 2` makes it a HANA 2 in M_DATABASE and at the logon.",
    "CURRENT_TIMESTAMP is in the time zone of the machine.",
    "Statements that are nested more than 60 deep are refused, and those that join more than 64 tables, or "
    "select or make more than 2,000 columns.",
    "Decimals travel as DECIMAL, which every version of the protocol reads, and in results of more than 34 "
    "digits as FIXED16; parameters never, because hdbcli writes small numbers wrongly as FIXED16.",
    "With autocommit a batch is one transaction: a bad row undoes all of it, and the counts say so.",
    "The first page of a result has up to 1,000 rows or 64 kB, whatever the fetch size.",
    "VARCHAR travels as CESU-8, BINTEXT as NCLOB: hdbcli reads a BINTEXT that is not ASCII without end.",
    "A query's LOB parameter that does not fit into one message is refused to go-hdb, which sends no other.",
    "With autocommit a LOB can be read to its end while its result is among the newest 16 of the connection.",
    "A regular expression may try for a second on one text; then it is 2048. A cancelled statement takes its "
    "transaction along; ALTER SYSTEM CANCEL SESSION is for the same user's sessions, and an administrator's.",
    "FULL JOIN needs a Python whose sqlite is 3.39 or newer, and is refused by name on others.",
)

UNSURE = (
    "Of HDI: the texts and most codes of its messages; that a changed sequence begins anew, and that rows "
    "are imported again when their table changes.",
    "What SAP's reference does not fix: the scale of a quotient (six digits, or that of the operands), the "
    "type of integer arithmetic (BIGINT), the texts of errors, and the codes 128, 417 and 677 in rare cases.",
    "Blanks at the end do not count where a CHAR or NCHAR is compared; SAP does not support these types.",
    "AVG of a DECIMAL(p, s) is a DECIMAL(p, s), as SAP's table says, and cut to it; SAP does not say whether "
    "HANA rounds there. PERCENTILE_CONT is a DOUBLE, PERCENTILE_DISC of the type of what is ordered.",
    "UPSERT without WHERE and without WITH PRIMARY KEY goes by the primary key.",
    "Codes of errors about JSON and hierarchies are 2; FOR JSON without rows is NULL; ORPHAN IGNORE and "
    "CYCLE BREAKUP are what a HIERARCHY does that says nothing.",
    "Positions of errors in expressions that fail while rows are read are 0.",
)


def _functions(functions: tuple[examples.Function, ...]) -> Iterator[Row]:
    for function in functions:
        example = f"`{function.examples[0][0]}`"
        if function.missing:
            yield Row(function.name, PARTLY, f"without {function.missing}; {example}")
        else:
            yield Row(function.name, DONE, example)


def _types() -> Iterator[Row]:
    for type_ in examples.TYPES:
        yield Row(type_.name, PARTLY if type_.missing else DONE, type_.missing)
    for name in examples.REFUSED_TYPES:
        yield Row(name.partition("(")[0], REFUSED)


def _statements() -> Iterator[Row]:
    for statement in examples.STATEMENTS:
        yield Row(statement.name, PARTLY if statement.missing else DONE, statement.missing)
    for text in examples.REFUSED_STATEMENTS:
        words = text.split()
        number = 2 if words[0] in ("CREATE", "ALTER") else 1
        yield Row(" ".join(words[:number]).partition("(")[0], REFUSED)


def _system_views() -> Iterator[Row]:
    for name, view in VIEWS.items():
        listed = ", ".join(column for column, _ in view.columns)
        if name in EMPTY_VIEWS:
            yield Row(f"SYS.{name}", PARTLY, f"no rows; {listed}")
        else:
            yield Row(f"SYS.{name}", DONE, listed)
    for name in sorted(UNKNOWN_VIEWS):
        yield Row(f"SYS.{name}", REFUSED)


def sections() -> list[tuple[str, list[Row]]]:
    """All rows of the page, by their headings."""
    refused = [Row(call.partition("(")[0], REFUSED) for call in examples.REFUSED_FUNCTIONS]
    return [
        ("Message types", MESSAGE_TYPES),
        ("Part kinds", PART_KINDS),
        ("Types", list(_types())),
        ("Statements", list(_statements())),
        *((f"Functions: {group}", list(_functions(each))) for group, each in examples.SCALAR.items()),
        ("Aggregates", list(_functions(examples.AGGREGATES))),
        ("Window functions", list(_functions(examples.WINDOWS))),
        ("Functions that are refused, for example", refused),
        ("System views", list(_system_views())),
    ]


def render() -> str:
    """The page as Markdown."""
    found = sections()
    rows = [row for _, each in found for row in each]
    counts = {state: sum(row.state == state for row in rows) for state in (DONE, PARTLY, REFUSED)}
    lines = [
        "# What the local HANA does, and what it does not",
        "",
        "Written by `python -m tests.localcloud.hana.sql.fidelity` from the examples that the tests run; a",
        "test fails when this page is out of date. What is not here is refused, with HANA's code 7 and the",
        "name of what is missing. Nobody has compared it with a real HANA yet: the tests can (`HANA_ADDRESS`",
        "and its relatives, in `tests/localcloud/hana/sql/conftest.py`); where they differ the real one is",
        "right.",
        "",
        f"{counts[DONE]} done, {counts[PARTLY]} partly, {counts[REFUSED]} refused by name.",
        "",
        "## Where it differs on purpose",
        "",
        *(f"- {each}" for each in DIFFERENCES),
        "",
        "## Where nobody is sure",
        "",
        *(f"- {each}" for each in UNSURE),
    ]
    for title, each in found:
        lines += ["", f"## {title}", "", "| | | |", "|---|---|---|"]
        lines += [f"| {row.name} | {row.state} | {_cell(row.note)} |" for row in each]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
