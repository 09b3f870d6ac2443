"""IAS's gate: lets callers in who have an access token of the bound tenant of SAP Cloud Identity Services.

IAS's tokens have no scopes: a caller holds `group:` and the name of each group in the claim `groups`, which
is what a role of the policy asks for, and the scopes that the platform gives to groups.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from tokonoma.auth import sap_xssec
from tokonoma.auth.bearer import BearerGate
from tokonoma.auth.gate import Caller, Credentials
from tokonoma.auth.ias_keys import IasKeySet
from tokonoma.auth.ias_token import prescreen_ias
from tokonoma.auth.prescreen import Rejected, UnverifiedToken, is_texts
from tokonoma.auth.proof import HEADER, forwarded_certificate, is_bound_to
from tokonoma.bindings import IdentityBinding
from tokonoma.plain_text import is_plain

APPLICATION = "tokonoma"
"""Stands in scopes where XSUAA has the xsappname."""
GROUP = "group:"
"""Stands before a group's name, so that no group can be taken for a scope."""
_STANDARD = frozenset(
    {
        *(
            "iss",
            "ias_iss",
            "aud",
            "azp",
            "azp_app_tid",
            "app_tid",
            "zone_uuid",
            "sub",
            "scim_id",
            "user_uuid",
        ),
        *("email", "given_name", "family_name", "name", "preferred_username", "login_name", "groups"),
        *("ias_apis", "sap_id_type", "sid", "jti", "iat", "nbf", "exp", "auth_time", "nonce", "cnf", "type"),
    }
)
"""Claims that are no attributes of the user's."""


class IasGate(BearerGate):
    """Turns an Authorization header into a Caller. Raises TokenMissing, TokenInvalid or KeysUnavailable."""

    kind = "ias"

    def __init__(
        self,
        binding: IdentityBinding,
        keys: IasKeySet,
        scopes: Mapping[str, frozenset[str]],
        certificate_hosts: Collection[str] = (),
    ) -> None:
        """A gate that gives the members of a group `scopes[group]` (without `$XSAPPNAME.`).

        `certificate_hosts` are the host names where the platform writes the header of client certificates.
        """
        super().__init__(keys)
        self._binding = binding
        self._scopes = scopes
        self._certificate_hosts = certificate_hosts

    def _read(self, environ: Mapping[str, Any]) -> Credentials:
        given = super()._read(environ)
        certificate = forwarded_certificate(environ, self._certificate_hosts)
        return (*given, (HEADER, certificate)) if certificate else given

    def _prescreen(self, token: str, credentials: Credentials) -> UnverifiedToken:
        seen = prescreen_ias(token, self._binding)
        if "cnf" in seen.claims and not is_bound_to(seen.claims["cnf"], dict(credentials).get(HEADER, "")):
            raise Rejected("it is bound to a certificate or key")
        return seen

    def _verify(self, token: str, key: str) -> None:
        sap_xssec.verify_ias(token, self._binding.credentials, key)

    def _caller(self, claims: Mapping[str, Any], verified: None) -> Caller:
        """The caller whom verified claims describe. Raises Rejected.

        The name is what people sign in with; `sub` is a choice of each application's, and comes last.
        """
        names = ("login_name", "email", "preferred_username", "sub")
        name = next((claims[each] for each in names if claims.get(each)), self._binding.clientid)
        identity = next(
            (claims[each] for each in ("scim_id", "user_uuid", "sub") if claims.get(each)),
            self._binding.clientid,
        )
        groups = claims.get("groups") or []
        # One group may come as a text.
        groups = [groups] if isinstance(groups, str) else groups
        if not is_texts(groups) or not all(map(is_plain, groups)):
            raise Rejected("its claim groups is malformed")
        scopes = {f"{APPLICATION}.{scope}" for group in groups for scope in self._scopes.get(group, ())}
        return Caller(
            name=name,
            id=identity,
            zone=self._binding.app_tid,
            scopes=frozenset({"openid", *scopes, *(f"{GROUP}{group}" for group in groups)}),
            xsappname=APPLICATION,
            attributes=_attributes(claims),
        )


def _attributes(claims: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The claims that an administrator has added: texts, or lists of texts, by their names."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in claims.items():
        values = [value] if isinstance(value, str) else value
        if name not in _STANDARD and is_texts(values) and all(map(is_plain, [name, *values])):
            found[name] = tuple(values)
    return MappingProxyType(found)
