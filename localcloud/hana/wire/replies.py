"""Replies to a client: a function code and parts."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from time import perf_counter_ns
from typing import NamedTuple

from localcloud.hana.errors import HanaError
from localcloud.hana.model import Called, FunctionCode, ResultColumn

from . import fields
from .constants import PartKind, StatementContextOption, TransactionFlag
from .driver import Driver
from .framing import error_part, part
from .rows import LobKeeper, row_format


class Reply(NamedTuple):
    """A reply, which may be an error."""

    function: int
    parts: list[bytes]
    error: bool = False

    @classmethod
    def refusal(cls, *errors: HanaError) -> Reply:
        """A reply with these errors."""
        return cls(FunctionCode.NIL, [error_part(errors)], error=True)

    def of_batch(self) -> Reply:
        """The reply as one of several in a message: a refusal counts its statement as failed, for JDBC."""
        if not self.error or len(self.parts) > 1:
            return self
        return self._replace(parts=[rows_affected([-3]), *self.parts])


WRITE_STARTED = part(
    PartKind.TRANSACTIONFLAGS, 1, fields.write_options({TransactionFlag.WRITE_STARTED: True})
)
ROLLED_BACK = part(PartKind.TRANSACTIONFLAGS, 1, fields.write_options({TransactionFlag.ROLLED_BACK: True}))
COMMITTED = part(PartKind.TRANSACTIONFLAGS, 1, fields.write_options({TransactionFlag.COMMITTED: True}))

_LEVELS = {"READ COMMITTED": 1, "REPEATABLE READ": 2, "SERIALIZABLE": 3}


def transaction_settings(isolation_level: str | None, read_only: bool | None) -> list[bytes]:
    """The part that tells what has been set for transactions, if anything has.

    go-hdb sets both back after each transaction, if it was told of them.
    """
    flags: dict[int, int] = {}
    if isolation_level is not None:
        flags[TransactionFlag.NEW_ISOLATION_LEVEL] = _LEVELS[isolation_level]
    if read_only is not None:
        flags[TransactionFlag.READ_ONLY] = read_only
    return [part(PartKind.TRANSACTIONFLAGS, len(flags), fields.write_options(flags))] if flags else []


_ANY_SEQUENCE = bytes(8)


def timing(started: int) -> bytes:
    """The part from which hdbcli reads `server_processing_time`; `started` is of `perf_counter_ns`.

    The sequence comes back as it is; drivers send a statement context, with the query time-out in it, only to
    a server that has sent one.
    """
    microseconds = fields.Bigint((perf_counter_ns() - started) // 1000)
    return part(
        PartKind.STATEMENTCONTEXT,
        2,
        fields.write_options(
            {
                StatementContextOption.SEQUENCE: _ANY_SEQUENCE,
                StatementContextOption.SERVER_PROCESSING_TIME: microseconds,
            }
        ),
    )


def output_parameters(called: Called, driver: Driver, lobs: LobKeeper) -> bytes:
    """The values of OUT parameters, which are written like a row."""
    columns = tuple(ResultColumn(each.name, each.type) for each in called.parameters)
    return part(PartKind.OUTPUTPARAMETERS, 1, row_format(columns, driver).encode([called.values], lobs))


def rows_affected(counts: Sequence[int]) -> bytes:
    """One count for each row of parameters; -3 for a row that failed."""
    return part(PartKind.ROWSAFFECTED, len(counts), pack(f"<{len(counts)}i", *counts))


def write_lob_reply(ids: Sequence[int]) -> bytes:
    """The part that names the LOBs of which more pieces are expected."""
    return part(PartKind.WRITELOBREPLY, len(ids), pack(f"<{len(ids)}Q", *ids))


def result_head(columns: Sequence[ResultColumn], cursor: int, driver: Driver) -> list[bytes]:
    """The parts in front of a result's rows: what its columns are, and the id by which more are fetched."""
    format_ = row_format(tuple(columns), driver)
    return [
        part(PartKind.RESULTSETMETADATA, format_.count, format_.metadata),
        part(PartKind.RESULTSETID, 1, pack("<Q", cursor)),
    ]
