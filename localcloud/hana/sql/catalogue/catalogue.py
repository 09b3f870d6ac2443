"""What exists: schemas, tables, views, sequences, synonyms and who may touch them.

A `Catalogue` is never changed: a definition makes a new one, so that whoever compiled against the old one can
see that by its version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from localcloud.hana.errors import (
    INSUFFICIENT_PRIVILEGE,
    INVALID_SCHEMA,
    INVALID_TABLE,
    HanaError,
    not_supported,
)
from localcloud.hana.model import Type
from localcloud.hana.releases import DEFAULT_LINE, RELEASES, Release
from localcloud.hana.sql.parser.known_names import KNOWN_SCHEMAS
from localcloud.hana.sql.parser.tree import Identity, Path

from .procedures import Procedure

Key = tuple[str, str]
"""Schema and name of an object."""

SYSTEM_SCHEMAS = ("SYS", "PUBLIC")
DEPLOYMENT_USER = "_SYS_DI"
"""Who owns the schemas of HDI's procedures and tables, and is the only one to change them."""
_OF_DEPLOYMENT = ("M_", "T_", "TT_")
"""How the tables and views of HDI begin that others may read."""
DUMMY: Key = ("SYS", "DUMMY")


@dataclass(frozen=True, slots=True)
class Column:
    """`id` names the column in sqlite (c1, c2 …) and never changes; expressions are kept as SQL text."""

    id: int
    name: str
    type: Type
    nullable: bool = True
    default: str | None = None
    default_text: str | None = None
    identity: int | None = None
    identity_options: Identity | None = None
    generated: str | None = None
    comment: str | None = None
    calculated: bool = False

    @property
    def sql(self) -> str:
        return f"c{self.id}"

    @property
    def identity_always(self) -> bool:
        return self.identity_options is not None and self.identity_options.always


@dataclass(frozen=True, slots=True)
class KeyConstraint:
    """PRIMARY KEY or UNIQUE."""

    name: str
    columns: tuple[int, ...]
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    name: str
    columns: tuple[int, ...]
    table: Key
    referenced: tuple[int, ...]
    on_update: str = "RESTRICT"
    on_delete: str = "RESTRICT"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    condition: str


@dataclass(frozen=True, slots=True)
class Index:
    id: int
    name: str
    columns: tuple[tuple[int, bool], ...]
    unique: bool


@dataclass(frozen=True, slots=True)
class Named:
    """What has a name in a schema; `id` is what it is called in sqlite (t1, t2 …) and in SYS."""

    id: int
    schema: str
    name: str

    @property
    def key(self) -> Key:
        return self.schema, self.name


@dataclass(frozen=True, slots=True)
class Table(Named):
    """`kind` is COLUMN, ROW, LOCAL TEMPORARY or GLOBAL TEMPORARY.

    Of a global temporary table each session has rows of its own, in a sqlite table of its own: `instance` is
    the session's number, 0 for the definition that all share.
    """

    kind: str
    columns: tuple[Column, ...]
    keys: tuple[KeyConstraint, ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    next_column: int = 1
    instance: int = 0
    emptied: bool = False
    """Whether a commit deletes a session's rows."""

    @property
    def sql(self) -> str:
        return f"t{self.id}s{self.instance}" if self.instance else f"t{self.id}"

    @property
    def temporary(self) -> bool:
        return self.kind == "LOCAL TEMPORARY"

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def by_id(self, id_: int) -> Column:
        return next(column for column in self.columns if column.id == id_)

    @property
    def primary_key(self) -> KeyConstraint | None:
        return next((key for key in self.keys if key.primary), None)


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """`source` is what the query itself calls it: if that changes, the view is no longer valid."""

    name: str
    type: Type
    nullable: bool = True
    source: str = ""
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ViewParameter:
    """What a query gives a view by name; `default` is SQL."""

    name: str
    type: Type
    default: str | None = None


@dataclass(frozen=True, slots=True)
class View(Named):
    """The query's text is read again, in the schema in which it was written, wherever the view is used."""

    text: str
    columns: tuple[ViewColumn, ...]
    written_in: str
    owner: str
    comment: str | None = None
    parameters: tuple[ViewParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence(Named):
    options: Identity


@dataclass(frozen=True, slots=True)
class Synonym(Named):
    target: Key


CatalogueObject = Table | View | Sequence | Synonym


Grants = frozenset[tuple[str, str, str]]
"""Schema, object and privilege of each; no object means everything in the schema."""


@dataclass(frozen=True, slots=True)
class Role:
    """Privileges that whoever holds the role has."""

    name: str
    grants: Grants = frozenset()


@dataclass(frozen=True, slots=True)
class DatabaseUser:
    """`administrator` may do everything; others own their schemas and have what was granted."""

    name: str
    administrator: bool = False
    grants: Grants = frozenset()
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Catalogue:
    version: int = 0
    next_id: int = 1
    schemas: dict[str, str] = field(default_factory=dict)
    objects: dict[Key, CatalogueObject] = field(default_factory=dict)
    users: dict[str, DatabaseUser] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    procedures: Mapping[Key, Procedure] = field(default_factory=dict)
    release: Release = RELEASES[DEFAULT_LINE]
    """The HANA that it says it is."""

    @cached_property
    def shared_temporary(self) -> tuple[Table, ...]:
        """The global temporary tables."""
        tables = (each for each in self.objects.values() if isinstance(each, Table))
        return tuple(each for each in tables if each.kind == "GLOBAL TEMPORARY")

    def find(self, path: Path, schema: str) -> CatalogueObject | None:
        """An object by its path: the current schema, then PUBLIC; synonyms are not followed."""
        if len(path.parts) == 2:
            return self.objects.get((path.parts[0], path.parts[1]))
        return self.objects.get((schema, path.name)) or self.objects.get(("PUBLIC", path.name))

    def follow(self, found: CatalogueObject | None) -> CatalogueObject | None:
        """The object behind a synonym, or the object itself."""
        for _ in range(16):
            if not isinstance(found, Synonym):
                return found
            found = self.objects.get(found.target)
        return None

    def end_of(self, synonym: Synonym) -> Key:
        """The name that a synonym leads to, through others; system views are no objects of the catalogue."""
        for _ in range(16):
            behind = self.objects.get(synonym.target)
            if not isinstance(behind, Synonym):
                break
            synonym = behind
        return synonym.target

    def table(self, path: Path, schema: str) -> Table:
        """A table that must be there; 259 otherwise."""
        found = self.follow(self.find(path, schema))
        if not isinstance(found, Table):
            raise self.missing(path, schema)
        return found

    def missing(self, path: Path, schema: str) -> HanaError:
        """What a table that is not there is: as `missing_schema` where its schema is not, 259 otherwise."""
        where = path.parts[0] if len(path.parts) == 2 else schema
        if self.schemas.get(where) == DEPLOYMENT_USER and path.name.startswith(_OF_DEPLOYMENT):
            return not_supported(f"table {path.name} of HDI", path.at)
        return self.without_schema(path) or missing_table(path, schema)

    def without_schema(self, path: Path) -> HanaError | None:
        """362 if the path names a schema that is not there."""
        if len(path.parts) == 2 and path.parts[0] not in self.schemas:
            return missing_schema(path.parts[0], path.at)
        return None

    def with_schema(self, name: str, owner: str) -> Catalogue:
        return replace(self, version=self.version + 1, schemas={**self.schemas, name: owner})

    def with_user(self, user: DatabaseUser) -> Catalogue:
        return replace(self, version=self.version + 1, users={**self.users, user.name: user})

    def with_role(self, role: Role) -> Catalogue:
        return replace(self, version=self.version + 1, roles={**self.roles, role.name: role})

    def with_objects(self, *objects: CatalogueObject, without: Iterable[Key] = ()) -> Catalogue:
        """A catalogue with some objects added or replaced, and others gone."""
        changed = dict(self.objects)
        for key in without:
            changed.pop(key, None)
        for each in objects:
            changed[each.key] = each
        return replace(self, version=self.version + 1, objects=changed)

    def without_temporary(self, version: int) -> Catalogue:
        """What everybody sees of it."""
        temporary = [key for key, each in self.objects.items() if isinstance(each, Table) and each.temporary]
        return replace(self.with_objects(without=temporary), version=version)

    def with_next_id(self, next_id: int) -> Catalogue:
        return replace(self, next_id=next_id)

    def may(self, user: str, privilege: str, schema: str, name: str) -> bool:
        """Whether a user has a privilege on an object."""
        if schema == "SYS":
            return privilege == "SELECT"
        owner, known = self.schemas.get(schema), self.users.get(user)
        if owner == user:
            return True
        if known is None:
            return False
        if owner == DEPLOYMENT_USER:
            return known.administrator and _may_deploy(privilege, name)
        if known.administrator:
            return not is_object_owner(schema, owner)
        granted = self.granted(known)
        wanted = {privilege, "ALL PRIVILEGES"}
        return any((schema, place, each) in granted for place in ("", name) for each in wanted)

    def granted(self, user: DatabaseUser) -> Grants:
        """What was granted to a user, to hold or by way of a role."""
        return user.grants.union(*(self.roles[role].grants for role in user.roles))

    def demand(self, user: str, privilege: str, schema: str, name: str, at: int) -> None:
        """258 unless the user has the privilege."""
        if not self.may(user, privilege, schema, name):
            text = f"insufficient privilege: Not authorized to {privilege}"
            raise HanaError(INSUFFICIENT_PRIVILEGE, text, at)


def is_object_owner(schema: str, owner: str | None) -> bool:
    """Whether it is the own schema of a container's object owner."""
    return schema == owner and schema.endswith("#OO")


def _may_deploy(privilege: str, name: str) -> bool:
    """What a container's administrator may do in the schema of its procedures: call them, and read."""
    if privilege == "SELECT":
        return name.startswith(_OF_DEPLOYMENT)
    return privilege in ("EXECUTE", "CREATE TEMPORARY TABLE")


def missing_table(path: Path, schema: str) -> HanaError:
    where = path.parts[0] if len(path.parts) == 2 else schema
    return HanaError(
        INVALID_TABLE,
        f"invalid table name: Could not find table/view {path.name} in schema {where}",
        path.at,
    )


def missing_schema(name: str, at: int = 0) -> HanaError:
    """What a schema is that is not there: 7 where each HANA has one of that name, 362 otherwise."""
    if name in KNOWN_SCHEMAS:
        return not_supported(f"schema {name}", at)
    return HanaError(INVALID_SCHEMA, f"invalid schema name: {name}", at)
