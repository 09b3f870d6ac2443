"""One tenant of IAS: its client, its people, its keys, and the tokens that it signs."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import Key, RSAKey


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in, and the groups that IAS puts into the claim `groups`."""

    name: str
    given_name: str
    family_name: str
    groups: tuple[str, ...]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "sub": self.id,
            "user_uuid": self.id,
            "scim_id": self.id,
            "email": f"{self.name}@example.com",
            "given_name": self.given_name,
            "family_name": self.family_name,
            "sap_id_type": "user",
            # Without any group there is no claim.
            **({"groups": list(self.groups)} if self.groups else {}),
        }


def demo_people() -> dict[str, Person]:
    """Alice curates and operates, bob views, carol has no group."""
    people = (
        Person("alice", "Alice", "Ando", ("Tokonoma Curator", "Tokonoma Operator")),
        Person("bob", "Bob", "Baba", ("Tokonoma Viewer",)),
        Person("carol", "Carol", "Chiba", ()),
    )
    return {person.name: person for person in people}


class Tenant:
    """Ids, secret and keys are new with every construction."""

    def __init__(self, redirect_uris: Sequence[str] = ()) -> None:
        """`redirect_uris` are the registered addresses, of signing in and out; patterns as XSUAA's."""
        self.redirect_uris = tuple(redirect_uris)
        self.url = ""
        """`https://` and the address; known once the port is."""
        self.clientid = str(uuid.uuid4())
        self.clientsecret = secrets.token_urlsafe(24)
        self.app_tid = str(uuid.uuid4())
        self.people = demo_people()
        self.token_lifetime = 3600
        self._keys = [_new_key()]

    @property
    def key(self) -> RSAKey:
        """The one that signs."""
        return self._keys[-1]

    def rotate(self) -> None:
        """Sign with a new key; older ones stay published."""
        self._keys = [*self._keys, _new_key()]

    def retire_old_keys(self) -> None:
        self._keys = [self.key]

    def published(self) -> dict[str, Any]:
        """The answer of /oauth2/certs; other than XSUAA's it has no PEM in `value`."""
        return {"keys": [{**key.as_dict(private=False), "alg": "RS256"} for key in self._keys]}

    def claims(self, person: str) -> dict[str, Any]:
        """Those of an access token for somebody, got by the authorization code grant."""
        return {**self._common(), **self.people[person].claims}

    def client_claims(self) -> dict[str, Any]:
        """Those of an access token for the client itself."""
        return {**self._common(), "sub": self.clientid, "sap_id_type": "app"}

    def _common(self) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": self.clientid,
            "azp": self.clientid,
            "app_tid": self.app_tid,
            "iat": now,
            "exp": now + self.token_lifetime,
            "jti": str(uuid.uuid4()),
        }

    def mint(
        self,
        claims: Mapping[str, Any],
        *,
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
    ) -> str:
        """Sign any claims with a header and a key that may be wrong; a header of None is left out."""
        given = {"alg": "RS256", "typ": "JWT", "kid": self.key.kid, **(header or {})}
        head = {name: value for name, value in given.items() if value is not None}
        return jws.serialize_compact(head, json.dumps(claims), key or self.key, algorithms=_ALGORITHMS)


_ALGORITHMS = ["RS256", "RS512", "PS256", "ES256", "HS256"]


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": f"ias-key-{secrets.token_hex(4)}", "use": "sig"})
