"""Which statements may stand in a migration of a .hdbmigrationtable file.

The rule: SAP HDI Reference, "Migration Tables (.hdbmigrationtable)", Migrations.
"""

from __future__ import annotations

from localcloud.hana.artefacts import Definition
from localcloud.hana.errors import HanaError
from localcloud.hana.source_files import FileError
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.statements import parse

from .named_schemas import named_schema

_CHANGES = (tree.AlterTable, tree.Insert, tree.Update, tree.Upsert, tree.Delete)
_ALLOWED = (
    "ALTER TABLE, RENAME COLUMN, INSERT, UPDATE, UPSERT, DELETE, COMMENT ON TABLE and COMMENT ON COLUMN"
)


def check_step(step: Definition, table: str) -> None:
    """FileError for a statement of another kind, about another table, or with a parameter."""
    try:
        node, markers = parse(step.sql)
    except HanaError as error:
        raise step.refused(error) from None
    except RecursionError:
        raise FileError(step.file, "is nested too deep", step.line) from None
    changed = _changed(node)
    if changed is None or markers:
        said = f"a migration may hold {_ALLOWED}, and holds {' '.join(step.sql.split())[:40]}"
        raise FileError(step.file, said, step.line)
    if changed != table:
        said = f'a migration may change its own table "{table}" only, and changes "{changed}"'
        raise FileError(step.file, said, step.line)
    schema = named_schema(None if isinstance(node, tree.Rename) else node)
    if schema is not None:
        raise FileError(step.file, f"must name no schema, and names {schema}", step.line)


def _changed(node: object) -> str | None:
    """The table that a statement changes, with its schema where it names one; None for another kind."""
    if isinstance(node, _CHANGES) or (isinstance(node, tree.Comment) and node.kind != "VIEW"):
        return node.path.name if hasattr(node, "path") else node.table.name
    if isinstance(node, tree.Rename) and node.kind == "COLUMN":
        return ".".join(node.path.parts[:-1])
    return None
