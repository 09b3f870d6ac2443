"""The functions whose answer depends on the session: its user and schema, its clock, its sequence numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from random import SystemRandom
from typing import Protocol
from uuid import uuid4

from localcloud.hana.dates import TICKS_A_SECOND
from localcloud.hana.errors import NO_CURRENT_VALUE, HanaError
from localcloud.hana.model import Value
from localcloud.hana.sql.catalogue.all_views import VIEWS
from localcloud.hana.sql.catalogue.catalogue import Catalogue, Table
from localcloud.hana.sql.catalogue.system_view import UNCACHED, Connected, Question
from localcloud.hana.sql.compiler.from_clause import is_valid_view
from localcloud.hana.sql.values import datetimes

from .sequences import Sequences

_RANDOM = SystemRandom()
_EPOCH = datetimes.ticks_of("1970-01-01")


class FunctionSession(Protocol):
    """What these functions read of their session."""

    client_info: dict[str, str | None]
    id: int
    user: str
    schema: str
    isolation_level: str

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def sequences(self) -> Sequences: ...
    def connected(self) -> tuple[Connected, ...]:
        """The sessions that this one may see."""
        ...

    def count(self, table: Table) -> int:
        """How many committed rows a table has."""
        ...


class SessionFunctions:
    """The functions of one session; `new_statement` lets its clock move on."""

    def __init__(self, session: FunctionSession) -> None:
        self.session = session
        self._now = 0
        self._identity: int | None = None
        self._numbers: dict[int, int] = {}
        self._system_rows: dict[str, tuple[Catalogue, str]] = {}

    def call(self, function: str, *arguments: Value) -> Value:
        """Call a function by its name in lower case."""
        return _FUNCTIONS[function](self, *arguments)

    def new_statement(self) -> None:
        self._now = 0

    def _ticks(self) -> int:
        """Ticks of the statement's one UTC moment."""
        if not self._now:
            self._now = _EPOCH + time.time_ns() // 100
        return self._now

    def utc_timestamp(self) -> str:
        return datetimes.stamp(self._ticks())

    def local_timestamp(self) -> str:
        seconds = (self._ticks() - _EPOCH) // TICKS_A_SECOND
        offset = datetime.fromtimestamp(seconds, UTC).astimezone().utcoffset()
        shift = int(offset.total_seconds()) if offset is not None else 0
        return datetimes.stamp(self._ticks() + shift * TICKS_A_SECOND)

    def session_context(self, key: Value) -> Value:
        return self.session.client_info.get(str(key))

    def system_view(self, name: Value) -> Value:
        """The rows of a SYS view, as JSON."""
        catalogue = self.session.catalogue
        known = self._system_rows.get(str(name))
        if known is not None and known[0] is catalogue and name not in UNCACHED:
            return known[1]
        is_valid = partial(is_valid_view, catalogue)
        session = self.session
        question = Question(catalogue, session.user, is_valid, session.connected(), session.count)
        rows = json.dumps([list(row) for row in VIEWS[str(name)].rows(question)])
        self._system_rows[str(name)] = (catalogue, rows)
        return rows

    def next_value(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        value = self.session.sequences.take(id_)
        self._numbers[id_] = value
        return value

    def current_value(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        if id_ not in self._numbers:
            text = "CURRVAL of given sequence is not yet defined in this session"
            raise HanaError(NO_CURRENT_VALUE, text)
        return self._numbers[id_]

    def next_identity(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        self._identity = self.session.sequences.take(id_)
        return self._identity

    def identity(self) -> Value:
        return self._identity


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "current_user": lambda functions: functions.session.user,
    "session_user": lambda functions: functions.session.user,
    "current_schema": lambda functions: functions.session.schema,
    "current_connection": lambda functions: functions.session.id,
    "current_transaction_isolation_level": lambda functions: functions.session.isolation_level,
    "current_identity_value": SessionFunctions.identity,
    "current_utctimestamp": SessionFunctions.utc_timestamp,
    "current_utcdate": lambda functions: functions.utc_timestamp()[:10],
    "current_utctime": lambda functions: functions.utc_timestamp()[11:19],
    "current_timestamp": SessionFunctions.local_timestamp,
    "now": SessionFunctions.local_timestamp,
    "current_date": lambda functions: functions.local_timestamp()[:10],
    "current_time": lambda functions: functions.local_timestamp()[11:19],
    "session_context": SessionFunctions.session_context,
    "sysuuid": lambda _: uuid4().bytes,
    "newuid": lambda _: uuid4().bytes,
    "rand": lambda _: _RANDOM.random(),
    "rand_secure": lambda _: _RANDOM.random(),
    "system_view": SessionFunctions.system_view,
    "next": SessionFunctions.next_value,
    "current": SessionFunctions.current_value,
    "next_identity": SessionFunctions.next_identity,
}
