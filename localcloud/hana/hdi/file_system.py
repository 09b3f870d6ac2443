"""The two file systems of a container: what was written (work), and what is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from localcloud.hana.loading import change
from localcloud.hana.model import Connection, ParameterValue, Value
from localcloud.hana.sql.engine.calls import rows_by_name

from .messages import DELETE_FAILED, FOLDER_NOT_FOUND, ContainerError, now
from .schemas import LONGEST_PATH, Container

WORK, DEPLOYED = "WORK_FILES", "DEPLOYED_FILES"
_METADATA = (
    "PATH, CREATE_USER_NAME, CREATE_APPUSER_NAME, CREATE_TIMESTAMP_UTC, MODIFICATION_USER_NAME, "
    "MODIFICATION_APPUSER_NAME, MODIFICATION_TIMESTAMP_UTC, SIZE, SHA256"
)
_PATH = re.compile(r"(?:[^/\\\x00-\x1f]+/)*[^/\\\x00-\x1f]*")

Row = tuple[Value, ...]


class FileSystem:
    """One of the two; folders end in `/` and need not be there for a file to be in them."""

    def __init__(self, session: Connection, container: Container, table: str) -> None:
        self._session = session
        self._table = container.table(table)

    def contents(self) -> dict[str, bytes]:
        """The bytes of all files by their paths."""
        found = rows_by_name(self._session, f"SELECT PATH, CONTENT FROM {self._table}")  # noqa: S608
        return {str(row["PATH"]): _bytes(row["CONTENT"]) for row in found if not _is_folder(row["PATH"])}

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of all files by their paths."""
        found = rows_by_name(self._session, f"SELECT PATH, SHA256 FROM {self._table}")  # noqa: S608
        return {str(row["PATH"]): str(row["SHA256"]) for row in found if not _is_folder(row["PATH"])}

    def write(self, files: Iterable[tuple[str, bytes]], user: str, app_user: str | None) -> None:
        """Put files and folders in place of those that have their paths."""
        rows: list[Sequence[ParameterValue]] = []
        moment = now()
        for path, content in files:
            check_path(path)
            who = (user, app_user, moment)
            rows.append((path, *who, *who, len(content), sha256(content).hexdigest(), content))
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            sql = f"UPSERT {self._table} ({_METADATA}, CONTENT) VALUES ({marks}) WITH PRIMARY KEY"
            change(self._session, sql, rows)

    def delete(self, paths: Iterable[str], *, recursive: bool, lenient: bool) -> None:
        """Delete files and folders; ContainerError for one that is not there unless `lenient`."""
        known = [str(row[0]) for row in self.list("/", recursive=True)]
        gone: list[str] = []
        for path in paths:
            inside = [each for each in known if each != path and _is_in(each, path)]
            if path not in known and not inside and not lenient:
                raise ContainerError(f'"{path}" is not there', path, code=FOLDER_NOT_FOUND)
            if inside and not recursive:
                raise ContainerError(f'the folder "{path}" is not empty', path, code=DELETE_FAILED)
            gone += [path, *inside]
        self.remove(gone)

    def remove(self, paths: Iterable[str]) -> None:
        """Delete these rows, if they are there."""
        rows = [(path,) for path in dict.fromkeys(paths)]
        if rows:
            sql = f"DELETE FROM {self._table} WHERE PATH = ?"  # noqa: S608
            change(self._session, sql, rows)

    def list(self, folder: str, *, recursive: bool, contents: bool = False) -> list[Row]:
        """Metadata of a file, or of what is in a folder (`/` is the root); with contents where asked for."""
        columns = f"{_METADATA}, CONTENT" if contents else _METADATA
        sql = f"SELECT {columns} FROM {self._table} ORDER BY PATH"  # noqa: S608
        found = [tuple(row.values()) for row in rows_by_name(self._session, sql)]
        known = {row[0] for row in found}
        implied = {above for row in found for above in _folders(str(row[0])) if above not in known}
        found += [(path, *[None] * (columns.count(","))) for path in implied]
        found.sort(key=lambda row: str(row[0]))
        return [row for row in found if _listed(str(row[0]), folder, recursive=recursive)]


def check_path(path: str) -> None:
    """ContainerError for what cannot be the path of a file or folder."""
    parts = path.rstrip("/").split("/")
    if not path or len(path) > LONGEST_PATH or not _PATH.fullmatch(path) or {".", "..", ""} & set(parts):
        raise ContainerError(f'"{path[:LONGEST_PATH]}" cannot be a path', path[:LONGEST_PATH])


def _is_folder(path: Value) -> bool:
    return str(path).endswith("/")


def _folders(path: str) -> Iterator[str]:
    """The folders that a file or folder is in."""
    parts = path.rstrip("/").split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        yield "/".join(parts[:depth]) + "/"


def _is_in(path: str, folder: str) -> bool:
    return folder in ("/", "") or (folder.endswith("/") and path.startswith(folder))


def _listed(path: str, folder: str, *, recursive: bool) -> bool:
    if path == folder:
        return True
    if not _is_in(path, folder):
        return False
    rest = path.removeprefix(folder).rstrip("/") if folder != "/" else path.rstrip("/")
    return recursive or "/" not in rest


def _bytes(content: Value) -> bytes:
    return content if isinstance(content, bytes) else b""
