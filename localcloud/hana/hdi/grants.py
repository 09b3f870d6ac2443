"""Who may do what in a container's schema: privileges and roles that its procedures grant and revoke.

The runtime users hold the container's access role. It begins with a default set of privileges; for a module
with a default access role the deployer has that one granted instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from localcloud.hana.access_role import NAME, privileges_of, read_roles
from localcloud.hana.loading import change
from localcloud.hana.model import Value
from localcloud.hana.source_files import FileError, SourceFile, StoredFile, json_of
from localcloud.hana.sql.catalogue.catalogue import DEPLOYMENT_USER, Grants, Role
from localcloud.hana.sql.engine.atomic import AtomicSession, atomically
from localcloud.hana.sql.engine.calls import rows_by_name
from localcloud.hana.sql.engine.database import Database

from .messages import ContainerError
from .schemas import DEFAULT_PRIVILEGES, Container

PRIVILEGE, ROLE = "PRIVILEGE", "ROLE"

_KNOWN = frozenset(
    {*DEFAULT_PRIVILEGES, "ALTER", "CREATE ANY", "DEBUG", "DROP", "INDEX", "REFERENCES", "TRIGGER"}
    | {"SELECT CDS METADATA", "SELECT METADATA"}
)


class ContainerGrants:
    """The grants of a container, in a session that changes them."""

    def __init__(self, session: AtomicSession, container: Container) -> None:
        self._session = session
        self._container = container
        self._table = container.table("GRANTED")
        self._changed: set[str] = set()

    def change(
        self, kind: str, rows: Iterable[Mapping[str, Value]], roles: Iterable[str], *, revoke: bool
    ) -> None:
        """Grant or revoke; ContainerError for a principal, a privilege or a role that is not there.

        `rows` are of TT_SCHEMA_PRIVILEGES or TT_SCHEMA_ROLES; `roles` are those of the container.
        """
        column = "PRIVILEGE_NAME" if kind == PRIVILEGE else "ROLE_NAME"
        there = set(roles)
        for row in rows:
            name, principal = str(row[column]), str(row["PRINCIPAL_NAME"])
            self._check_principal(row["PRINCIPAL_SCHEMA_NAME"], principal)
            if name not in (_KNOWN if kind == PRIVILEGE else there) and not revoke:
                raise ContainerError(f'there is no {kind.lower()} "{name}" to grant')
            self._changed.add(principal)
            if principal == self._container.access_role:
                self._begin()
            sql = (
                f"DELETE FROM {self._table} WHERE KIND = ? AND NAME = ? AND PRINCIPAL = ?"  # noqa: S608
                if revoke
                else f"UPSERT {self._table} (KIND, NAME, PRINCIPAL) VALUES (?, ?, ?) WITH PRIMARY KEY"
            )
            change(self._session, sql, [(kind, name, principal)])

    def apply(self, files: Mapping[str, StoredFile]) -> None:
        """Let principals have what was granted to them, by roles as `files` define them now."""
        granted = rows_by_name(self._session, f"SELECT KIND, NAME, PRINCIPAL FROM {self._table}")  # noqa: S608
        roles = self._roles(files)
        schema = self._container.name
        given: dict[str, set[tuple[str, str, str]]] = {principal: set() for principal in self._changed}
        for row in granted:
            kind, name, principal = (str(value) for value in row.values())
            on_objects = {("", name)} if kind == PRIVILEGE else roles.get(name, set())
            given.setdefault(principal, set()).update((schema, *each) for each in on_objects)
        for principal, grants in given.items():
            self._give(principal, frozenset(grants))

    def role_names(self, files: Mapping[str, StoredFile]) -> set[str]:
        """The roles that these files define."""
        return set(self._roles(files))

    def _give(self, principal: str, grants: Grants) -> None:
        changes, role = self._session.changes, self._container.access_role
        if principal != role:
            user = changes.catalogue.users[principal]
            others = self._elsewhere(user.grants)
            changes.catalogue = changes.catalogue.with_user(replace(user, grants=others | grants))
            return
        others = self._elsewhere(changes.catalogue.roles[role].grants)
        changes.catalogue = changes.catalogue.with_role(Role(role, others | grants))
        for user in list(changes.catalogue.users.values()):
            if not user.administrator and self._is_runtime(user.grants, user.roles):
                others, roles = self._elsewhere(user.grants), user.roles | {role}
                changes.catalogue = changes.catalogue.with_user(replace(user, grants=others, roles=roles))

    def _elsewhere(self, grants: Grants) -> Grants:
        """The grants on other schemas, which are no business of the container's."""
        return frozenset(each for each in grants if each[0] != self._container.name)

    def _is_runtime(self, grants: Grants, roles: frozenset[str]) -> bool:
        """Whether it is a runtime user of the container: they are born with the default privileges."""
        return self._container.access_role in roles or self._container.born <= grants

    def _begin(self) -> None:
        """The access role has the default privileges until it is changed for the first time."""
        role = self._container.access_role
        count = f"SELECT COUNT(*) AS N FROM {self._table} WHERE PRINCIPAL = ?"  # noqa: S608
        if rows_by_name(self._session, count, (role,)) == [{"N": 0}]:
            sql = f"INSERT INTO {self._table} (KIND, NAME, PRINCIPAL) VALUES (?, ?, ?)"  # noqa: S608
            rows = [(PRIVILEGE, each, role) for each in DEFAULT_PRIVILEGES]
            change(self._session, sql, rows)

    def _check_principal(self, schema: Value, principal: str) -> None:
        catalogue = self._session.catalogue
        if schema or (principal != self._container.access_role and principal not in catalogue.users):
            raise ContainerError(f'there is no user or role "{principal}" to grant something to')

    def _roles(self, files: Mapping[str, StoredFile]) -> dict[str, set[tuple[str, str]]]:
        """What each role of the container gives: objects (none: everything in the schema) and privileges."""
        try:
            documents: dict[SourceFile, Any] = {
                file: json_of(file) for file in files.values() if file.kind == "hdbrole"
            }
            roles = read_roles(documents)
        except FileError as error:
            raise ContainerError.about(error) from None
        return {
            name: {(each.object, each.privilege) for each in privileges_of(role, roles)}
            for name, role in roles.items()
        }


def take_default_role(database: Database, container: Container) -> None:
    """Remember that the access role gives what the default access role of a seed says, and nothing else."""
    with atomically(database, DEPLOYMENT_USER, container.name) as session:
        sql = f"UPSERT {container.table('GRANTED')} (KIND, NAME, PRINCIPAL) VALUES (?, ?, ?) WITH PRIMARY KEY"
        change(session, sql, [(ROLE, NAME, container.access_role)])


def has_grants(database: Database, container: Container) -> bool:
    """Whether the access role gives something else than the default privileges."""
    if container.api not in database.catalogue.schemas:  # a file of before there were containers
        return container.access_role in database.catalogue.roles
    sql = f"SELECT COUNT(*) AS N FROM {container.table('GRANTED')} WHERE PRINCIPAL = ?"  # noqa: S608
    with atomically(database, DEPLOYMENT_USER, container.name) as session:
        return rows_by_name(session, sql, (container.access_role,)) != [{"N": 0}]
