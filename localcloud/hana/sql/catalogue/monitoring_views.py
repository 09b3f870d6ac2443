"""Views about types, privileges and the running database that tools ask before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .catalogue import Sequence, Table
from .jdbc_types import JAVA_TYPES
from .system_view import Question, Row, flag, place, shown

HOST = "localhost"
HDI_VERSION = "1008"
"""That of a HANA Cloud whose MAKE can be told to stop at the first error."""


@shown("DATA_TYPES", "TYPE_NAME TYPE_ID LITERAL_PREFIX LITERAL_SUFFIX", "COLUMN_SIZE CREATE_PARAMS")
def _data_types(_: Question) -> Iterator[Row]:
    for name, number in JAVA_TYPES.items():
        yield name, number, None, None


@shown("OWNERSHIP", "SCHEMA_NAME OBJECT_NAME OBJECT_TYPE OWNER_NAME")
def _ownership(question: Question) -> Iterator[Row]:
    for each in question.visible():
        owner = question.catalogue.schemas.get(each.schema)
        yield each.schema, each.name, type(each).__name__.upper(), owner


@shown(
    "EFFECTIVE_PRIVILEGES",
    "USER_NAME GRANTEE GRANTEE_TYPE GRANTOR GRANTOR_TYPE OBJECT_TYPE SCHEMA_NAME OBJECT_NAME COLUMN_NAME "
    "PRIVILEGE IS_GRANTABLE IS_VALID",
)
def _effective(question: Question) -> Iterator[Row]:
    """What the user who asks has, to hold or by way of a role."""
    user = question.catalogue.users.get(question.user)
    if user is None:
        return
    sources = [(user.name, "USER", user.grants)]
    sources += [(role, "ROLE", question.catalogue.roles[role].grants) for role in sorted(user.roles)]
    for grantee, kind, grants in sources:
        for schema, name, privilege in sorted(grants):
            what = ("TABLE" if name else "SCHEMA", schema, name or None, None, privilege)
            yield user.name, grantee, kind, None, "USER", *what, "FALSE", "TRUE"


@shown(
    "M_DATABASES",
    "DATABASE_NAME DESCRIPTION ACTIVE_STATUS OS_USER OS_GROUP",
    "ACTIVE_STATUS_DETAILS RESTART_MODE",
)
def _databases(_: Question) -> Iterable[Row]:
    return (("HXE", None, "YES", None, None),)


@shown(
    "M_SERVICES",
    "HOST PORT SERVICE_NAME PROCESS_ID DETAIL ACTIVE_STATUS SQL_PORT COORDINATOR_TYPE",
    "VOLUME_REPLICATION_ROLE",
    IS_DATABASE_LOCAL="TRUE",
)
def _services(_: Question) -> Iterable[Row]:
    return ((HOST, None, "indexserver", None, "master", "YES", None, "MASTER"),)


@shown("M_HOST_INFORMATION", "HOST KEY VALUE")
def _host(question: Question) -> Iterable[Row]:
    return ((HOST, "build_version", question.catalogue.release.version), (HOST, "net_hostnames", HOST))


@shown("M_SYSTEM_OVERVIEW", "SECTION NAME STATUS VALUE")
def _overview(question: Question) -> Iterable[Row]:
    version = question.catalogue.release.version
    return (("System", "Version", None, version), ("System", "Instance ID", None, "HXE"))


@shown("M_FEATURES", "COMPONENT_NAME FEATURE_NAME FEATURE_VERSION IS_SUPPORTED")
def _features(_: Question) -> Iterable[Row]:
    """What deployers ask: which version of HDI this is, by which they decide what to call."""
    return tuple(("DI", feature, HDI_VERSION, "TRUE") for feature in ("CONTAINER API", "VERSION"))


@shown("M_TEMPORARY_TABLES", "HOST PORT CONNECTION_ID SCHEMA_NAME TABLE_NAME TEMPORARY_TABLE_TYPE")
def _temporary(question: Question) -> Iterator[Row]:
    own = next((each.id for each in question.sessions if each.own), None)
    for table in question.of(Table):
        if table.kind.endswith("TEMPORARY"):
            yield HOST, None, own, table.schema, table.name, table.kind.partition(" ")[0]


@shown(
    "M_CS_TABLES",
    "HOST PORT SCHEMA_NAME TABLE_NAME PART_ID LOADED RECORD_COUNT",
    "MEMORY_SIZE_IN_TOTAL MEMORY_SIZE_IN_MAIN MEMORY_SIZE_IN_DELTA ESTIMATED_MAX_MEMORY_SIZE_IN_TOTAL "
    "LAST_ESTIMATED_MEMORY_SIZE CREATE_TIME MODIFY_TIME LAST_MERGE_TIME READ_COUNT WRITE_COUNT MERGE_COUNT",
    IS_REPLICA="FALSE",
    HAS_RECORD_COMMIT_TIMESTAMP="FALSE",
)
def _column_tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        if table.kind == "COLUMN":
            yield HOST, None, table.schema, table.name, 0, "FULL", question.count(table)


@shown(
    "M_RS_TABLES",
    "HOST PORT SCHEMA_NAME TABLE_NAME RECORD_COUNT",
    "ALLOCATED_FIXED_PART_SIZE USED_FIXED_PART_SIZE ALLOCATED_VARIABLE_PART_SIZE USED_VARIABLE_PART_SIZE "
    "CREATE_TIME",
    IS_REPLICA="FALSE",
)
def _row_tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        if table.kind == "ROW":
            yield HOST, None, table.schema, table.name, question.count(table)


@shown("TABLE_PRIVILEGES", "SCHEMA_NAME TABLE_NAME GRANTEE PRIVILEGE IS_GRANTABLE")
def _table_privileges(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        schema, name, _ = place(table)
        for user in question.catalogue.users.values():
            for granted, what, privilege in sorted(user.grants):
                if granted == schema and what in ("", name):
                    yield schema, name, user.name, privilege, flag(False)


@shown(
    "M_SEQUENCES",
    "HOST PORT SEQUENCE_OID SCHEMA_NAME SEQUENCE_NAME",
    "CACHE_SIZE START_VALUE END_VALUE CURRENT_VALUE",
)
def _sequences(question: Question) -> Iterator[Row]:
    for each in question.of(Sequence):
        schema, name, number = place(each)
        yield HOST, None, number, schema, name


@shown("M_DATABASE", "SYSTEM_ID DATABASE_NAME HOST VERSION USAGE START_TIME CLOUD_VERSION")
def _database(question: Question) -> Iterable[Row]:
    release = question.catalogue.release
    return (("HXE", "HXE", "localhost", release.version, "DEVELOPMENT", None, release.cloud),)


@shown(
    "M_TABLES",
    "SCHEMA_NAME TABLE_NAME TABLE_TYPE IS_COLUMN_TABLE RECORD_COUNT",
    "TABLE_SIZE",
    IS_PARTITIONED="FALSE",
    IS_REPLICATED="FALSE",
    HAS_RECORD_COMMIT_TIMESTAMP="FALSE",
)
def _m_tables(question: Question) -> Iterator[Row]:
    for table in question.of(Table):
        kind = "ROW" if table.kind == "ROW" else "COLUMN"
        yield table.schema, table.name, kind, flag(kind == "COLUMN"), question.count(table)
