"""What a view of SYS is: a table one can query, whose rows are worked out of the catalogue when asked for.

A view tells what it knows; columns that tools read beyond that are NULL, or what is so of every object here.
Other columns that HANA has are refused by name (`known_columns`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from re import fullmatch
from typing import TypeVar

from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types

from .catalogue import (
    SYSTEM_SCHEMAS,
    Catalogue,
    CatalogueObject,
    Named,
    Sequence,
    Synonym,
    Table,
    View,
)

OID_BASE = 150_000
"""Object ids start here, as if HANA's own objects came before."""

Cell = int | str | None
Row = tuple[Cell, ...]

_Object = TypeVar("_Object", Table, View, Sequence, Synonym)


@dataclass(frozen=True, slots=True)
class Connected:
    """What is told about a session: `running` and `prepared` are texts of statements."""

    id: int
    user: str
    schema: str
    own: bool
    client: Mapping[str, str | None]
    running: str = ""
    prepared: tuple[str, ...] = ()
    writing: bool = False
    isolation_level: str = ""
    locked: tuple[int, ...] = ()
    """The ids of the tables that it has locked, or has changed."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, and about what.

    `is_valid` tells whether a view can still be compiled, `count` how many rows a table has.
    """

    catalogue: Catalogue
    user: str
    is_valid: Callable[[View], bool]
    sessions: tuple[Connected, ...] = ()
    count: Callable[[Table], int] = lambda table: 0

    def visible(self) -> Iterator[CatalogueObject]:
        """The objects that the user has any privilege on."""
        for each in self.catalogue.objects.values():
            if may_see(self.catalogue, self.user, each.schema, each.name):
                yield each

    def of(self, kind: type[_Object]) -> Iterator[_Object]:
        return (each for each in self.visible() if isinstance(each, kind))


def may_see(catalogue: Catalogue, user: str, schema: str, name: str) -> bool:
    known = catalogue.users.get(user)
    if schema in SYSTEM_SCHEMAS or (known is not None and known.administrator):
        return True
    if catalogue.schemas.get(schema) == user:
        return True
    grants = catalogue.granted(known) if known is not None else frozenset()
    return any(place == schema and each in ("", name) for place, each, _ in grants)


def flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def oid(id_: int) -> int:
    """What SYS calls an object's id."""
    return OID_BASE + id_


def place(each: Named) -> tuple[Cell, ...]:
    """Schema, name and object id."""
    return each.schema, each.name, oid(each.id)


Rows = Callable[[Question], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class SystemView:
    """A view of SYS: the names of its columns, and what yields its rows."""

    names: str
    rows: Rows

    @property
    def columns(self) -> tuple[tuple[str, Type], ...]:
        """The columns with their types."""
        return _typed(self.names)


VIEWS: dict[str, SystemView] = {}

_HOLDS = (
    (r"(IS|HAS)_\w+|ASCENDING_ORDER|OWN|PRELOAD|USER_DEACTIVATED|AUTO_COMMIT", Type(TypeCode.VARCHAR, 5)),
    (r"CHECK_TIME|(CS|DDIC)_DATA_TYPE_NAME", Type(TypeCode.VARCHAR, 64)),
    (
        r"(IDLE|CPU|LOCK_WAIT|EXECUTION|(TOTAL|AVG|MIN|MAX)_\w+)_TIME|(USER|ROLE|AUDIT_POLICY)_ID|CLIENT_PID",
        types.BIGINT,
    ),
    (
        r"VALID_(FROM|UNTIL)|LAST_SUCCESSFUL_CONNECT|LAST_INVALID_CONNECT_ATTEMPT|LAST_\w+_TIMESTAMP",
        types.LONGDATE,
    ),
    (r"\w+_OID|COLUMN_ID|RECORD_COUNT|START_NUMBER|(MIN|MAX)_VALUE|INCREMENT_BY", types.BIGINT),
    (
        r"POSITION|LENGTH|SCALE|(ROW_ORDER|CLIENT)_(POSITION|PORT)|INVALID_CONNECT_ATTEMPTS|MEMORY_THRESHOLD|(\w+_)?(CONNECTION|TRANSACTION)_ID|(SQL_)?PORT",
        types.INT,
    ),
    (r"DATA_TYPE_ID", types.SMALLINT),
    (r"\w+_TIME|TIMESTAMP", types.LONGDATE),
    (
        r"\w+_(SIZE|COUNT|DURATION)|(PART|PLAN|BACKUP|ENTRY|CERTIFICATE|PROCESS|\w*OPERATOR|TYPE)_ID|"
        r"UNLOAD_PRIORITY|PORT",
        types.BIGINT,
    ),
    (r"COMMENTS|CHECK_CONDITION|DEFAULT_VALUE|GENERATED_ALWAYS_AS", types.text(5000)),
    (r"STATEMENT_STRING|DESCRIPTION", types.text(5000)),
    (r"DEFINITION", types.NCLOB),
    (r"KEY", types.text(32)),
    (r"VALUE", types.text(512)),
    (
        r"\w*DATA_TYPE_NAME|\w+_TYPE|\w+_RULE|CONSTRAINT|HOST|PRIVILEGE|SYSTEM_ID|USAGE|(CLOUD_)?VERSION|\w+_STATUS",
        Type(TypeCode.VARCHAR, 64),
    ),
    (r"\w+", types.text(256)),
)
"""What a column is called, and the type that it therefore has; the first that fits counts."""


@cache
def _typed(names: str) -> tuple[tuple[str, Type], ...]:
    return tuple(
        (name, next(type_ for form, type_ in _HOLDS if fullmatch(form, name))) for name in names.split()
    )


def shown(name: str, columns: str, unknown: str = "", **always: Cell) -> Callable[[Rows], Rows]:
    """Makes a view of what follows, which yields its rows.

    More columns stand behind them: the `unknown` ones are NULL, the others `always` the same.
    """
    further = (*(None for _ in unknown.split()), *always.values())

    def add(rows: Rows) -> Rows:
        def whole(question: Question) -> Iterator[Row]:
            return ((*row, *further) for row in rows(question))

        VIEWS[name] = SystemView(" ".join((columns, unknown, *always)), whole if further else rows)
        return rows

    return add


UNCACHED = frozenset(
    {
        *("M_TABLES", "M_CS_TABLES", "M_RS_TABLES", "M_CONNECTIONS", "M_SESSION_CONTEXT", "M_LOCKS"),
        *("M_OBJECT_LOCKS", "M_TRANSACTIONS", "M_ACTIVE_STATEMENTS", "M_PREPARED_STATEMENTS"),
    }
)
"""Views whose rows change without a new catalogue."""
