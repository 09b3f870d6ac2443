"""The sqlite tables behind the tables of the catalogue.

Tables are t1, t2 …, columns c1, c2 …: no name that a user chose ever gets into generated SQL, and "a" beside
"A" is no conflict. Columns have no sqlite type, so that sqlite converts nothing.
"""

# ruff: noqa: S608 - generated SQL holds names and literals of our own making only
from __future__ import annotations

from dataclasses import replace

from localcloud.hana.sql.catalogue.catalogue import Catalogue, Column, Index, Table
from localcloud.hana.sql.compiler import conditions, expressions
from localcloud.hana.sql.compiler.conversions import DECIMAL_COLLATION
from localcloud.hana.sql.compiler.dml import into, parsed_expression
from localcloud.hana.sql.compiler.fragments import Context, Scope
from localcloud.hana.sql.compiler.from_clause import table_relation
from localcloud.hana.sql.values.types import DECIMALS

_RULES = {"RESTRICT": "NO ACTION", "CASCADE": "CASCADE", "SET NULL": "SET NULL", "SET DEFAULT": "SET DEFAULT"}


def create_sql(catalogue: Catalogue, table: Table, name: str = "") -> list[str]:
    """The statements that make the table and its indexes, under its own name or another."""
    context = Context(catalogue, table.schema, "", [])
    scope = Scope([table_relation(table, "", ((table.name,),))])
    scope.relations[0].fields = [
        replace(each, sql=column.sql)
        for each, column in zip(scope.relations[0].fields, table.columns, strict=True)
    ]
    parts = [_column_sql(context, _before(scope, table, column), column) for column in table.columns]
    for number, key in enumerate(table.keys):
        listed = ", ".join(f"c{id_}" for id_ in key.columns)
        parts.append(f"CONSTRAINT k{number} {'PRIMARY KEY' if key.primary else 'UNIQUE'} ({listed})")
    for check in table.checks:
        condition = conditions.condition(context, scope, parsed_expression(check.condition))
        parts.append(f"CHECK ({condition})")
    for reference in table.references:
        parent = table if reference.table == table.key else catalogue.objects.get(reference.table)
        assert isinstance(parent, Table)
        listed = ", ".join(f"c{id_}" for id_ in reference.columns)
        referenced = ", ".join(f"c{id_}" for id_ in reference.referenced)
        parts.append(
            f"FOREIGN KEY ({listed}) REFERENCES {parent.sql} ({referenced}) "
            f"ON UPDATE {_RULES[reference.on_update]} ON DELETE {_RULES[reference.on_delete]}"
        )
    made = [f"CREATE TABLE {name or table.sql} ({', '.join(parts)})"]
    return made + ([] if name else [index_sql(table, index) for index in table.indexes])


def instance_steps(catalogue: Catalogue, table: Table, old: Table | None) -> list[str]:
    """The statements that make a session's own table of a global temporary one, in place of an `old` one."""
    dropped = [] if old is None else [f"DROP TABLE IF EXISTS {old.sql}"]
    return [*dropped, *create_sql(catalogue, table)]


def index_sql(table: Table, index: Index) -> str:
    listed = ", ".join(f"c{id_}{' DESC' if descending else ''}" for id_, descending in index.columns)
    name = f"i{index.id}s{table.instance}" if table.instance else f"i{index.id}"
    return f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {name} ON {table.sql} ({listed})"


def _column_sql(context: Context, scope: Scope, column: Column) -> str:
    sql = column.sql
    if column.type.code in DECIMALS:
        sql += f" {DECIMAL_COLLATION}"
    if not column.nullable:
        sql += " NOT NULL"
    if column.generated is not None:
        fragment = expressions.value(context, scope, parsed_expression(column.generated))
        sql += f" GENERATED ALWAYS AS ({into(context, fragment, column, 0)}) STORED"
    return sql


def _before(scope: Scope, table: Table, column: Column) -> Scope:
    """What a generated column may be computed from: the generated ones before it, and all others."""
    if column.generated is None:
        return scope
    [relation] = scope.relations
    pairs = zip(relation.fields, table.columns, strict=True)
    fields = [each for each, other in pairs if other.generated is None or other.id < column.id]
    return Scope([replace(relation, fields=fields)])


def copy_sql(old: Table, new: Table, name: str, fillers: dict[int, str]) -> str:
    """Moves the rows of a table into its changed form; `fillers` say what goes into some columns instead."""
    kept = [column for column in new.columns if column.generated is None]
    listed = ", ".join(column.sql for column in kept)
    taken = ", ".join(fillers.get(column.id, column.sql) for column in kept)
    return f"INSERT INTO {name} ({listed}) SELECT {taken} FROM {old.sql}"
