"""What a local cloud prints when it has started."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from .xsuaa.users import User


def framed(lines: Iterable[str]) -> str:
    """Lines between two rules."""
    rule = "─" * 72
    return "\n".join(["", rule, *(f" {line}".rstrip() for line in lines), rule, ""])


def people_lines(people: Iterable[User], roleless: str) -> list[str]:
    """Who can sign in, a line each; `roleless` is what somebody without a role sees."""
    signs_in = "Sign in as"
    lines = []
    for person in people:
        lines.append(f"{signs_in:<14}{person.name:<5} / {person.name:<5}    {_roles_of(person) or roleless}")
        signs_in = ""
    return lines


def python_command() -> str:
    """The path of this interpreter in a command line: relative to the current folder if it lies there."""
    try:
        return str(Path(sys.executable).relative_to(Path.cwd()))
    except ValueError:
        return sys.executable


def _roles_of(person: User) -> str:
    """The names of the roles, each with the values that restrict it."""
    return ", ".join(
        f"{each.name} ({each.values})" if each.values else each.name for each in person.role_collections
    )
