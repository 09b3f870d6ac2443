"""What can be wrong with the token of one caller."""

from __future__ import annotations

from tokonoma.doctor.failures.failure import Failure, note

TOKEN = (
    Failure(
        "token.shape", "it was cut, or is opaque", "take it anew: the header Authorization, all of it", "401"
    ),
    Failure("token.expired", "it was good for an hour or so", "log in anew", "401"),
    Failure("token.early", "this machine's clock is behind", "set the clock", "401"),
    Failure(
        "token.foreign",
        "web and myapp are bound to different instances, or subaccounts",
        "bind the same to both, cf restage",
        "401",
    ),
    Failure("token.kind", "a program sends the wrong one of those it got", "send the access token", "401"),
    Failure(
        "token.bound",
        "a client with a certificate has got it, and has to show that",
        "a .cert. route, and forwardAuthCertificates in destinations",
        "401",
    ),
    Failure("token.refused", "the check that is named failed", "find it in the table of 401", "401"),
    Failure("token.too_large", "more than the service takes", "fewer role collections or groups", "431"),
    note("token.large", "proxies refuse such headers (431)", "fewer role collections or groups", "431"),
    note(
        "token.roles",
        "it is older than the grant, or the grant is under another identity provider",
        "log out of SAP too (a private window); BTP cockpit, Security, Users: the right provider",
        "403",
    ),
)
