"""Parses CREATE VIEW: its parameters, its columns and its query."""

from __future__ import annotations

from . import tree
from .expressions import expression, identifier, path, read_type
from .lexer import TokenReader
from .literals import string
from .queries import query


def view(reader: TokenReader, replace: bool, at: int) -> tree.CreateView:
    """What follows CREATE [OR REPLACE] VIEW."""
    name = path(reader)
    comment = string(reader) if reader.accept("COMMENT") else None
    columns: tuple[str, ...] = ()
    parameters: tuple[tree.ParameterDefinition, ...] = ()
    while reader.is_symbol("("):
        if not parameters and _is_parameter(reader):
            parameters = reader.enclosed(lambda _: reader.listed(_parameter))
        elif not columns:
            columns = reader.enclosed(_view_columns)
        else:
            raise reader.error()
    reader.refuse_any("WITH", "INHERITANCE", after="CREATE VIEW … ")
    reader.expect("AS")
    found, text = reader.with_text(query)
    reader.refuse_any("WITH STRUCTURED PRIVILEGE CHECK", "WITH CHECK OPTION")
    reader.accept("WITH", "READ", "ONLY")
    return tree.CreateView(name, columns, found, text, replace, at, comment, parameters)


def _is_parameter(reader: TokenReader) -> bool:
    """Whether the parenthesis that follows opens a list of parameters: names with types."""
    following = reader.ahead(2)
    return reader.ahead().text == "IN" or (following.kind == "name" and following.text != "COMMENT")


def _parameter(reader: TokenReader) -> tree.ParameterDefinition:
    reader.accept("IN")
    name = identifier(reader)
    type_ = read_type(reader)
    default = reader.with_text(expression)[1] if reader.accept("DEFAULT") else None
    return tree.ParameterDefinition(name, type_, default)


def _view_columns(reader: TokenReader) -> tuple[str, ...]:
    names = reader.listed(identifier)
    reader.refuse_any("COMMENT", after="CREATE VIEW with columns and their ")
    return names
