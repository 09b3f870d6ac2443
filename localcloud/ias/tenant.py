"""One tenant of IAS: its client, its people, its keys, and the tokens that it signs."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, RSAKey

from localcloud.xsuaa.descriptor import RoleCollection
from localcloud.xsuaa.users import User


def demo_people() -> Mapping[str, User]:
    """Alice curates and operates, bob views, carol has no group."""
    return {
        user.name: user
        for user in (
            _person("alice", "Alice", "Ando", "Tokonoma Curator", "Tokonoma Operator"),
            _person("bob", "Bob", "Baba", "Tokonoma Viewer"),
            _person("carol", "Carol", "Chiba"),
        )
    }


def _person(name: str, given_name: str, family_name: str, *groups: str) -> User:
    collections = tuple(RoleCollection(group, "", ()) for group in groups)
    return User(name, given_name, family_name, collections, str(uuid.uuid4()))


class Tenant:
    """Ids, secret and keys are new with every construction.

    The people are those of a local XSUAA: a role collection is a group here, its attributes are claims.
    """

    def __init__(
        self,
        redirect_uris: Sequence[str] = (),
        people: Mapping[str, User] | None = None,
        app_tid: str | None = None,
    ) -> None:
        """`redirect_uris` are the registered addresses, of signing in and out; patterns as XSUAA's."""
        self.redirect_uris = tuple(redirect_uris)
        self.url = ""
        """`https://` and the address; known once the port is."""
        self.pages_url = ""
        """`http://` and the address of what people see: browsers know nothing of our authority."""
        self.clientid = str(uuid.uuid4())
        self.clientsecret = ""
        self.renew_secret()
        self.certificates: set[str] = set()
        """SHA-256 (base64url) of the certificates that the client signs in with."""
        self.app_tid = app_tid or str(uuid.uuid4())
        self.people = demo_people() if people is None else people
        self.token_lifetime = 3600
        self.access_token_format = "jwt"  # noqa: S105 - a format
        """`token-policy` of the instance; with `default` some grants give opaque tokens."""
        self.consumers: tuple[str, ...] = ()
        """Client ids that stand in the audience beside the client: `xsuaa-cross-consumption`."""
        self._keys = [_new_key()]

    def renew_secret(self) -> None:
        """Give the client another secret: whoever was bound before is refused as `invalid_client`."""
        self.clientsecret = secrets.token_urlsafe(24)

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

    def claims(self, person: str, thumbprint: str = "") -> dict[str, Any]:
        """Those of an access token for somebody, got by the authorization code grant.

        `thumbprint` is that of the certificate with which the client has signed in, if it had one.
        """
        user = self.people[person]
        groups = [collection.name for collection in user.role_collections]
        return {
            **self._common(thumbprint),
            "sub": user.id,
            "user_uuid": user.id,
            "scim_id": user.id,
            "email": user.email,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "sap_id_type": "user",
            # Without any group there is no claim.
            **({"groups": groups} if groups else {}),
            **{name: list(values) for name, values in user.attributes.items()},
        }

    def client_claims(self, thumbprint: str = "") -> dict[str, Any]:
        """Those of an access token for the client itself."""
        return {**self._common(thumbprint), "sub": self.clientid, "sap_id_type": "app"}

    def id_claims(self, person: str, nonce: str, access_token: str = "") -> dict[str, Any]:
        """Those of an id_token (OpenID Connect Core 1.0 sections 2 and 3.1.3.6), beside an access token."""
        digest = sha256(access_token.encode()).digest()
        hashed = {"at_hash": urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()} if access_token else {}
        own = {"aud": self.clientid, **hashed, **({"nonce": nonce} if nonce else {})}
        return {**self.claims(person), **own}

    def person_of(self, assertion: str, audience: str) -> str | None:
        """The name of the person of whom a token that we have signed for `audience` speaks."""
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.url},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(assertion, KeySet(list(self._keys)), algorithms=["RS256"]).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        return next((user.name for user in self.people.values() if user.id == claims.get("sub")), None)

    def _common(self, thumbprint: str) -> dict[str, Any]:
        now = int(time.time())
        audience = [self.clientid, *self.consumers]
        return {
            "iss": self.url,
            "aud": audience if self.consumers else self.clientid,
            "azp": self.clientid,
            "app_tid": self.app_tid,
            "iat": now,
            "exp": now + self.token_lifetime,
            "jti": str(uuid.uuid4()),
            **({"cnf": {"x5t#S256": thumbprint}} if thumbprint else {}),
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
