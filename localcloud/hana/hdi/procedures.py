"""The procedures of a container, which deployers call: signatures, and what each does.

The signatures: SAP HDI Reference, "SAP HDI SQL API"; as @sap/hdi calls them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from localcloud.hana.model import ResultColumn
from localcloud.hana.sql.catalogue.procedures import (
    CallingSession,
    Given,
    Procedure,
    ProcedureParameter,
    Returned,
    Row,
)
from localcloud.hana.sql.engine.atomic import AtomicSession
from localcloud.hana.sql.engine.database import Database
from localcloud.hana.sql.values.types import BIGINT, INT

from .file_system import DEPLOYED, WORK, FileSystem
from .grants import PRIVILEGE, ROLE, ContainerGrants
from .lock import ContainerLock
from .messages import ContainerError, Messages
from .objects import files_at
from .parameters import DEVELOPMENT_MODE, Parameters, has_no_effect, rows, texts
from .requests import Requests, SimulatedError
from .schemas import Container, columns_of
from .work import Order, deploy

_TABLES = {
    "PATHS": "TT_FILESFOLDERS",
    "PATH_CONTENT": "TT_FILESFOLDERS_CONTENT",
    "DEPLOY_PATHS": "TT_FILESFOLDERS",
    "UNDEPLOY_PATHS": "TT_FILESFOLDERS",
    "PATH_PARAMETERS": "TT_FILESFOLDERS_PARAMETERS",
    "PRIVILEGES": "TT_SCHEMA_PRIVILEGES",
    "ROLES": "TT_SCHEMA_ROLES",
    "PARAMETERS": "TT_PARAMETERS",
}
_STATUS, _METADATA = "TT_FILESFOLDERS_STATUS", "TT_FILESFOLDERS_METADATA"

_Handler = Callable[[AtomicSession, CallingSession, Mapping[str, Given]], list[Row]]


class ContainerProcedures:
    """The procedures of one container, as Python functions; `all` are those to call."""

    def __init__(self, database: Database, container: Container) -> None:
        self._database = database
        self._container = container
        self._requests = Requests(database, container)
        self._lock = ContainerLock(database.sessions)

    def all(self) -> Iterator[Procedure]:
        """Each with its parameters."""
        paths = ("PATHS", "PARAMETERS")
        make = ("DEPLOY_PATHS", "UNDEPLOY_PATHS", "PATH_PARAMETERS", "PARAMETERS")
        yield self._procedure("LOCK", ("TIMEOUT", "PARAMETERS"), self._take_lock)
        yield self._procedure("WRITE", ("PATH_CONTENT", "PARAMETERS"), self._handled(self._write))
        yield self._procedure("DELETE", paths, self._handled(self._delete))
        yield self._procedure("STATUS", paths, self._handled(self._status), _STATUS)
        for name, table in (("LIST", WORK), ("LIST_DEPLOYED", DEPLOYED)):
            yield self._procedure(name, paths, self._handled(partial(self._list, table, False)), _METADATA)
        for name, table in (("READ", WORK), ("READ_DEPLOYED", DEPLOYED)):
            handler = self._handled(partial(self._list, table, True))
            yield self._procedure(name, paths, handler, f"{_METADATA}_CONTENT")
        yield self._procedure("MAKE", make, partial(self._make, wait=True))
        yield self._procedure("MAKE_ASYNC", make, partial(self._make, wait=False))
        for word, revoke in (("GRANT", False), ("REVOKE", True)):
            for kind in (PRIVILEGE, ROLE):
                handler = self._handled(partial(self._grant, kind, revoke))
                name = f"{word}_CONTAINER_SCHEMA_{kind}S"
                yield self._procedure(name, (f"{kind}S", "PARAMETERS"), handler)

    def _procedure(
        self,
        name: str,
        inputs: tuple[str, ...],
        run: Callable[[CallingSession, Mapping[str, Given]], Mapping[str, Returned]],
        result: str = "",
    ) -> Procedure:
        parameters = [
            ProcedureParameter(each, columns=self._columns(_TABLES[each]))
            if each in _TABLES
            else ProcedureParameter(each, INT)
            for each in inputs
        ]
        parameters.append(ProcedureParameter("RETURN_CODE", INT, out=True))
        parameters.append(ProcedureParameter("REQUEST_ID", BIGINT, out=True))
        parameters.append(ProcedureParameter("MESSAGES", columns=self._columns("TT_MESSAGES"), out=True))
        if result:
            parameters.append(ProcedureParameter("RESULT", columns=self._columns(result), out=True))
        return Procedure(self._container.api, name, tuple(parameters), run)

    def _columns(self, type_: str) -> tuple[ResultColumn, ...]:
        return columns_of(self._database.catalogue, type_)

    def _handled(
        self, handler: _Handler
    ) -> Callable[[CallingSession, Mapping[str, Given]], Mapping[str, Returned]]:
        """A procedure that is done when it returns: its rows, or the messages of what went wrong."""

        def run(caller: CallingSession, given: Mapping[str, Given]) -> Mapping[str, Returned]:
            messages, result = self._requests.new(), list[Row]()

            def work(session: AtomicSession, _: Messages) -> None:
                result.extend(handler(session, caller, given))

            self._requests.run(messages, work)
            return {**_answer(messages), "RESULT": result}

        return run

    # The procedures ---------------------------------------------------------------------------------

    def _take_lock(self, caller: CallingSession, given: Mapping[str, Given]) -> Mapping[str, Returned]:
        messages, timeout = self._requests.new(), given["TIMEOUT"]
        seconds = timeout / 1000 if isinstance(timeout, int) else 0.0
        if not self._lock.take(caller.id, seconds):
            text = f'the container "{self._container.name}" is locked by another deployment'
            messages.fail(ContainerError(text))
        return _answer(messages)

    def _write(self, session: AtomicSession, caller: CallingSession, given: Mapping[str, Given]) -> list[Row]:
        Parameters(given["PARAMETERS"])
        files = []
        for row in rows(given["PATH_CONTENT"]):
            content = row["CONTENT"]
            files.append((str(row["PATH"]), content if isinstance(content, bytes) else b""))
        app_user = caller.client_info.get("APPLICATIONUSER")
        FileSystem(session, self._container, WORK).write(files, caller.user, app_user)
        return []

    def _delete(self, session: AtomicSession, _: CallingSession, given: Mapping[str, Given]) -> list[Row]:
        parameters = Parameters(given["PARAMETERS"])
        FileSystem(session, self._container, WORK).delete(
            texts(given["PATHS"]),
            recursive=parameters["RECURSIVE"],
            lenient=parameters["IGNORE_NON_EXISTING_PATHS"],
        )
        return []

    def _status(self, session: AtomicSession, _: CallingSession, given: Mapping[str, Given]) -> list[Row]:
        """The files that were added (A), modified (M) or deleted (D) since they were deployed."""
        work = FileSystem(session, self._container, WORK).hashes()
        deployed = FileSystem(session, self._container, DEPLOYED).hashes()
        wanted = _wanted(given)
        found: list[Row] = []
        for path in sorted({*work, *deployed}):
            new, old = work.get(path), deployed.get(path)
            if new == old or not any(each in (path, "/") or _is_below(path, each) for each in wanted):
                continue
            found.append((path, "A" if old is None else "D" if new is None else "M", new, old))
        return found

    def _list(
        self,
        table: str,
        contents: bool,
        session: AtomicSession,
        _: CallingSession,
        given: Mapping[str, Given],
    ) -> list[Row]:
        parameters = Parameters(given["PARAMETERS"])
        recursive = parameters["RECURSIVE"]
        files = FileSystem(session, self._container, table)
        found = {
            row[0]: row
            for folder in _wanted(given)
            for row in files.list(folder, recursive=recursive, contents=contents)
        }
        return [row for row in found.values() if not parameters[_ignored(str(row[0]))]]

    def _make(
        self, caller: CallingSession, given: Mapping[str, Given], *, wait: bool
    ) -> Mapping[str, Returned]:
        messages = self._requests.new()
        coming, going = list(texts(given["DEPLOY_PATHS"])), list(texts(given["UNDEPLOY_PATHS"]))
        name = "MAKE" if wait else "MAKE_ASYNC"
        self._requests.begin_job(messages, caller, name)
        summary = f"{len(coming)} files deployed, {len(going)} files undeployed"

        def work(session: AtomicSession, messages: Messages) -> None:
            parameters = Parameters(given["PARAMETERS"])
            of_paths = (key for key in texts(given["PATH_PARAMETERS"], "KEY") if not has_no_effect(key))
            for key in (*parameters.unread, *of_paths):
                messages.warn(f"the parameter {key} is not read")
            order = Order(coming, going, caller.user, development=parameters[DEVELOPMENT_MODE])
            deploy(session, self._container, order, messages)
            if messages.warnings and parameters["TREAT_WARNINGS_AS_ERRORS"]:
                raise ContainerError(f"{messages.warnings} warnings are treated as errors")
            if parameters["SIMULATE_MAKE"]:
                raise SimulatedError

        job = partial(self._requests.run_job, messages, work, summary=summary)
        if wait:
            job()
            return _answer(messages)
        begun = Messages(messages.request)
        threading.Thread(target=job, name="make", daemon=True).start()
        return _answer(begun)

    def _grant(
        self,
        kind: str,
        revoke: bool,
        session: AtomicSession,
        _: CallingSession,
        given: Mapping[str, Given],
    ) -> list[Row]:
        Parameters(given["PARAMETERS"])
        files = files_at(FileSystem(session, self._container, DEPLOYED).contents())
        grants = ContainerGrants(session, self._container)
        grants.change(kind, rows(given[f"{kind}S"]), grants.role_names(files), revoke=revoke)
        grants.apply(files)
        return []


def _answer(messages: Messages) -> dict[str, Returned]:
    return {
        "RETURN_CODE": messages.return_code,
        "REQUEST_ID": messages.request,
        "MESSAGES": messages.rows,
    }


def _wanted(given: Mapping[str, Given]) -> tuple[str, ...]:
    """The files and folders that are asked for; none stands for all that there is."""
    return tuple(texts(given["PATHS"])) or ("/",)


def _ignored(path: str) -> str:
    """The parameter that leaves such a path out."""
    return "IGNORE_FOLDERS" if path.endswith("/") else "IGNORE_FILES"


def _is_below(path: str, folder: str) -> bool:
    return folder.endswith("/") and path.startswith(folder)
