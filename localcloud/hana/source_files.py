"""Files that somebody wrote for the database: on a disk, or in a container; and what is wrong with one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

# A text, whose digits are no number; or a number that Python might not read.
_TEXT_OR_LONG_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|(?<!\d)(\d{1000,})', re.DOTALL)


class SourceFile(Protocol):
    """What the readers need of a file; a `Path` is one."""

    @property
    def name(self) -> str: ...
    @property
    def stem(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def parts(self) -> tuple[str, ...]: ...
    def read_text(self, encoding: str) -> str: ...


@dataclass(frozen=True)
class StoredFile:
    """A file of a container: its path there, its bytes, and what it is read as."""

    path: str
    content: bytes
    kind: str = ""
    """The suffix that the plug-in for the file is for by default; none where nothing is made of it."""

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def stem(self) -> str:
        return PurePosixPath(self.path).stem

    @property
    def suffix(self) -> str:
        return f".{self.kind}"

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    def read_text(self, encoding: str) -> str:
        """Its text, with line ends as they are on any system."""
        return self.content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")

    def __str__(self) -> str:
        return self.path


class FileError(ValueError):
    """What is wrong with a file, and at which line where that is known.

    `code` is HANA's where it refused what the file says, else 0.
    """

    def __init__(self, file: SourceFile, said: str, line: int | None = None, code: int = 0) -> None:
        place = f"{file}:{line}" if line is not None else f"{file}"
        super().__init__(f"{place}: {code} {said}" if code else f"{place}: {said}")
        self.file = file
        self.said = said
        self.line = line
        self.code = code


def text_of(file: SourceFile) -> str:
    """What a file says; FileError where it cannot be read, or is not in UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(file, "not in UTF-8") from None
    except OSError as error:
        raise FileError(file, error.strerror or "cannot be read") from None


def json_of(file: SourceFile) -> Any:
    """The JSON in a file; FileError where it is none."""
    text = text_of(file)
    for found in _TEXT_OR_LONG_NUMBER.finditer(text):
        if found[1]:
            raise FileError(file, _LONG_NUMBER, text.count("\n", 0, found.start()) + 1)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FileError(file, f"is not JSON ({error.msg})", error.lineno) from None
    except _NoJsonError as error:
        raise FileError(file, f"is not JSON ({error})") from None
    except RecursionError:
        raise FileError(file, "is nested too deep") from None


_LONG_NUMBER = "has a number of 1000 digits or more"


class _NoJsonError(ValueError):
    """What Python reads, and JSON has not."""


def _refuse_constant(name: str) -> Any:
    raise _NoJsonError(name)
