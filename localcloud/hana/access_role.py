"""Reads .hdbrole files: what the default access role of an HDI container leaves to its runtime user.

The rules: SAP HDI Reference, "Roles (.hdbrole and .hdbroleconfig)" and "The Default Access Role".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .source_files import FileError, SourceFile

NAME = "default_access_role"
_PLACE = ("defaults", f"{NAME}.hdbrole")
_PRIVILEGES = frozenset(
    {
        "ALTER",
        "ATTACH DEBUGGER",
        "CREATE ANY",
        "CREATE TEMPORARY TABLE",
        "DEBUG",
        "DELETE",
        "EXECUTE",
        "INSERT",
        "SELECT",
        "SELECT CDS METADATA",
        "SELECT METADATA",
        "UNMASKED",
        "UPDATE",
    }
)
"""What a role may give in a container."""


class Privilege(NamedTuple):
    """One privilege; `object` is empty where it is on the whole schema."""

    object: str
    privilege: str
    file: SourceFile


class Access(NamedTuple):
    """What the runtime user may do, None where no role says so; and what of the roles counts for nothing."""

    privileges: tuple[Privilege, ...] | None
    unread: tuple[str, ...]


class AccessRole(NamedTuple):
    """What one file says about a role."""

    file: SourceFile
    name: str
    privileges: tuple[Privilege, ...]
    roles: tuple[str, ...]
    unread: tuple[str, ...]


def read_access(documents: Mapping[SourceFile, Any]) -> Access:
    """What the roles in these files (their JSON) leave to the runtime user.

    Only a role that the default access role holds counts, directly or by way of others.
    Raises FileError naming the file that does not fit.
    """
    roles = read_roles(documents)
    default = roles.get(NAME)
    if default is None or default.file.parts[-2:] != _PLACE:
        return Access(None, tuple(f"{role.file}: {_NOT_GRANTED}" for role in roles.values()))
    held = dict(_held(default, roles))
    unread = [line for role in held.values() for line in role.unread]
    unread += [f"{role.file}: {_NOT_GRANTED}" for name, role in roles.items() if name not in held]
    return Access(privileges_of(default, roles), tuple(unread))


def read_roles(documents: Mapping[SourceFile, Any]) -> dict[str, AccessRole]:
    """The roles in these files (their JSON), by name; FileError for a file that does not fit."""
    roles = {role.name: role for role in (_role(file, each) for file, each in documents.items())}
    for role in roles.values():
        for name in role.roles:
            if name not in roles:
                raise FileError(role.file, f"there is no role {name} in these files")
    return roles


def privileges_of(role: AccessRole, roles: Mapping[str, AccessRole]) -> tuple[Privilege, ...]:
    """What a role gives, by itself and by the roles that it holds."""
    return tuple(dict.fromkeys(each for _, held in _held(role, roles) for each in held.privileges))


_NOT_GRANTED = f"no {NAME} in a folder called defaults holds this role, so that nobody has it"


def _held(role: AccessRole, roles: Mapping[str, AccessRole]) -> Iterator[tuple[str, AccessRole]]:
    """The role and all that it holds, by name."""
    found = {role.name: role}
    waiting = [role]
    while waiting:
        each = waiting.pop()
        for name in each.roles:
            if name not in found:
                found[name] = roles[name]
                waiting.append(roles[name])
    return iter(found.items())


def _role(file: SourceFile, document: Any) -> AccessRole:
    role = document.get("role") if isinstance(document, dict) else None
    if not isinstance(role, dict) or not isinstance(role.get("name"), str) or not role["name"]:
        raise FileError(file, "must be an object with a role, which has a name")
    unread = [f"{file}: {key} is not read" for key in role if key not in {"name", *_ENTRY_KEYS}]
    privileges: list[Privilege] = []
    names: list[str] = []
    for key, known in _ENTRY_KEYS.items():
        for entry in _entries(file, role, key):
            if other := sorted(entry.keys() - known):
                unread.append(f"{file}: an entry of {key} with {other[0]} is not read")
                continue
            privileges += _privileges(file, entry)
            names += _texts(file, entry, "names")
    return AccessRole(file, role["name"], tuple(privileges), tuple(names), tuple(unread))


_ENTRY_KEYS = {
    "schema_privileges": {"privileges"},
    "object_privileges": {"name", "type", "privileges"},
    "schema_roles": {"names"},
}
"""The lists of a role, and what an entry of each has; with more it is about another schema, or a pattern."""


def _entries(file: SourceFile, role: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = role.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise FileError(file, f"{key} must be a list of objects")
    return entries


def _privileges(file: SourceFile, entry: Mapping[str, Any]) -> Iterator[Privilege]:
    name = entry.get("name", "")
    for privilege in _texts(file, entry, "privileges"):
        if privilege not in _PRIVILEGES:
            raise FileError(file, f"no role can give {privilege!r} in a container")
        yield Privilege(str(name), privilege, file)


def _texts(file: SourceFile, entry: Mapping[str, Any], key: str) -> list[str]:
    texts = entry.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise FileError(file, f"{key} must be a list of texts")
    return texts
