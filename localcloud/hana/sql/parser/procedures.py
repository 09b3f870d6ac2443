"""Parses CALL."""

from __future__ import annotations

from . import tree
from .expressions import expression, identifier, is_identifier, path
from .lexer import TokenReader


def procedure_call(reader: TokenReader) -> tree.ProcedureCall:
    """`CALL p(1, t, ?)`, or with names: `CALL p(a => 1, b => ?)`; the parentheses may be missing."""
    at = reader.token.at
    reader.expect("CALL")
    procedure = path(reader)
    arguments: tuple[tree.Argument, ...] = ()
    if reader.accept_symbol("("):
        if not reader.is_symbol(")"):
            arguments = reader.listed(_argument)
        reader.expect_symbol(")")
    reader.refuse_any("WITH OVERVIEW", "WITH HINT", "IN DEBUG MODE", after="CALL … ")
    return tree.ProcedureCall(procedure, arguments, at)


def _argument(reader: TokenReader) -> tree.Argument:
    at = reader.token.at
    name = None
    if is_identifier(reader) and reader.ahead().text == "=>":
        name = identifier(reader)
        reader.expect_symbol("=>")
    return tree.Argument(name, path(reader) if is_identifier(reader) else expression(reader), at)
