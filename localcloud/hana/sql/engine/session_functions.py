"""What functions ask of a session: who and where it is, what time it has, what numbers it was given."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import SystemRandom
from typing import TYPE_CHECKING
from uuid import uuid4

from localcloud.hana.errors import NO_CURRENT_VALUE, HanaError
from localcloud.hana.model import Value
from localcloud.hana.sql.catalogue.catalogue import Catalogue
from localcloud.hana.sql.catalogue.system_views import UNCACHED, VIEWS, Question
from localcloud.hana.sql.values import datetimes

if TYPE_CHECKING:
    from .session import DatabaseSession


_RANDOM = SystemRandom()
_EPOCH = datetimes.ticks_of("1970-01-01")


class SessionFunctions:
    """One session's answers; `new_statement` lets its clock move on."""

    def __init__(self, session: DatabaseSession) -> None:
        self._session = session
        self._now = 0
        self._identity: int | None = None
        self._numbers: dict[int, int] = {}
        self._system_rows: dict[str, tuple[Catalogue, str]] = {}

    def ask(self, function: str, *arguments: Value) -> Value:
        """Answer a session function, by its name in lower case."""
        return _ANSWERS[function](self, *arguments)

    def new_statement(self) -> None:
        self._now = 0

    def _moment(self) -> int:
        """Ticks of the statement's one UTC moment."""
        if not self._now:
            self._now = _EPOCH + time.time_ns() // 100
        return self._now

    def utc_timestamp(self) -> str:
        return datetimes.stamp(self._moment())

    def local_timestamp(self) -> str:
        seconds = (self._moment() - _EPOCH) // datetimes.TICKS
        offset = datetime.fromtimestamp(seconds, UTC).astimezone().utcoffset()
        shift = int(offset.total_seconds()) if offset is not None else 0
        return datetimes.stamp(self._moment() + shift * datetimes.TICKS)

    def session_context(self, key: Value) -> Value:
        return self._session.client_info.get(str(key))

    def system_view(self, name: Value) -> Value:
        """The rows of a SYS view, as JSON."""
        catalogue = self._session.catalogue
        known = self._system_rows.get(str(name))
        if known is not None and known[0] is catalogue and name not in UNCACHED:
            return known[1]
        database = self._session.database
        sessions = database.connected(self._session)
        question = Question(catalogue, self._session.user, sessions, database.count)
        rows = json.dumps([list(row) for row in VIEWS[str(name)].rows(question)])
        self._system_rows[str(name)] = (catalogue, rows)
        return rows

    def next_value(self, id_: Value) -> Value:
        assert isinstance(id_, int)
        value = self._session.database.sequences.take(id_)
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
        self._identity = self._session.database.sequences.take(id_)
        return self._identity

    def identity(self) -> Value:
        return self._identity

    @property
    def session(self) -> DatabaseSession:
        return self._session


_ANSWERS: dict[str, Callable[..., Value]] = {
    "current_user": lambda answers: answers.session.user,
    "session_user": lambda answers: answers.session.user,
    "current_schema": lambda answers: answers.session.schema,
    "current_connection": lambda answers: answers.session.id,
    "current_transaction_isolation_level": lambda answers: "READ COMMITTED",
    "current_identity_value": SessionFunctions.identity,
    "current_utctimestamp": SessionFunctions.utc_timestamp,
    "current_utcdate": lambda answers: answers.utc_timestamp()[:10],
    "current_utctime": lambda answers: answers.utc_timestamp()[11:19],
    "current_timestamp": SessionFunctions.local_timestamp,
    "now": SessionFunctions.local_timestamp,
    "current_date": lambda answers: answers.local_timestamp()[:10],
    "current_time": lambda answers: answers.local_timestamp()[11:19],
    "session_context": SessionFunctions.session_context,
    "sysuuid": lambda answers: uuid4().bytes,
    "newuid": lambda answers: uuid4().bytes,
    "rand": lambda answers: _RANDOM.random(),
    "rand_secure": lambda answers: _RANDOM.random(),
    "system_view": SessionFunctions.system_view,
    "next": SessionFunctions.next_value,
    "current": SessionFunctions.current_value,
    "next_identity": SessionFunctions.next_identity,
}
