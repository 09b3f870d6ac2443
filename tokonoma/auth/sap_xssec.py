"""sap-xssec with three of its parts replaced: the only file that relies on what is undocumented in it.

* Its key cache. It holds one lock during a download and forgets unknown key ids, so that anybody could make
  every caller wait by sending forged tokens. Here a key is found beforehand, see `key_set`, and handed in.
* Its download of IAS's keys, which it makes before it checks a signature, and which remembers every token.
* Its check of `iat` and `nbf`. It has no leeway, so that a clock a second behind XSUAA's would refuse fresh
  tokens. Both claims are checked beforehand with a minute of leeway, see `prescreen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sap import xssec
from sap.xssec import security_context_ias
from sap.xssec.jwt_validation_facade import OPTIONS
from sap.xssec.security_context_xsuaa import SecurityContextXSUAA


class _OneKey:
    """Takes the place of the key cache, and holds the key of the token that is being verified."""

    key = ""

    def load_key(self, _jku: str, _kid: str) -> str:
        return self.key


_one_key = _OneKey()
_one_at_a_time = Lock()

SecurityContextXSUAA.verificationKeyCache = _one_key
security_context_ias.get_verification_key_ias = lambda **_token: _one_key.key
OPTIONS.update(verify_iat=False, verify_nbf=False)


def verify(token: str, credentials: Mapping[str, Any], key: str) -> Any:
    """sap-xssec's security context of a token for the client of these credentials, signed by `key` (PEM).

    Nothing is downloaded. Raises one of a dozen exceptions, whose texts quote the token.
    """
    # One at a time: it is all computing, of which Python does one at a time anyway, and so it stands in the
    # way of remembered callers as one thread, not as all. Nothing in there waits for anything.
    with _one_at_a_time:
        _one_key.key = key
        return xssec.create_security_context(token, {**credentials, "verificationkey": key})


def verify_ias(token: str, credentials: Mapping[str, Any], key: str) -> None:
    """sap-xssec's check of a token of IAS for the client of these credentials, signed by `key` (PEM).

    Nothing is downloaded. Raises one of ten exceptions, whose texts quote the token.
    """
    with _one_at_a_time:
        _one_key.key = key
        security_context_ias.SecurityContextIAS(token, dict(credentials))
