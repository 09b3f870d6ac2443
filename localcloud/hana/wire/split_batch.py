"""A batch that is too long for one message: several EXECUTEs, and one transaction all the same."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.hana.errors import CANCELLED, LOCK_TIMEOUT, ROLLED_BACK, SERIALIZATION_FAILURE, HanaError
from localcloud.hana.model import Connection, Outcome, ParameterValue, Statement

_FAILED_ROW = -3
_END_TRANSACTIONS = frozenset((CANCELLED, LOCK_TIMEOUT, ROLLED_BACK, SERIALIZATION_FAILURE))


class SplitBatch:
    """The batch of a client with autocommit on; it is over with `end` or `abandon`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._failed = False

    def run(self, statement: Statement, rows: Sequence[Sequence[ParameterValue]]) -> Outcome:
        """Run a part. The good rows of one with bad rows, and of those before it, stay from then on.

        HanaError where the part could not be run at all; nothing of the batch stays then.
        """
        try:
            outcome = self._run(statement, rows)
        except HanaError:
            self._failed = True
            raise
        if outcome.errors and not self._failed:
            # The client has its counts now, and may send no more.
            self._connection.commit()
        return outcome

    def _run(self, statement: Statement, rows: Sequence[Sequence[ParameterValue]]) -> Outcome:
        """A row that is alone in its part fails as one of many does."""
        try:
            return self._connection.execute(statement, rows, autocommit=False)
        except HanaError as error:
            if len(rows) > 1 or error.code in _END_TRANSACTIONS:
                raise
            return Outcome(statement.function, affected=(_FAILED_ROW,), errors={0: error})

    def end(self) -> None:
        """The last part has been run."""
        if self._failed:
            self._connection.rollback()
        else:
            self._connection.commit()

    def abandon(self) -> None:
        """The client sends something else: undo what is not committed."""
        self._connection.rollback()
