"""Loads what .hdbtabledata files import, and takes out what they imported before.

An import owns the rows that its filters name, or all rows of its table: when it is deployed again, its rows
take the place of those that are there, whoever changed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localcloud.hana.artefacts import quoted
from localcloud.hana.errors import HanaError
from localcloud.hana.loading import load
from localcloud.hana.model import ParameterValue
from localcloud.hana.source_files import FileError, StoredFile, json_of
from localcloud.hana.sql.engine.atomic import AtomicSession
from localcloud.hana.table_data import Import, imports

from .configuration import suffix_of


class TableContents:
    """All imports of the files of a container."""

    def __init__(self, files: Mapping[str, StoredFile]) -> None:
        sources = [file for path, file in files.items() if suffix_of(path) == "csv"]
        self._imports: list[tuple[str, Import]] = []
        for path, file in files.items():
            if suffix_of(path) == "hdbtabledata":
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
            rows = list(each.rows())
            load(session, each.table, each.columns, each.source, rows)
            counts[each.table] = counts.get(each.table, 0) + len(rows)
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
        raise FileError(each.source, error.text, code=error.code) from None


def _condition(filters: Iterable[Mapping[str, str]]) -> tuple[str, list[ParameterValue]]:
    """One of the filters holds, all of whose columns have their values."""
    values: list[ParameterValue] = []
    alternatives = []
    for each in filters:
        parts = [f"{quoted(column)} = ?" for column in each]
        values += each.values()
        alternatives.append(" AND ".join(parts) or "1 = 1")
    return (f"({' OR '.join(f'({each})' for each in alternatives)})" if alternatives else ""), values
