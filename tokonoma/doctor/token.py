"""A token that somebody was given: would the service take it, and which roles does it bring?"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import time
from typing import Any

from tokonoma.data.policy import file as policy_file
from tokonoma.data.policy.access import AccessControl, Applied
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.identity import CLOCKS
from tokonoma.doctor.place import AppPlace
from tokonoma.errors import AccessError, ConfigurationError
from tokonoma.platforms import platform as platforms

LARGE, TOO_LARGE = 8_000, 16_000
"""Characters: what most proxies take in one header field, and what the service takes."""
FAR = 1e12
"""Seconds since the epoch, beyond all calendars."""
_NO_ACCESS_TOKEN = {"nonce", "at_hash", "c_hash", "s_hash", "events", "toe"}


class GivenToken:
    """Looks at the text of a token, which is never told."""

    def __init__(self, place: AppPlace, text: str, connect: bool) -> None:
        self._place = place
        self._text = text.strip().removeprefix("Authorization:").strip().removeprefix("Bearer ").strip()
        self._connect = connect

    def checks(self) -> list[Check]:
        return [Check("token", self._token, needs=("bindings.identity", "xsuaa.keys", "ias.keys"))]

    def _token(self) -> Iterator[Seen]:
        size = len(self._text)
        if size > TOO_LARGE:
            yield Seen(f"it has {size:,} characters", "token.too_large")
            return
        if self._place.xsuaa is None and self._place.ias is None:
            # A platform whose tokens mean nothing to anybody else; it is asked about each.
            yield from self._by_the_gate() if self._connect else ()
            return
        claims = _claims(self._text)
        if claims is None:
            yield Seen("it does not have three parts of base64url with JSON in them", "token.shape")
            return
        if size > LARGE:
            yield Seen(f"it has {size:,} characters", "token.large")
        wrong = [*self._in_time(claims), *self._for_us(claims)]
        yield from wrong
        if not wrong and self._connect:
            yield from self._by_the_gate()

    def _in_time(self, claims: Mapping[str, Any]) -> Iterator[Seen]:
        """By this machine's clock."""
        now = time()
        times = {
            name: _moment(claims[name]) for name in ("iat", "nbf", "exp") if _is_number(claims.get(name))
        }
        end, begin = times.pop("exp", None), max(times.values(), default=0)
        if end is None:
            yield Seen("it has no end", "token.expired")
        elif end <= now:
            yield Seen(f"it ended {now - end:,.0f} s ago", "token.expired")
        elif begin > now + CLOCKS:
            yield Seen(f"it begins in {begin - now:,.0f} s", "token.early")

    def _for_us(self, claims: Mapping[str, Any]) -> Iterator[Seen]:
        """Whether it is an access token of what is bound."""
        if _NO_ACCESS_TOKEN & claims.keys():
            yield Seen("it is an id_token or a logout token", "token.kind")
            return
        foreign = "it is of another tenant or client, or of an identity provider that is not bound"
        if "zid" in claims or "cid" in claims:
            xsuaa = self._place.xsuaa
            if xsuaa is None or claims.get("zid") != xsuaa.zone or not _is_for(claims, xsuaa.clientid):
                yield Seen(foreign, "token.foreign")
            return
        ias = self._place.ias
        if ias is None or claims.get("app_tid") != ias.app_tid or not _is_for(claims, ias.clientid):
            yield Seen(foreign, "token.foreign")
        elif "cnf" in claims:
            yield Seen("it is bound to a client certificate", "token.bound")
        elif not ias.credentials.get("clientsecret"):
            yield Seen("it is bound to no certificate: an id_token, or fetched with a secret", "token.kind")

    def _by_the_gate(self) -> Iterator[Seen]:
        """What the service itself says of it."""
        assert self._place.services is not None
        gate = platforms.find(os.environ).gate(os.environ, self._place.services, self._place.settings)
        try:
            caller = gate.of_token(self._text)
        except AccessError:
            yield Seen("the service would refuse it", "token.refused")
            return
        try:
            policy = policy_file.read(Path(self._place.settings.policy))
        except (ConfigurationError, OSError):
            yield Seen("the service would take it")
            return
        roles = sorted(AccessControl(policy, gate.kinds, _nothing).roles(caller))
        if roles:
            yield Seen(f"the service would take it; roles: {', '.join(roles)}")
        else:
            yield Seen("the service would take it, and no role of the policy is in it", "token.roles")


def _nothing() -> Applied:
    raise NotImplementedError("roles need no schema")


def _claims(text: str) -> dict[str, Any] | None:
    """The claims of a token, of which nothing is believed; None if it is none."""
    try:
        _, payload, _ = text.split(".")
        found = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(number: float) -> float:
    """Seconds since the epoch; JSON's numbers have no bounds."""
    return float(min(max(number, -FAR), FAR))


def _is_for(claims: Mapping[str, Any], clientid: str) -> bool:
    """Whether the client is in the audience, or is the one that asked."""
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return clientid in [*named, claims.get("cid"), claims.get("azp")]
