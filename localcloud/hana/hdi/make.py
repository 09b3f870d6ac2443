"""MAKE: brings the schema of a container from what is deployed to what shall be deployed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from localcloud.hana.access_role import read_roles
from localcloud.hana.artefacts import quoted, refusal
from localcloud.hana.errors import INVALID_OBJECT, INVALID_TABLE, HanaError
from localcloud.hana.loading import define, in_any_order, run
from localcloud.hana.source_files import FileError, json_of
from localcloud.hana.sql.catalogue.catalogue import Column, Table
from localcloud.hana.sql.engine.atomic import AtomicSession

from .configuration import Configuration, plugin_of
from .messages import ContainerError, Messages, about
from .migration_step import check_step
from .migration_table import MigrationTable
from .objects import MadeObject, by_kind, files_at, objects_of
from .table_contents import TableContents


@dataclass(frozen=True)
class Change:
    """What a MAKE is about: the files that were deployed, those that shall be, and which of them count."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    deploy: tuple[str, ...]
    undeploy: tuple[str, ...]

    @property
    def paths(self) -> set[str]:
        """All files that come, change or go."""
        return {*self.deploy, *self.undeploy}


class Make:
    """One MAKE in a session whose work is undone where it fails."""

    def __init__(
        self, session: AtomicSession, change: Change, messages: Messages, *, development: bool = False
    ) -> None:
        self._session = session
        self._change = change
        self._messages = messages
        self._development = development
        self._old, self._new = files_at(change.before), files_at(change.after)
        configuration = Configuration(self._new)
        self._paths = change.paths | self._configured_anew()
        for path in sorted(self._paths & self._new.keys()):
            with about(self._new[path]):
                configuration.check(path)
        self._before = objects_of(self._old.values())
        self.objects = objects_of(self._new.values())
        """What there is in the end."""
        for each in self.objects:
            if each.is_of(self._paths):
                configuration.check_name(each.path, each.name)

    def _configured_anew(self) -> set[str]:
        """The files that stay as they are, and that another plug-in reads than before."""
        return {
            path
            for path, file in self._new.items()
            if path in self._old and file.kind != self._old[path].kind
        }

    def run(self) -> None:
        """Carry it out; ContainerError naming the file that does not fit."""
        try:
            self._run()
        except FileError as error:
            raise ContainerError.about(error, plugin_of(error.file)) from None

    def _run(self) -> None:
        tables = self._changed("TABLE")
        others = self._changed("VIEW", "SEQUENCE", "SYNONYM")
        self._drop(tables, views=bool(tables or others))
        self._create(tables)
        self._load(tables)
        for each in by_kind(self.objects, "INDEX", "CONSTRAINT"):
            if self._is_affected(each, tables):
                define(self._session, each.definition)
        self._check_roles()
        self._check_references()
        for path in sorted(self._change.deploy):
            self._messages.tell(f'Deploying "{path}"... ok', level=1, path=path)
        for path in sorted(self._change.undeploy):
            self._messages.tell(f'Undeploying "{path}"... ok', level=1, path=path)

    def _changed(self, *kinds: str) -> set[str]:
        """The names of the objects of these kinds that files which change have made or will make."""
        objects = by_kind([*self._before, *self.objects], *kinds)
        return {each.name for each in objects if each.is_of(self._paths)}

    def _is_affected(self, each: MadeObject, tables: set[str]) -> bool:
        return each.is_of(self._paths) or bool(each.tables & tables)

    # Dropping ---------------------------------------------------------------------------------------

    def _drop(self, tables: set[str], *, views: bool) -> None:
        """Drop what goes, and what has to be made anew; tables that only change stay."""
        if views:
            for each in by_kind(self._before, "VIEW"):
                self._statement(each, f"DROP VIEW IF EXISTS {quoted(each.name)}")
        for each in by_kind(self._before, "CONSTRAINT", "INDEX"):
            if self._is_affected(each, tables):
                self._drop_from_table(each)
        for each in by_kind(self._before, "SYNONYM", "SEQUENCE"):
            if each.is_of(self._paths):
                self._statement(each, f"DROP {each.kind} IF EXISTS {quoted(each.name)}")
        kept = {each.name for each in by_kind(self.objects, "TABLE")}
        gone = [each for each in by_kind(self._before, "TABLE") if each.name not in kept]
        in_any_order(gone, lambda each: self._statement(each, f"DROP TABLE IF EXISTS {quoted(each.name)}"))

    def _drop_from_table(self, each: MadeObject) -> None:
        if each.kind == "INDEX":
            self._statement(each, f"DROP INDEX IF EXISTS {quoted(each.name)}")
            return
        table = each.definition.sql.partition(" ADD ")[0]
        try:
            run(self._session, f"{table} DROP CONSTRAINT {quoted(each.name)}")
        except HanaError as error:
            if error.code not in (INVALID_OBJECT, INVALID_TABLE):
                raise each.definition.refused(error) from None

    def _statement(self, each: MadeObject, sql: str) -> None:
        try:
            run(self._session, sql)
        except HanaError as error:
            raise refusal(each.definition.file, error) from None

    # Creating ---------------------------------------------------------------------------------------

    def _create(self, tables: set[str]) -> None:
        """Make tables, sequences, synonyms and views, in whatever order works."""
        made = {(each.kind, each.name) for each in self._before}
        waiting: list[MadeObject] = []
        for each in by_kind(self.objects, "SEQUENCE", "TABLE", "SYNONYM", "VIEW"):
            is_new = (each.kind, each.name) not in made
            again = each.kind == "VIEW" and bool(tables or self._changed("VIEW", "SEQUENCE", "SYNONYM"))
            if each.is_of(self._paths) or is_new or again:
                waiting.append(each)
        in_any_order(waiting, self._make)

    def _make(self, each: MadeObject) -> None:
        with about(each.definition.file):
            if each.kind == "TABLE":
                self._make_table(each)
            else:
                define(self._session, each.definition)

    def _make_table(self, each: MadeObject) -> None:
        before = next((old for old in by_kind(self._before, "TABLE") if old.name == each.name), None)
        if before is None and (self._session.schema, each.name) in self._session.catalogue.objects:
            text = f'"{each.name}" is there already, and no file of this container has made it'
            raise FileError(each.definition.file, text, each.definition.line)
        migrates = each.migration is not None and not self._development
        if migrates and each.migration and before is not None and before.migration is not None:
            self._migrate(each, before.migration.version, each.migration)
            return
        self._redefine(each)

    def _migrate(self, each: MadeObject, version: int, migration: MigrationTable) -> None:
        """Run the steps since that version; they must lead to the table as it is written.

        A lower version is refused: what was added since would be lost.
        """
        if migration.version < version:
            text = f"has version {migration.version}, but the table is deployed with version {version}"
            raise FileError(each.definition.file, text, 1)
        for step in migration.since(version):
            check_step(step, each.name)
            define(self._session, step)
        stepped = self._columns(each)
        self._redefine(each)
        if self._columns(each) != stepped:
            text = f"the migrations to version {migration.version} do not lead to the table as it is written"
            raise FileError(each.definition.file, text, each.definition.line)

    def _redefine(self, each: MadeObject) -> None:
        try:
            self._session.redefine(each.definition.sql)
        except HanaError as error:
            raise each.definition.refused(error) from None

    def _columns(self, each: MadeObject) -> dict[str, Column]:
        found = self._session.catalogue.objects[(self._session.schema, each.name)]
        assert isinstance(found, Table)
        return {column.name: column for column in found.columns}

    # Rows, roles, keys --------------------------------------------------------------------------------

    def _load(self, tables: set[str]) -> None:
        before, after = TableContents(self._old), TableContents(self._new)
        affected = tables | before.tables_of(self._paths) | after.tables_of(self._paths)
        before.delete(self._session, affected)
        after.delete(self._session, affected)
        for table, count in sorted(after.load(self._session, affected).items()):
            self._messages.tell(f'{count} rows imported into "{table}"', level=1)

    def _check_roles(self) -> None:
        """Roles are granted by other calls; here they are read, and what they are about must be there."""
        files = [file for file in self._new.values() if file.kind == "hdbrole"]
        for role in read_roles({file: json_of(file) for file in files}).values():
            if str(role.file) in self._change.deploy:
                for line in role.unread:
                    self._messages.warn(line.removeprefix(f"{role.file}: "), str(role.file))
            for each in role.privileges:
                if each.object and (self._session.schema, each.object) not in self._session.catalogue.objects:
                    raise FileError(
                        each.file, f"there is no {each.object} on which a role could give something"
                    )

    def _check_references(self) -> None:
        try:
            self._session.check_references()
        except HanaError as error:
            concerned = [
                each for each in by_kind(self.objects, "CONSTRAINT", "TABLE") if _is_about(each, error)
            ]
            if not concerned:
                raise ContainerError(f"Database error {error.code}: {error.text}") from None
            raise refusal(concerned[0].definition.file, error) from None


def _is_about(each: MadeObject, error: HanaError) -> bool:
    """Whether the table that the error names has this constraint, or is this table."""
    named = error.text.rpartition(":")[2].rstrip(")")
    owner = each.definition.sql.partition(" ADD ")[0].removeprefix("ALTER TABLE ").strip('"')
    return (owner if each.kind == "CONSTRAINT" else each.name) == named


def planned(
    deployed: dict[str, bytes], work: dict[str, bytes], deploy: Sequence[str], undeploy: Iterable[str]
) -> Change:
    """The change that a MAKE of these paths is; ContainerError for one that is not there."""
    after = dict(deployed)
    gone = tuple(path for path in dict.fromkeys(undeploy) if path in deployed and path not in deploy)
    for path in gone:
        del after[path]
    for path in deploy:
        if path not in work:
            raise ContainerError(f'"{path}" was not written', path)
        after[path] = work[path]
    return Change(deployed, after, tuple(dict.fromkeys(deploy)), gone)
