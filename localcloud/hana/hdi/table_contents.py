"""Loads what .hdbtabledata files import, and takes out what they imported before.

An import owns the rows that its filters name, or all rows of its table: when it is deployed again, its rows
take the place of those that are there, whoever changed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localcloud.hana.artefacts import quoted, refusal
from localcloud.hana.errors import HanaError
from localcloud.hana.loading import load, loading
from localcloud.hana.model import ParameterValue
from localcloud.hana.source_files import StoredFile, json_of
from localcloud.hana.sql.engine.atomic import AtomicSession
from localcloud.hana.table_data import Filter, Import, imports

from .messages import about


class TableContents:
    """All imports of the files of a container."""

    def __init__(self, files: Mapping[str, StoredFile]) -> None:
        sources = [file for file in files.values() if file.kind == "csv"]
        self._imports: list[tuple[str, Import]] = []
        for path, file in files.items():
            if file.kind == "hdbtabledata":
                with about(file):
                    self._imports += [(path, each) for each in imports(file, json_of(file), sources)]

    def tables_of(self, paths: Iterable[str]) -> set[str]:
        """The tables that imports in these files fill, or imports from these files."""
        changed = set(paths)
        return {
            each.table
            for path, each in self._imports
            if path in changed or (isinstance(each.source, StoredFile) and each.source.path in changed)
        }

    def delete(self, session: AtomicSession, tables: Iterable[str]) -> None:
        """Delete the rows that imports of these tables own."""
        for each in self._of(tables):
            if not each.reserves_only and (session.schema, each.table) in session.catalogue.objects:
                _delete(session, each)

    def load(self, session: AtomicSession, tables: Iterable[str]) -> dict[str, int]:
        """Load the rows of these tables, and count them; FileError where one is refused."""
        counts: dict[str, int] = {}
        for each in self._of(tables):
            with about(each.source):
                statement = loading(session, each.table, each.columns, each.file)
                types = [parameter.type for parameter in statement.parameters]
                count = load(session, statement, each.source, each.rows(types))
            counts[each.table] = counts.get(each.table, 0) + count
        return counts

    def _of(self, tables: Iterable[str]) -> list[Import]:
        wanted = set(tables)
        return [each for _, each in self._imports if each.table in wanted]


def _delete(session: AtomicSession, each: Import) -> None:
    included, values = _condition(each.included)
    excluded, more = _condition(each.excluded)
    conditions = [included] if included else []
    # A row with NULL in a column of a filter is none of the filter's.
    conditions += [f"CASE WHEN {excluded} THEN 1 ELSE 0 END = 0"] if excluded else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    try:
        statement = session.prepare(f"DELETE FROM {quoted(each.table)}{where}")  # noqa: S608
        session.execute(statement, ([*values, *more],), autocommit=False)
    except HanaError as error:
        raise refusal(each.file, error) from None


def _condition(filters: Iterable[Filter]) -> tuple[str, list[ParameterValue]]:
    """One of the filters holds, all of whose columns have their values."""
    values: list[ParameterValue] = []
    alternatives = []
    for each in filters:
        parts = [
            f"{quoted(column)} IS NULL" if value is None else f"{quoted(column)} = ?"
            for column, value in each.items()
        ]
        values += [value for value in each.values() if value is not None]
        alternatives.append(" AND ".join(parts) or "1 = 1")
    return (f"({' OR '.join(f'({each})' for each in alternatives)})" if alternatives else ""), values
