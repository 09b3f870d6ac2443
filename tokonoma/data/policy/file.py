"""The policy file: roles, objects and grants, read from TOML and checked for what the file alone can tell.

What needs the schema (does a column exist?) is checked in `access`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tokonoma.errors import PolicyError
from tokonoma.plain_text import is_plain

LARGEST = 1024 * 1024
"""Bytes of a policy file."""
PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
"""Rows of a page: where nothing is said, and at most."""
VIEWER = {
    "xsuaa": "$XSAPPNAME.Display",
    "ias": "group:Tokonoma Viewer",
    "cumulocity": "ROLE_TOKONOMA_DISPLAY_READ",
}
"""What those who look are called on each platform: the role to begin with."""
PLATFORMS = frozenset(VIEWER)
"""Where roles can come from."""

_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_EVERY_COLUMN = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, and what its holders see of an object."""

    role: str
    columns: tuple[str, ...]
    """Names, or `*` for all; behind it, names with `-` in front are withheld."""
    rows: str
    """A condition in the filter language; empty for all rows."""
    line: int

    @property
    def withheld(self) -> frozenset[str]:
        return frozenset(each[1:] for each in self.columns if each != _EVERY_COLUMN and each.startswith("-"))

    @property
    def takes_all(self) -> bool:
        return _EVERY_COLUMN in self.columns


@dataclass(frozen=True, slots=True)
class ObjectRule:
    """What the file says of one object, or of all whose names fit a pattern."""

    name: str
    grants: tuple[Grant, ...]
    label: str
    key: tuple[str, ...]
    page_size: int
    max_rows: int | None
    """Rows that an export may have; None for any number."""
    line: int
    title: str = ""
    """The column in which a row's label stands; empty if the file does not say."""

    @property
    def is_pattern(self) -> bool:
        return "*" in self.name or "?" in self.name


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file whose every part has been checked."""

    roles: Mapping[str, Mapping[str, str]]
    """The name of each role on each platform, by role and platform."""
    rules: tuple[ObjectRule, ...]

    def rule_for(self, name: str) -> ObjectRule | None:
        """The rule of an object: an exact name beats a pattern, a longer pattern beats a shorter one."""
        fitting = [each for each in self.rules if each.name == name]
        fitting = fitting or [
            each for each in self.rules if each.is_pattern and fnmatchcase(name, _literal_brackets(each.name))
        ]
        return max(fitting, key=lambda each: len(each.name), default=None)

    def names(self, name: str) -> bool:
        """Whether an object is named as it is, not by a pattern."""
        return any(each.name == name and not each.is_pattern for each in self.rules)


NOTHING = Policy({}, ())
"""The policy where there is none: nobody sees anything."""


def read(path: Path) -> Policy:
    """Read and check a policy file. Raises PolicyError with a sentence for each fault."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise PolicyError([f"{path.name} cannot be read: {error.strerror}."]) from None
    if len(content) > LARGEST:
        raise PolicyError([f"{path.name} is larger than {LARGEST} bytes."])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError([f"{path.name} is not UTF-8."]) from None
    return parse(text, path.name)


def parse(text: str, name: str = "policy.toml") -> Policy:
    """The policy that a text states. Raises PolicyError with a sentence for each fault."""
    try:
        document = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError([f"{name} is no TOML: {error}."]) from None
    reader = _Reader(_Lines(text), name)
    policy = reader.policy(document)
    if reader.faults:
        raise PolicyError(reader.faults)
    return policy


class _Reader:
    """Turns a document into a policy, and collects what is wrong with it."""

    def __init__(self, lines: _Lines, name: str) -> None:
        self._lines = lines
        self._name = name
        self.faults: list[str] = []

    def policy(self, document: Mapping[str, Any]) -> Policy:
        self._only(document, {"roles", "objects"}, 1, "the file")
        roles = self._roles(self._table(document.get("roles", {}), 1, "roles"))
        objects = self._table(document.get("objects", {}), 1, "objects")
        return Policy(roles, tuple(self._rule(name, each, roles) for name, each in objects.items()))

    def _roles(self, table: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        roles: dict[str, dict[str, str]] = {}
        for role, platforms in table.items():
            line, what = self._lines.role(role), f"role {role!r}"
            if not _ROLE.fullmatch(role):
                self._fault(line, f"{what} is no name: letters, digits, '_' and '-', at most 64")
            if not isinstance(platforms, dict) or not platforms:
                self._fault(line, f'{what} needs a table such as {{ xsuaa = "$XSAPPNAME.Display" }}')
                continue
            self._only(platforms, PLATFORMS, line, what)
            roles[role] = {
                platform: self._text(name, line, f"{what}, {platform}", is_plain)
                for platform, name in platforms.items()
            }
        return roles

    def _rule(self, name: str, value: Any, roles: Mapping[str, Mapping[str, str]]) -> ObjectRule:
        line, what = self._lines.object(name), f"object {name!r}"
        table = self._table(value, line, what)
        self._only(table, {"label", "title", "key", "grants", "page_size", "max_rows"}, line, what)
        grants = tuple(self._grants(name, table.get("grants"), roles))
        key = self._texts(table.get("key", []), line, f"key of {what}")
        if len(set(key)) < len(key):
            self._fault(line, f"key of {what} names a column twice")
        return ObjectRule(
            name=name,
            grants=grants,
            label=self._text(table.get("label", name), line, f"label of {what}"),
            key=key,
            page_size=self._number(
                table.get("page_size", PAGE_SIZE), MAX_PAGE_SIZE, line, f"page_size of {what}"
            ),
            max_rows=(
                self._number(table["max_rows"], 2**63 - 1, line, f"max_rows of {what}")
                if "max_rows" in table
                else None
            ),
            line=line,
            title=self._text(table["title"], line, f"title of {what}") if "title" in table else "",
        )

    def _grants(self, name: str, value: Any, roles: Mapping[str, Mapping[str, str]]) -> Iterator[Grant]:
        if not isinstance(value, list) or not value:
            self._fault(
                self._lines.object(name), f"object {name!r} needs grants, a list; without one leave it out"
            )
            return
        met: dict[tuple[tuple[str, str], ...], str] = {}
        for number, each in enumerate(value):
            line, what = self._lines.grant(name, number), f"grant {number + 1} of object {name!r}"
            table = self._table(each, line, what)
            self._only(table, {"role", "columns", "rows"}, line, what)
            role = self._text(table.get("role", ""), line, f"role of {what}")
            if role not in roles:
                self._fault(line, f"{what} names the role {role!r}, which [roles] does not have")
                continue
            earlier = met.setdefault(tuple(sorted(roles[role].items())), role)
            if number and (
                earlier != role or any(g.get("role") == role for g in value[:number] if isinstance(g, dict))
            ):
                self._fault(
                    line, f"{what} can never be reached: whoever holds {role!r} is met by an earlier grant"
                )
            yield Grant(
                role=role,
                columns=self._columns(table.get("columns", [_EVERY_COLUMN]), line, what),
                rows=self._text(table["rows"], line, f"rows of {what}") if "rows" in table else "",
                line=line,
            )

    def _columns(self, value: Any, line: int, what: str) -> tuple[str, ...]:
        columns = self._texts(value, line, f"columns of {what}")
        if not columns:
            self._fault(line, f"columns of {what} is empty: leave the grant out")
        if len(set(columns)) < len(columns):
            self._fault(line, f"columns of {what} names a column twice")
        if _EVERY_COLUMN not in columns and any(each.startswith("-") for each in columns):
            self._fault(line, f"columns of {what} withholds a column of none: begin with '*'")
        if _EVERY_COLUMN in columns and any(
            each != _EVERY_COLUMN and not each.startswith("-") for each in columns
        ):
            self._fault(line, f"columns of {what} names columns beside '*', which has them all")
        return columns

    def _table(self, value: Any, line: int, what: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self._fault(line, f"{what} should be a table")
        return {}

    def _texts(self, value: Any, line: int, what: str) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self._text(each, line, what) for each in value)
        self._fault(line, f"{what} should be a list of texts")
        return ()

    def _text(self, value: Any, line: int, what: str, may_be: Callable[[str], bool] = str.isprintable) -> str:
        if isinstance(value, str) and value.strip() and may_be(value):
            return value
        self._fault(line, f"{what} should be a printable text that is not empty")
        return ""

    def _number(self, value: Any, most: int, line: int, what: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self._fault(line, f"{what} should be a whole number from 1 to {most}")
        return 1

    def _only(
        self, table: Mapping[str, Any], known: Sequence[str] | set[str] | frozenset[str], line: int, what: str
    ) -> None:
        for key in table:
            if key not in known:
                self._fault(line, f"{what} has {key!r}; known are {', '.join(sorted(known))}")

    def _fault(self, line: int, sentence: str) -> None:
        self.faults.append(f"{self._name} line {line}: {sentence}.")


class _Lines:
    """Finds the line of a thing, which Python's TOML reader does not tell; 1 if it is not found."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")

    def role(self, name: str) -> int:
        start = self._find(r"\s*\[\s*roles\s*\]", 0)
        return self._find(rf"\s*{_quoted(name)}\s*=", start or 0) or start or 1

    def object(self, name: str) -> int:
        return (
            self._find(rf"\s*\[+\s*objects\s*\.\s*{_quoted(name)}\s*[\].]", 0)
            or self._find(rf"\s*(objects\s*\.\s*)?{_quoted(name)}\s*(=|\.)", 0)
            or 1
        )

    def grant(self, name: str, number: int) -> int:
        """The line of a grant: each has its `role` once."""
        start = self.object(name)
        seen = -1
        for index in range(start - 1, len(self._lines)):
            line = self._lines[index].split("#", 1)[0]
            if (
                index >= start
                and re.match(r"\s*\[+\s*(objects|roles)\b", line)
                and not re.match(rf"\s*\[+\s*objects\s*\.\s*{_quoted(name)}\s*\.\s*grants", line)
            ):
                break
            seen += len(re.findall(r"(?:^|[\s{,])[\"']?role[\"']?\s*=", line))
            if seen >= number:
                return index + 1
        return start

    def _find(self, form: str, start: int) -> int | None:
        compiled = re.compile(form)
        return next((n + 1 for n in range(start, len(self._lines)) if compiled.match(self._lines[n])), None)


def _quoted(name: str) -> str:
    """A key as TOML may write it: bare, or in quotes."""
    escaped = re.escape(name)
    return rf"""(?:{escaped}|"{escaped}"|'{escaped}')"""


def _literal_brackets(pattern: str) -> str:
    """`*` and `?` are the only wildcards; fnmatch has brackets as well."""
    return pattern.replace("[", "[[]")
