"""Compiles a statement: from its text to its plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from localcloud.hana.errors import SYNTAX, HanaError, not_supported
from localcloud.hana.model import FunctionCode, Parameter, ResultColumn, Type, TypeCode
from localcloud.hana.sql.catalogue.catalogue import Catalogue, Table
from localcloud.hana.sql.catalogue.jdbc_queries import JDBC_QUERIES
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.lexer import located
from localcloud.hana.sql.parser.statements import parse
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.converters import Converter, assigner, column_assigner, comparer, long_text

from . import dml, merge, procedures
from .fragments import Context, Field
from .json_tables import shown
from .plans import BlockPlan, DefinitionPlan, Plan, QueryPlan, SessionPlan, Step, WritePlan, markers_in
from .queries import query

_UNKNOWN = Type(TypeCode.NSTRING, 5000)
_CHANGES: dict[type, Callable[[Context, Any], dml.CompiledChange]] = {
    tree.Insert: dml.insert,
    tree.Upsert: merge.upsert,
    tree.Update: dml.update,
    tree.Delete: dml.delete,
    tree.Merge: merge.merge,
}
_TRANSACTION_FUNCTIONS = {
    "COMMIT": FunctionCode.COMMIT,
    "ROLLBACK": FunctionCode.ROLLBACK,
    "SAVEPOINT": FunctionCode.SAVEPOINT,
}


def compile_statement(sql: str, catalogue: Catalogue, schema: str, user: str) -> Plan:
    """The plan of a statement; every error says where in the text it lies."""
    try:
        node, count = parse(sql)
        return compile_tree(node, count, catalogue, schema, user)
    except HanaError as error:
        raise located(error, sql) from None
    except RecursionError:
        raise not_supported("a statement that is nested this deeply") from None


def compile_tree(node: tree.StatementNode, count: int, catalogue: Catalogue, schema: str, user: str) -> Plan:
    """The plan of a parsed statement."""
    if isinstance(node, tree.ProcedureCall):
        return procedures.call(node, catalogue, schema, user)
    if isinstance(node, tree.MetadataQuery):
        node, count = _metadata_query(node)
    context = Context(catalogue, schema, user, [None] * count)
    if isinstance(node, tree.Query):
        return _query_plan(context, node)
    if isinstance(node, tree.DataChange):
        made = _CHANGES[type(node)](context, node)
        given = _types(context)
        return WritePlan(
            made.function,
            tuple(Parameter(type_) for type_ in given),
            steps=_steps(made.steps),
            either=made.either,
            fallback=_steps(made.fallback),
            converters=_converters(context, given, assigns=not isinstance(node, tree.Delete)),
            columnwise=tuple(column_assigner(type_) for type_ in given),
            one_row_each=made.one_row_each,
            table=made.reported,
            targets=made.targets,
        )
    if count:
        raise HanaError(SYNTAX, "sql syntax error: parameters are not allowed here", node.at)
    if isinstance(node, tree.Block):
        return BlockPlan(FunctionCode.DDL, statements=node.statements)
    if isinstance(node, tree.SessionChange):
        function = FunctionCode.DDL
        if isinstance(node, tree.TransactionControl):
            function = _TRANSACTION_FUNCTIONS.get(node.action, FunctionCode.DDL)
        return SessionPlan(function, change=node)
    return DefinitionPlan(FunctionCode.DDL, definition=node)


def _metadata_query(node: tree.MetadataQuery) -> tuple[tree.Query, int]:
    text = JDBC_QUERIES.get(node.name)
    if text is None:
        raise not_supported(f"metadata query {node.name}", node.at)
    found, count = parse(text)
    assert isinstance(found, tree.Query)
    return found, count


def _query_plan(context: Context, node: tree.Query) -> QueryPlan:
    compiled = query(context, None, node)
    context.selected |= context.arguments
    given = _types(context)
    return QueryPlan(
        FunctionCode.SELECT_FOR_UPDATE if context.locks else FunctionCode.SELECT,
        tuple(Parameter(type_) for type_ in given),
        tuple(_column(context, each) for each in compiled.fields),
        sql=compiled.sql,
        bound=markers_in(compiled.sql),
        converters=_converters(context, given, assigns=False),
        lock=context.locks,
        locked=frozenset(context.locked),
    )


def _steps(steps: list[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, bound=markers_in(step.sql)) for step in steps)


def _types(context: Context) -> list[Type]:
    return [type_ or _UNKNOWN for type_ in context.markers]


def _converters(context: Context, given: list[Type], *, assigns: bool) -> tuple[Converter, ...]:
    """What makes stored values of parameters; only a statement that `assigns` has columns to fit into."""
    return tuple(_converter(context, index, type_, assigns) for index, type_ in enumerate(given))


def _converter(context: Context, index: int, type_: Type, assigns: bool) -> Converter:
    if index in context.compared:
        return comparer(type_)
    if type_ in (types.UNTYPED_TEXT, types.PATTERN) and (index in context.selected or not assigns):
        return long_text
    return assigner(type_)


def _column(context: Context, found: Field) -> ResultColumn:
    schema, table, column = found.origin
    known = context.catalogue.objects.get((schema, table))
    declared = known.column(column) if isinstance(known, Table) else None
    type_ = found.type
    if declared is not None and types.presented(declared.type) == type_:
        type_ = declared.type  # TEXT, BINTEXT and SHORTTEXT, which are no types of values
    return ResultColumn(found.name, shown(type_), column, table, schema, found.nullable, found.auto_increment)
