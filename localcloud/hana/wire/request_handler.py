"""Handles the requests of a client that has logged on: from a request to the engine's answer in parts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from time import perf_counter_ns

from localcloud.hana.errors import (
    GENERAL_ERROR,
    INVALID_CURSOR_ID,
    INVALID_MESSAGE,
    INVALID_STATEMENT_ID,
    PARSE_ERROR,
    HanaError,
    check_variable,
    not_supported,
)
from localcloud.hana.model import (
    Called,
    Connection,
    FunctionCode,
    Outcome,
    ResultSet,
    Statement,
)

from . import cesu8, fields, parameters, replies
from .constants import MessageType, PartAttribute, PartKind
from .cursors import Cursor
from .framing import Request, error_part, part
from .lobs import IncomingLobs, OutgoingLobs
from .logon import DATABASE_INFO
from .parameters import IncomingLob, ParameterRow
from .replies import Reply
from .rows import row_format

MOST_LOB_BYTES = 256 << 20
"""Bytes of all LOBs that one execution sends in pieces."""

_FIRST_PAGE_ROWS = 1000
_FIRST_PAGE_BYTES = 64 << 10
_PAGE_BYTES = 1 << 20
_MOST_STATEMENTS = 10_000
_MOST_CURSORS = 1_000
_MOST_CLIENT_INFO = 1_000

_READING_LATE, _NOT_SENDING = "JDBC", "go-hdb"
"""What clients call themselves that take a query's long LOBs in ways of their own, or never send them."""

_ID = Struct("<Q")
_I32 = Struct("<i")


@dataclass(slots=True)
class _Execution:
    """An EXECUTE; it waits while LOBs are still coming."""

    statement: Statement
    rows: list[ParameterRow]
    lobs: list[IncomingLob]
    commit: bool
    attributes: int
    uploads: IncomingLobs | None = None
    cursor: int = 0
    """Of a query that waits: the id that its result will have, which the client knows already."""


@dataclass(slots=True)
class _SplitBatch:
    """A batch in several EXECUTEs of a client with autocommit on: one transaction all the same."""

    failed: bool = False


class RequestHandler:
    """Answers the requests of one client, in its thread.

    `answer` raises HanaError, which its caller makes an error segment, and nothing else unless by a defect.
    """

    def __init__(self, connection: Connection, version: int, client: str = "") -> None:
        self.ended = False
        """The client has disconnected."""
        self._connection = connection
        self._version = version
        self._client = client
        self._statements: dict[int, Statement] = {}
        self._cursors: dict[int, Cursor] = {}
        self._outgoing = OutgoingLobs()
        self._execution: _Execution | None = None
        self._split_batch: _SplitBatch | None = None
        self._next_id = 1
        self._writing = False
        """The client has been told that its transaction has changes."""
        self._handlers: dict[int, Callable[[Request], Reply]] = {
            MessageType.EXECUTEDIRECT: self._execute_direct,
            MessageType.PREPARE: self._prepare,
            MessageType.EXECUTE: self._execute,
            MessageType.FETCHNEXT: self._fetch,
            MessageType.CLOSERESULTSET: self._close_result_set,
            MessageType.DROPSTATEMENTID: self._drop_statement,
            MessageType.COMMIT: self._commit,
            MessageType.ROLLBACK: self._rollback,
            # Drivers name the two LOB messages differently; the part tells which one it is.
            MessageType.READLOB: self._lob,
            MessageType.WRITELOB: self._lob,
            MessageType.CLIENTPING: self._ping,
            MessageType.DISCONNECT: self._disconnect,
            MessageType.DBCONNECTINFO: self._database_info,
        }

    def answer(self, request: Request) -> Reply:
        """Do what a request asks for."""
        started = perf_counter_ns()
        handler = self._handlers.get(request.type)
        if handler is None:
            raise _refused(request.type)
        if (info := request.parts.get(PartKind.CLIENTINFO)) is not None:
            self._set_client_info(info.data)
        self._abandon_split_batch(request)
        answer = handler(request)
        if request.type in _TIMED:
            answer.parts.append(replies.timing(started))
        return answer

    def close(self) -> None:
        """Give back everything: cursors, LOBs, the connection to the database."""
        self._outgoing.clear()
        self._close_cursors()
        self._connection.close()

    def _set_client_info(self, data: bytes) -> None:
        texts = fields.read_texts(data)
        info = self._connection.client_info
        for key, value in zip(texts[::2], texts[1::2], strict=False):
            if key is None or (key not in info and len(info) >= _MOST_CLIENT_INFO):
                raise HanaError(GENERAL_ERROR, f"more than {_MOST_CLIENT_INFO} session variables")
            check_variable(key, value or None)
            # Clients that may not send NULL (no option says that they may) send an empty text to unset.
            info[key] = value or None

    # Statements

    def _execute_direct(self, request: Request) -> Reply:
        statement = self._connection.prepare(cesu8.decode(request.data(PartKind.COMMAND)))
        if _inputs(statement):
            raise not_supported("parameter markers in a statement that is not prepared")
        return self._outcome(self._connection.execute(statement, ((),), request.commit), request.commit)

    def _prepare(self, request: Request) -> Reply:
        if len(self._statements) >= _MOST_STATEMENTS:
            raise HanaError(GENERAL_ERROR, f"more than {_MOST_STATEMENTS} prepared statements")
        statement = self._connection.prepare(cesu8.decode(request.data(PartKind.COMMAND)))
        key = self._take_ids(1)
        self._statements[key] = statement
        metadata = parameters.metadata(statement.parameters, self._version)
        parts = [
            part(PartKind.STATEMENTID, 1, _ID.pack(key)),
            # Sent without parameters as well: node-hdb cannot do without it.
            part(PartKind.PARAMETERMETADATA, len(statement.parameters), metadata),
        ]
        if statement.columns:
            format_ = row_format(tuple(statement.columns), self._version)
            parts.append(part(PartKind.RESULTSETMETADATA, format_.count, format_.metadata))
        return Reply(statement.function, parts)

    def _execute(self, request: Request) -> Reply:
        self._execution = None
        statement = self._statements.get(_id(request.data(PartKind.STATEMENTID)))
        if statement is None:
            raise HanaError(INVALID_STATEMENT_ID, "invalid statement id")
        given = request.parts.get(PartKind.PARAMETERS)
        if given is None:
            if _inputs(statement):
                raise HanaError(PARSE_ERROR, "protocol error: a statement with parameters, and none given")
            outcome = self._connection.execute(statement, ((),), request.commit)
            return self._outcome(outcome, request.commit)
        rows, lobs = parameters.decode(given.data, given.count, statement.parameters)
        incomplete = [lob for lob in lobs if not lob.complete]
        execution = _Execution(statement, rows, lobs, request.commit, given.attributes)
        if not incomplete:
            return self._run(execution)
        execution.uploads = IncomingLobs(incomplete, self._take_ids(len(incomplete)))
        self._execution = execution
        missing = replies.write_lob_reply(execution.uploads.open)
        if statement.columns:
            return Reply(statement.function, [*self._head_of_late(execution), missing])
        # Without row counts hdbcli would not go on to send the rest.
        return Reply(statement.function, [replies.rows_affected([1] * len(rows)), missing])

    def _head_of_late(self, execution: _Execution) -> list[bytes]:
        """The parts about the result of a query whose LOBs are still coming: the id to fetch it by, later.

        JDBC does not read it here, but in the answer to the last piece, where others read nothing.
        """
        if self._client == _NOT_SENDING:
            raise not_supported("LOB parameters of a query that do not fit into one message of go-hdb")
        if self._client == _READING_LATE:
            return []
        execution.cursor = self._take_ids(1)
        return replies.result_head(execution.statement.columns, execution.cursor, self._version)

    def _run(self, execution: _Execution) -> Reply:
        for lob in execution.lobs:
            lob.settle()
        place = execution.attributes & (PartAttribute.FIRST | PartAttribute.NEXT | PartAttribute.LAST)
        if not execution.commit or place in (0, PartAttribute.FIRST | PartAttribute.LAST):
            outcome = self._connection.execute(execution.statement, execution.rows, execution.commit)
        else:
            outcome = self._run_split(execution, last=bool(place & PartAttribute.LAST))
        if execution.cursor and outcome.result is not None:
            self._add_cursor(outcome.result, execution.cursor)
            return Reply(
                outcome.function, [] if execution.commit else self._transaction_flags(outcome.function)
            )
        return self._outcome(outcome, execution.commit)

    def _run_split(self, execution: _Execution, *, last: bool) -> Outcome:
        """Run one of several EXECUTEs that make up one batch; only the last one ends the transaction."""
        batch = self._split_batch = self._split_batch or _SplitBatch()
        try:
            outcome = self._connection.execute(execution.statement, execution.rows, autocommit=False)
        except HanaError:
            batch.failed = True
            raise
        else:
            batch.failed = batch.failed or bool(outcome.errors)
            return outcome
        finally:
            if last:
                self._split_batch = None
                if batch.failed:
                    self._connection.rollback()
                else:
                    self._connection.commit()

    def _abandon_split_batch(self, request: Request) -> None:
        """Undo a split batch if the client sends something else before its last part."""
        if self._split_batch is None or request.type in _INSIDE_SPLIT_BATCH:
            return
        self._split_batch = None
        self._connection.rollback()

    def _outcome(self, outcome: Outcome, commit: bool) -> Reply:
        flags = [] if commit else self._transaction_flags(outcome.function)
        if outcome.called is not None:
            return Reply(outcome.function, [*self._called(outcome.called), *flags])
        if outcome.result is not None:
            answer = self._open_cursor(outcome.function, outcome.result)
            answer.parts.extend(flags)
            return answer
        flags += replies.transaction_settings(outcome.isolation_level, outcome.read_only)
        parts = [replies.rows_affected(outcome.affected), *flags]
        if not outcome.errors:
            return Reply(outcome.function, parts)
        # Behind the counts, from which clients learn which rows the errors belong to.
        parts.insert(1, error_part(outcome.errors[row] for row in sorted(outcome.errors)))
        if commit:
            parts.append(replies.ROLLED_BACK)
        return Reply(FunctionCode.NIL, parts, error=True)

    def _transaction_flags(self, function: FunctionCode) -> list[bytes]:
        """The part that tells what the statement did to the transaction.

        A client that is not told of the changes it has made takes a lost connection for a harmless one:
        hdbcli then connects anew and goes on, without those changes and without a word.
        """
        if function in _WRITES and not self._writing:
            self._writing = True
            return [replies.WRITE_STARTED]
        if function in (FunctionCode.COMMIT, FunctionCode.ROLLBACK):
            self._writing = False
            return [replies.COMMITTED if function is FunctionCode.COMMIT else replies.ROLLED_BACK]
        return []

    def _drop_statement(self, request: Request) -> Reply:
        self._statements.pop(_id(request.data(PartKind.STATEMENTID)), None)
        return Reply(FunctionCode.NIL, [])

    def _called(self, called: Called) -> list[bytes]:
        """The parts with what a procedure gives back: a row of its OUT parameters, then its tables."""
        parts = []
        if called.parameters:
            parts.append(replies.output_parameters(called, self._version, self._outgoing))
        for table in called.tables:
            parts += self._open_cursor(FunctionCode.CALL_WITH_RESULTS, table).parts
        return parts

    # Result sets

    def _open_cursor(self, function: FunctionCode, result: ResultSet) -> Reply:
        key = self._take_ids(1)
        self._add_cursor(result, key)
        page = self._page(key, _FIRST_PAGE_ROWS, _FIRST_PAGE_BYTES)
        return Reply(function, [*replies.result_head(result.columns, key, self._version), page])

    def _add_cursor(self, result: ResultSet, key: int) -> None:
        if len(self._cursors) >= _MOST_CURSORS:
            result.close()
            raise HanaError(GENERAL_ERROR, f"more than {_MOST_CURSORS} open result sets")
        format_ = row_format(tuple(result.columns), self._version)
        if format_.has_lobs:
            self._outgoing.start_result()
        self._cursors[key] = Cursor(result, format_)

    def _fetch(self, request: Request) -> Reply:
        (wanted,) = _unpack(_I32, request.data(PartKind.FETCHSIZE))
        page = self._page(_id(request.data(PartKind.RESULTSETID)), max(1, wanted), _PAGE_BYTES)
        return Reply(FunctionCode.FETCH, [page])

    def _page(self, key: int, wanted: int, most_bytes: int) -> bytes:
        cursor = self._cursors.get(key)
        if cursor is None:
            raise HanaError(INVALID_CURSOR_ID, "invalid cursor id")
        try:
            count, data, last = cursor.page(wanted, most_bytes, self._outgoing)
        except Exception:
            self._close_cursor(key)
            raise
        attributes = 0
        if last:
            self._close_cursor(key)
            attributes = PartAttribute.LAST | PartAttribute.CLOSED
            if count == 0:
                # Without this bit hdbcli goes on to fetch from a closed cursor.
                attributes |= PartAttribute.ROW_NOT_FOUND
        return part(PartKind.RESULTSET, count, data, attributes)

    def _close_result_set(self, request: Request) -> Reply:
        self._close_cursor(_id(request.data(PartKind.RESULTSETID)))
        return Reply(FunctionCode.CLOSE_CURSOR, [])

    def _close_cursor(self, key: int) -> None:
        if (cursor := self._cursors.pop(key, None)) is not None:
            cursor.result.close()

    def _close_cursors(self) -> None:
        for key in list(self._cursors):
            self._close_cursor(key)

    # Transactions

    def _commit(self, _: Request) -> Reply:
        self._execution = None
        self._writing = False
        self._connection.commit()
        self._outgoing.clear()
        return Reply(FunctionCode.COMMIT, [replies.COMMITTED])

    def _rollback(self, _: Request) -> Reply:
        self._execution = None
        # Clients were told (by no flag) that their cursors do not survive a rollback.
        self._close_cursors()
        self._writing = False
        self._connection.rollback()
        self._outgoing.clear()
        return Reply(FunctionCode.ROLLBACK, [replies.ROLLED_BACK])

    # LOBs

    def _lob(self, request: Request) -> Reply:
        if PartKind.WRITELOBREQUEST in request.parts:
            return self._write_lob(request)
        if PartKind.FINDLOBREQUEST in request.parts:
            raise not_supported("FINDLOB")
        read = self._outgoing.read(request.data(PartKind.READLOBREQUEST))
        return Reply(FunctionCode.READ_LOB, [part(PartKind.READLOBREPLY, 1, read)])

    def _write_lob(self, request: Request) -> Reply:
        execution = self._execution
        if execution is None or execution.uploads is None:
            raise HanaError(GENERAL_ERROR, "invalid LOB locator: no LOB is being written")
        given = request.part(PartKind.WRITELOBREQUEST)
        execution.uploads.write(given.count, given.data, MOST_LOB_BYTES)
        still_open = execution.uploads.open
        if not still_open:
            self._execution = None
            answer = self._run(execution)
            if answer.error:
                return answer
            if execution.statement.columns and not execution.cursor:
                return answer
            flags = answer.parts if execution.cursor else answer.parts[1:]
            return Reply(FunctionCode.WRITE_LOB, [replies.write_lob_reply(()), *flags])
        return Reply(FunctionCode.WRITE_LOB, [replies.write_lob_reply(still_open)])

    # The rest

    def _ping(self, _: Request) -> Reply:
        return Reply(FunctionCode.NIL, [])

    def _disconnect(self, _: Request) -> Reply:
        self.ended = True
        return Reply(FunctionCode.DISCONNECT, [])

    def _database_info(self, _: Request) -> Reply:
        return DATABASE_INFO

    def _take_ids(self, count: int) -> int:
        """The first of `count` new ids, for statements, cursors and LOBs alike."""
        first = self._next_id
        self._next_id += count
        return first


_TIMED = frozenset(
    (MessageType.EXECUTEDIRECT, MessageType.PREPARE, MessageType.EXECUTE, MessageType.FETCHNEXT)
)
_INSIDE_SPLIT_BATCH = frozenset((MessageType.EXECUTE, MessageType.READLOB, MessageType.WRITELOB))

_WRITES = frozenset(
    (FunctionCode.INSERT, FunctionCode.UPDATE, FunctionCode.DELETE, FunctionCode.SELECT_FOR_UPDATE)
)


def _inputs(statement: Statement) -> bool:
    """Whether a statement takes values."""
    return any(not parameter.out for parameter in statement.parameters)


def _id(data: bytes) -> int:
    key: int = _unpack(_ID, data)[0]
    return key


def _unpack(layout: Struct, data: bytes) -> tuple[int, ...]:
    try:
        return layout.unpack_from(data)
    except struct.error:
        raise HanaError(PARSE_ERROR, "protocol error: a part that ends too early") from None


def _refused(message_type: int) -> HanaError:
    """The answer to a message that has no handler: known ones are named."""
    if message_type in (MessageType.AUTHENTICATE, MessageType.CONNECT):
        return HanaError(INVALID_MESSAGE, "protocol error: already logged on")
    try:
        return not_supported(f"message type {MessageType(message_type).name}")
    except ValueError:
        return HanaError(INVALID_MESSAGE, f"protocol error: unknown message type {message_type}")
