"""A change of the catalogue while a definition is carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.hana.errors import DUPLICATE_COLUMN, DUPLICATE_TABLE, INVALID_COLUMN, HanaError
from localcloud.hana.sql.catalogue.catalogue import Catalogue, CatalogueObject, Key, Table, missing_schema
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values.types import check_no_lob


@dataclass
class CatalogueChange:
    """A change of the catalogue: `catalogue` is the new one so far, `steps` are the statements for sqlite."""

    catalogue: Catalogue
    schema: str
    user: str
    steps: list[str] = field(default_factory=list)
    rebuilt: bool = False
    """Whether tables are rebuilt, which sqlite allows only with foreign keys off."""
    new_sequences: list[tuple[int, tree.Identity]] = field(default_factory=list)
    gone_sequences: list[int] = field(default_factory=list)
    changed_sequences: list[tuple[int, tree.Identity, int | None]] = field(default_factory=list)

    def new_id(self) -> int:
        id_ = self.catalogue.next_id
        self.catalogue = self.catalogue.with_next_id(id_ + 1)
        return id_

    def put(self, *objects: CatalogueObject) -> None:
        """Add objects, or put them in the place of what has their names."""
        self.catalogue = self.catalogue.with_objects(*objects)

    def key(self, path: tree.Path) -> Key:
        """Schema and name of an object that is to be made; its schema must be there."""
        if len(path.parts) == 2:
            if path.parts[0] not in self.catalogue.schemas:
                raise missing_schema(path.parts[0], path.at)
            return path.parts[0], path.parts[1]
        return self.schema, path.name

    def demand(self, privilege: str, schema: str, name: str, at: int = 0) -> None:
        """258 unless the user may do this."""
        self.catalogue.demand(self.user, privilege, schema, name, at)

    def new_key(self, path: tree.Path) -> Key:
        """The key of a new object: 258 where the user may not make one, 288 if there is one of that name."""
        key = self.key(path)
        if not path.name.startswith("#"):
            self.demand("CREATE ANY", key[0], "", path.at)
        if key in self.catalogue.objects:
            raise HanaError(DUPLICATE_TABLE, f"cannot use duplicate table name: {key[1]}", path.at)
        return key

    def table(self, path: tree.Path, privilege: str) -> Table:
        """A table that is to be changed."""
        found = self.catalogue.table(path, self.schema)
        if not found.temporary:
            self.demand(privilege, found.schema, found.name, path.at)
        return found


def key_ids(table: Table, names: tuple[str, ...], at: int) -> tuple[int, ...]:
    """`column_ids` for a key or an index: 266 for a LOB, too."""
    ids = column_ids(table, names, at)
    for id_ in ids:
        check_no_lob(table.by_id(id_).type, "in a key or an index", at)
    return ids


def column_ids(table: Table, names: tuple[str, ...], at: int) -> tuple[int, ...]:
    """The columns of these names: 260 for one that is not there, 272 for one that is named twice."""
    found: list[int] = []
    for name in names:
        column = table.column(name)
        if column is None:
            raise HanaError(INVALID_COLUMN, f"invalid column name: {name}", at)
        if column.id in found:
            raise HanaError(DUPLICATE_COLUMN, f"duplicate column name: {name}", at)
        found.append(column.id)
    return tuple(found)
