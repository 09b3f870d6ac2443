"""The requests of a container: numbered, with messages, and those of MAKE with a job that is remembered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from localcloud.hana.errors import HanaError, defect
from localcloud.hana.loading import change
from localcloud.hana.sql.catalogue.catalogue import DEPLOYMENT_USER
from localcloud.hana.sql.catalogue.procedures import CallingSession
from localcloud.hana.sql.engine.atomic import AtomicSession, atomically
from localcloud.hana.sql.engine.calls import rows_by_name
from localcloud.hana.sql.engine.database import Database

from .messages import DATABASE_ERROR, MAKE_FAILED, ContainerError, Messages, UnexpectedError, now
from .schemas import Container

_MOST_JOBS = 100
_MOST_TRIES = 20

log = logging.getLogger(__name__)
Work = Callable[[AtomicSession, Messages], None]


class SimulatedError(Exception):
    """The work would have succeeded, and is to be undone."""


class Requests:
    """Numbers the requests of one container, and runs them."""

    def __init__(self, database: Database, container: Container) -> None:
        self._database = database
        self._container = container
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> Messages:
        """A request with a number of its own."""
        with self._lock:
            if not self._last:
                self._last = self._last_job()
            self._last += 1
            return Messages(self._last)

    def run(self, messages: Messages, work: Work) -> None:
        """Do the work, all of it or nothing; what goes wrong becomes a message."""
        try:
            with atomically(self._database, DEPLOYMENT_USER, self._container.name) as session:
                work(session, messages)
        except ContainerError as error:
            messages.fail(error)
        except HanaError as error:
            messages.fail(_database_error(error))
        except SimulatedError:
            raise
        except Exception as error:
            log.exception("container %s: request %d failed", self._container.name, messages.request)
            path = error.path if isinstance(error, UnexpectedError) else ""
            messages.fail(_database_error(defect(), path))

    def begin_job(self, messages: Messages, caller: CallingSession, procedure: str) -> None:
        """Remember that a job runs, for others to see."""
        job = (messages.request, caller.id, caller.user, procedure, now(), None, "RUNNING")
        oldest = messages.request - _MOST_JOBS
        with atomically(self._database, DEPLOYMENT_USER, self._container.name) as session:
            for table in ("M_JOBS", "M_MESSAGES"):
                sql = f"DELETE FROM {self._container.table(table)} WHERE REQUEST_ID < ?"  # noqa: S608
                change(session, sql, ((oldest,),))
            sql = f"INSERT INTO {self._container.table('M_JOBS')} VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            change(session, sql, (job,))

    def run_job(self, messages: Messages, work: Work, *, summary: str) -> None:
        """Do the work of a job that has begun, and remember how it ended and what it said.

        Whatever happens, the job ends: deployers wait for that.
        """
        status = "FINISHED"
        try:
            self.run(messages, work)
        except SimulatedError:
            status = "SIMULATED"
        if messages.errors:
            status = "ROLLED BACK"
            text = f"Make failed ({messages.errors} errors, {messages.warnings} warnings): tried to {summary}"
            messages.fail(ContainerError(text, code=MAKE_FAILED), type_="SUMMARY")
        else:
            done = "simulated" if status == "SIMULATED" else "succeeded"
            messages.tell(f"Make {done} ({messages.warnings} warnings): {summary}", type_="SUMMARY")
        for tries in range(1, _MOST_TRIES + 1):
            try:
                self._end_job(messages, status)
                return
            except HanaError:  # somebody goes on writing for longer than others wait
                if tries == _MOST_TRIES:
                    raise

    def _end_job(self, messages: Messages, status: str) -> None:
        marks = ", ".join("?" * len(messages.rows[0]))
        with atomically(self._database, DEPLOYMENT_USER, self._container.name) as session:
            sql = f"INSERT INTO {self._container.table('M_MESSAGES')} VALUES ({marks})"  # noqa: S608
            change(session, sql, messages.rows)
            sql = (
                f"UPDATE {self._container.table('M_JOBS')} SET STATUS = ?, JOB_END_TIMESTAMP_UTC = ? "  # noqa: S608
                "WHERE REQUEST_ID = ?"
            )
            change(session, sql, ((status, now(), messages.request),))

    def _last_job(self) -> int:
        with atomically(self._database, DEPLOYMENT_USER, self._container.name) as session:
            sql = f"SELECT MAX(REQUEST_ID) AS N FROM {self._container.table('M_JOBS')}"  # noqa: S608
            found = rows_by_name(session, sql)[0]["N"]
        return int(found) if isinstance(found, int) else 0


def _database_error(error: HanaError, path: str = "") -> ContainerError:
    return ContainerError(f"Database error {error.code}: {error.text}", path, code=DATABASE_ERROR)
