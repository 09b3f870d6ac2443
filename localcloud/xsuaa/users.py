"""The people who can sign in: alice may do everything, bob a part of it if there are parts, carol nothing."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from .descriptor import OPENID, Descriptor, RoleCollection, merged


@dataclass(frozen=True)
class User:
    """A person; the password is the name."""

    name: str
    given_name: str
    family_name: str
    role_collections: tuple[RoleCollection, ...]
    id: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    @property
    def scopes(self) -> tuple[str, ...]:
        """`openid` and what the role collections grant, fully qualified, each once."""
        granted = (scope for collection in self.role_collections for scope in collection.scopes)
        return (OPENID, *dict.fromkeys(granted))

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """The user attributes that the role collections give values to."""
        return merged(collection.attributes for collection in self.role_collections)

    def check_password(self, password: str) -> bool:
        return hmac.compare_digest(self.name.encode(), password.encode("utf-8", "surrogatepass"))


def demo_users(descriptor: Descriptor) -> Mapping[str, User]:
    """Alice has every role collection she needs, bob one `in_between` if there is one, carol has none."""
    every = descriptor.role_collections
    return {
        user.name: user
        for user in (
            User("alice", "Alice", "Ando", unrestricted(every), str(uuid.uuid4())),
            User("bob", "Bob", "Baba", in_between(every), str(uuid.uuid4())),
            User("carol", "Carol", "Chiba", (), str(uuid.uuid4())),
        )
    }


def unrestricted(every: Iterable[RoleCollection]) -> tuple[RoleCollection, ...]:
    """All role collections but those that only give, for some attribute values, what others give in full."""
    collections = tuple(every)
    in_full = {scope for each in collections if not each.attributes for scope in each.scopes}
    return tuple(each for each in collections if not each.attributes or not set(each.scopes) <= in_full)


def in_between(every: Iterable[RoleCollection]) -> tuple[RoleCollection, ...]:
    """The first role collection that grants something and less than all of them together."""
    granting = [collection for collection in every if collection.scopes]
    everything = {scope for collection in granting for scope in collection.scopes}
    lesser = (collection for collection in granting if set(collection.scopes) < everything)
    return tuple(islice(lesser, 1))
