"""The schemas of a container and their tables, and the table types that its procedures take.

The names: SAP HDI Reference, "SAP HDI SQL API"; the columns that @sap/hdi-deploy reads and writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcloud.hana.artefacts import quoted
from localcloud.hana.loading import run
from localcloud.hana.model import ResultColumn
from localcloud.hana.sql.catalogue.catalogue import DEPLOYMENT_USER, Catalogue, Grants, Role, Table
from localcloud.hana.sql.engine.atomic import AtomicSession, atomically
from localcloud.hana.sql.engine.database import Database

DEFAULT_PRIVILEGES = ("CREATE TEMPORARY TABLE", "DELETE", "EXECUTE", "INSERT", "SELECT", "UPDATE")
"""What runtime users may do in a container, unless a module says otherwise."""
TYPES_SCHEMA = DEPLOYMENT_USER
LONGEST_PATH = 511
_PATH = f"PATH NVARCHAR({LONGEST_PATH})"
_PRINCIPAL = "PRINCIPAL_SCHEMA_NAME NVARCHAR(256), PRINCIPAL_NAME NVARCHAR(256)"
_METADATA = (
    f"{_PATH}, CREATE_USER_NAME NVARCHAR(256), CREATE_APPUSER_NAME NVARCHAR(256), "
    "CREATE_TIMESTAMP_UTC TIMESTAMP, MODIFICATION_USER_NAME NVARCHAR(256), "
    "MODIFICATION_APPUSER_NAME NVARCHAR(256), MODIFICATION_TIMESTAMP_UTC TIMESTAMP, SIZE BIGINT, "
    "SHA256 NVARCHAR(64)"
)
_MESSAGES = (
    "REQUEST_ID BIGINT, ROW_ID BIGINT, LEVEL INTEGER, TYPE NVARCHAR(32), LIBRARY_ID NVARCHAR(256), "
    f"PLUGIN_ID NVARCHAR(256), {_PATH}, SEVERITY NVARCHAR(16), MESSAGE_CODE BIGINT, MESSAGE NVARCHAR(5000), "
    "LOCATION NVARCHAR(64), LOCATION_PATH NVARCHAR(256), TIMESTAMP_UTC TIMESTAMP"
)
_TYPES = {
    "TT_PARAMETERS": "KEY NVARCHAR(256), VALUE NVARCHAR(256)",
    "TT_FILESFOLDERS": _PATH,
    "TT_FILESFOLDERS_PARAMETERS": f"{_PATH}, KEY NVARCHAR(256), VALUE NVARCHAR(256)",
    "TT_FILESFOLDERS_CONTENT": f"{_PATH}, CONTENT BLOB",
    "TT_FILESFOLDERS_STATUS": f"{_PATH}, STATUS NVARCHAR(1), SHA256 NVARCHAR(64), "
    "SHA256_DEPLOYED NVARCHAR(64)",
    "TT_FILESFOLDERS_METADATA": _METADATA,
    "TT_FILESFOLDERS_METADATA_CONTENT": f"{_METADATA}, CONTENT BLOB",
    "TT_SCHEMA_PRIVILEGES": f"PRIVILEGE_NAME NVARCHAR(256), {_PRINCIPAL}",
    "TT_SCHEMA_ROLES": f"ROLE_NAME NVARCHAR(256), {_PRINCIPAL}",
    "TT_API_PRIVILEGES": f"PRIVILEGE_NAME NVARCHAR(256), OBJECT_NAME NVARCHAR(256), {_PRINCIPAL}",
    "TT_LIBRARY_CONFIGURATION": "ACTION NVARCHAR(32), LIBRARY_NAME NVARCHAR(256)",
    "TT_OBJECTS": "DOMAIN NVARCHAR(256), URI NVARCHAR(256)",
    "TT_MESSAGES": _MESSAGES,
}
_NO_ROWS = {name.replace("TT_", "T_NO_", 1): columns for name, columns in _TYPES.items()}
"""The empty tables of the types, for callers that have nothing to give."""
_FILES = f"{_METADATA}, CONTENT BLOB, PRIMARY KEY (PATH)"
_TABLES = {
    "WORK_FILES": _FILES,
    "DEPLOYED_FILES": _FILES,
    "M_JOBS": "REQUEST_ID BIGINT PRIMARY KEY, CONNECTION_ID INTEGER, USER_NAME NVARCHAR(256), "
    "PROCEDURE_NAME NVARCHAR(256), JOB_START_TIMESTAMP_UTC TIMESTAMP, JOB_END_TIMESTAMP_UTC TIMESTAMP, "
    "STATUS NVARCHAR(256)",
    "M_MESSAGES": f"{_MESSAGES}, PRIMARY KEY (REQUEST_ID, ROW_ID)",
    "M_OBJECTS": f"CONTAINER_NAME NVARCHAR(256), {_PATH}, SCHEMA_NAME NVARCHAR(256), "
    "OBJECT_NAME NVARCHAR(256), OBJECT_TYPE NVARCHAR(32), OWNER_NAME NVARCHAR(256), "
    "DEPENDENT_OBJECT_NAME NVARCHAR(256)",
    "GRANTED": "KIND NVARCHAR(16), NAME NVARCHAR(256), PRINCIPAL NVARCHAR(256), "
    "PRIMARY KEY (KIND, NAME, PRINCIPAL)",
}


@dataclass(frozen=True)
class Container:
    """A container by its name, which is that of its schema; `user` is who works for it."""

    name: str
    user: str

    @property
    def api(self) -> str:
        """The schema of its procedures and views."""
        return f"{self.name}#DI"

    @property
    def owner(self) -> str:
        """The user whom its objects belong to."""
        return f"{self.name}#OO"

    @property
    def access_role(self) -> str:
        """The role that all its runtime users have."""
        return f"{self.name}::access_role"

    @property
    def born(self) -> Grants:
        """What a runtime user has from the beginning."""
        return frozenset((self.name, "", each) for each in DEFAULT_PRIVILEGES)

    def table(self, name: str) -> str:
        """One of its own tables, as SQL writes it."""
        return f"{quoted(self.api)}.{quoted(name)}"


def make_schemas(database: Database, container: Container) -> None:
    """Make the schemas of a container and their tables, where they are not there yet."""
    if container.owner not in database.catalogue.users:
        database.create_user(container.owner, container.name, ())
    with atomically(database, DEPLOYMENT_USER, container.name) as session:
        changes = session.changes
        for name, tables in ((TYPES_SCHEMA, {**_TYPES, **_NO_ROWS}), (container.api, _TABLES)):
            if name not in changes.catalogue.schemas:
                changes.catalogue = changes.catalogue.with_schema(name, DEPLOYMENT_USER)
            _make_tables(session, name, tables)
        changes.catalogue = changes.catalogue.with_schema(container.name, container.owner)
        if container.access_role not in changes.catalogue.roles:
            changes.catalogue = changes.catalogue.with_role(Role(container.access_role))
        for user in list(changes.catalogue.users.values()):
            if not user.administrator and container.born <= user.grants:
                held = replace(user, roles=user.roles | {container.access_role})
                changes.catalogue = changes.catalogue.with_user(held)
        # Jobs that the end of a process has cut off.
        sql = f"UPDATE {container.table('M_JOBS')} SET STATUS = 'ROLLED BACK' WHERE STATUS = 'RUNNING'"  # noqa: S608
        run(session, sql)


def _make_tables(session: AtomicSession, schema: str, tables: dict[str, str]) -> None:
    for name, columns in tables.items():
        if (schema, name) in session.catalogue.objects:
            continue
        run(session, f"CREATE COLUMN TABLE {quoted(schema)}.{name} ({columns})")


def columns_of(catalogue: Catalogue, type_: str) -> tuple[ResultColumn, ...]:
    """The columns of a table type."""
    found = catalogue.objects[(TYPES_SCHEMA, type_)]
    assert isinstance(found, Table)
    return tuple(ResultColumn(column.name, column.type) for column in found.columns)
