"""Parses anonymous blocks that only carry out statements: `DO BEGIN EXEC '…'; EXEC '…'; END`."""

from __future__ import annotations

from . import tree
from .lexer import TokenReader
from .literals import string

_SQLSCRIPT = (
    *(
        "DECLARE",
        "USING",
        "IF",
        "FOR",
        "WHILE",
        "LOOP",
        "RETURN",
        "SIGNAL",
        "RESIGNAL",
        "OPEN",
        "FETCH",
        "CLOSE",
    ),
    *(
        "BEGIN",
        "CALL",
        "SELECT",
        "INSERT",
        "UPDATE",
        "UPSERT",
        "DELETE",
        "MERGE",
        "TRUNCATE",
        "COMMIT",
        "ROLLBACK",
    ),
)


def block(reader: TokenReader) -> tree.Block:
    """A block; anything of SQLScript but EXEC and EXECUTE IMMEDIATE of a constant text is refused by name."""
    at = reader.take().at
    if reader.is_symbol("("):
        raise reader.refuse("DO with parameters")
    reader.accept("SEQUENTIAL", "EXECUTION")
    reader.expect("BEGIN")
    statements: list[str] = []
    while not reader.accept("END"):
        if not reader.accept_any(("EXECUTE IMMEDIATE", "EXEC")):
            raise reader.refuse_next("DO BEGIN …", _SQLSCRIPT)
        if reader.token.kind != "string":
            raise reader.refuse("EXEC of what is not a constant text")
        statements.append(string(reader))
        reader.refuse_any("INTO", "USING", after="EXEC … ")
        reader.expect_symbol(";")
    return tree.Block(tuple(statements), at)
