"""What a request to a container says: its messages, and the errors that end it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.hana.errors import HanaError
from localcloud.hana.model import Value
from localcloud.hana.source_files import FileError, SourceFile

DATABASE_ERROR = 8201003
NO_PLUGIN = 8210501
FOLDER_NOT_FOUND = 8212754
DELETE_FAILED = 8214200
MAKE_FAILED = 8214221
"""Codes of HDI's messages, where they are known; 0 elsewhere."""

_LONGEST = 5000


class ContainerError(Exception):
    """What ends a request: HDI's code and text, and the file that is at fault."""

    def __init__(
        self, text: str, path: str = "", *, code: int = 0, plugin: str = "", line: int | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.path = path
        self.code = code
        self.plugin = plugin
        self.line = line

    @classmethod
    def about(cls, error: FileError, plugin: str = "") -> ContainerError:
        """The same about a file, as a container says it."""
        said = f"Database error {error.code}: {error.said}" if error.code else error.said
        code = DATABASE_ERROR if error.code else 0
        return cls(said, str(error.file), code=code, plugin=plugin, line=error.line)


class UnexpectedError(Exception):
    """A defect, and the file that met it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@contextmanager
def about(file: SourceFile) -> Iterator[None]:
    """Name the file at which an exception comes that nobody foresaw."""
    try:
        yield
    except (ContainerError, FileError, HanaError, UnexpectedError):
        raise
    except Exception as error:
        raise UnexpectedError(str(file)) from error


@dataclass
class Messages:
    """The messages of one request, in their order."""

    request: int
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0

    def tell(self, text: str, *, level: int = 0, type_: str = "DETAIL", path: str = "") -> None:
        """Something that went as it should."""
        self._add(level, type_, "", path, "INFO", 0, text, "")

    def warn(self, text: str, path: str = "") -> None:
        """Something that was left out."""
        self.warnings += 1
        self._add(1, "DETAIL", "", path, "WARNING", 0, text, "")

    def fail(self, error: ContainerError, *, level: int = 0, type_: str = "DETAIL") -> None:
        """The error that ends the request."""
        self.errors += 1
        line = str(error.line) if error.line is not None else ""
        self._add(level, type_, error.plugin, error.path, "ERROR", error.code, error.text, line)

    @property
    def return_code(self) -> int:
        """0, 1 with warnings, -1 with an error."""
        return -1 if self.errors else int(self.warnings > 0)

    def _add(
        self, level: int, type_: str, plugin: str, path: str, severity: str, code: int, text: str, place: str
    ) -> None:
        text = text.encode(errors="replace").decode()  # half a surrogate pair cannot be stored
        text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        row = (self.request, len(self.rows) + 1, level, type_, "", plugin, path, severity, code, text)
        self.rows.append((*row, place, "", now()))


def now() -> str:
    """This moment (UTC), as a TIMESTAMP."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + "0"
