"""Roles of a policy that nobody can hold: by what they are called, or by what is bound."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tokonoma.data.policy.file import Policy

GROUP = "group:"
"""Stands before the name of a group of IAS."""


def unreached(policy: Policy, kinds: Collection[str]) -> Iterator[str]:
    """A sentence for each role that nobody holds; `kinds` are the identity providers, none if unknown."""
    for role, names in policy.roles.items():
        if kinds and not names.keys() & set(kinds):
            yield f"role {role!r} says nothing for {' or '.join(kinds)}, which is what is bound"
        for kind, name in names.items():
            what = f"role {role!r}, {kind}"
            if name != name.strip() or name.startswith(f"{GROUP} "):
                yield f"{what}: there are blanks around the name, which are a part of it"
            elif kind == "ias" and not _can_be_held(name):
                yield f"{what}: a group's name has {GROUP!r} in front"


def _can_be_held(name: str) -> bool:
    """Whether IAS can give it: a group, what everybody has, or a scope that the platform gives to groups."""
    return name.startswith((GROUP, "$XSAPPNAME.")) or name == "openid"
