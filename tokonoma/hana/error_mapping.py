"""What a driver's error means: one table from HANA's code or the driver's own to an error of ours.

The driver's text is for the log, with the likely cause beside it; callers see the category only.
"""

from __future__ import annotations

import re
from typing import Any

from tokonoma.errors import (
    HanaBusy,
    HanaError,
    HanaRefuses,
    HanaStatementFailed,
    HanaTimeout,
    HanaUnavailable,
)

_UNAVAILABLE, _REFUSES, _BUSY, _TIMEOUT = "unavailable", "refuses", "busy", "timeout"

# HANA's own codes (view M_ERROR_CODES), and what an operator does about them.
_CODES: dict[int, tuple[str, str]] = {
    4: (_BUSY, "HANA is out of memory"),
    10: (_REFUSES, "wrong user or password: was the binding renewed? bind anew and restage"),
    18: (_UNAVAILABLE, "HANA is shutting down, for maintenance perhaps"),
    129: (_BUSY, "the transaction was rolled back by an internal error"),
    131: (_BUSY, "a lock was held for too long: look at M_BLOCKED_TRANSACTIONS"),
    132: (_BUSY, "a resource was not available"),
    133: (_BUSY, "a deadlock was found and this transaction chosen to end"),
    139: (_TIMEOUT, "the statement was cancelled"),
    142: (_BUSY, "too many transactions at once"),
    149: (_UNAVAILABLE, "the session was ended by an administrator"),
    331: (_REFUSES, "the user was dropped: bind anew and restage"),
    332: (_REFUSES, "the user is not known: bind anew and restage"),
    414: (_REFUSES, "the user must change its password"),
    415: (_REFUSES, "the user is deactivated"),
    416: (_REFUSES, "the user is locked after wrong passwords; it unlocks after a while"),
    613: (_TIMEOUT, "the statement ran longer than TOKONOMA_HANA_STATEMENT_TIMEOUT"),
    616: (_BUSY, "a workload class rejected the statement"),
    4321: (_REFUSES, "HANA wants TLS"),
}
# The driver's own codes are negative; its runtime error number tells more.
_RUNTIME_ERROR = re.compile(r"\[(\d{5,6})\]")
_RUNTIME_ERRORS: dict[int, tuple[str, str]] = {
    89001: (_UNAVAILABLE, "the host name cannot be resolved: was the instance deleted?"),
    89006: (_UNAVAILABLE, "nobody listens there: HANA Cloud is stopped (free and trial ones every night)"),
    89008: (_UNAVAILABLE, "HANA closed the connection: it is stopped, or the IP address is not allowed"),
    89013: (_UNAVAILABLE, "HANA closed the connection: it is stopped, or the IP address is not allowed"),
    300010: (_REFUSES, "the trust store cannot be used: look at the binding's certificate"),
    300015: (_REFUSES, "HANA's certificate is expired, foreign, or for another host: renew the binding"),
}
SILENT = "HANA does not answer: is it stopped, or is a firewall in between?"
"""The likely cause of a connect that does not end."""
_CERTIFICATE = re.compile(r"\[3000\d\d\]|certificate", re.IGNORECASE)
_TIMED_OUT = re.compile(r"time-?out|timed out", re.IGNORECASE)


def meaning_of(error: Any, service: str, *, connecting: bool) -> tuple[HanaError, str]:
    """Our error for a `dbapi.Error`, and the likely cause, for the log.

    `connecting` tells whether the connection was still being opened: a time-out means something else then.
    """
    code = int(getattr(error, "errorcode", 0) or 0)
    text = str(getattr(error, "errortext", ""))
    kind, cause = _CODES.get(code, ("", ""))
    if not kind and code < 0:
        kind, cause = _of_the_driver(text, connecting)
    if kind == _UNAVAILABLE:
        return HanaUnavailable(service), cause
    if kind == _REFUSES:
        return HanaRefuses(service), cause
    if kind == _BUSY:
        return HanaBusy(), cause
    if kind == _TIMEOUT:
        return HanaTimeout(), cause
    return HanaStatementFailed(), "the statement, or a privilege that it needs"


def _of_the_driver(text: str, connecting: bool) -> tuple[str, str]:
    number = _RUNTIME_ERROR.search(text)
    if number and int(number[1]) in _RUNTIME_ERRORS:
        return _RUNTIME_ERRORS[int(number[1])]
    if _CERTIFICATE.search(text):
        return _REFUSES, "the TLS handshake failed: look at the binding's certificate"
    if _TIMED_OUT.search(text):
        if connecting:
            return _UNAVAILABLE, SILENT
        return _TIMEOUT, "HANA neither answered nor cancelled within TOKONOMA_HANA_STATEMENT_TIMEOUT"
    return _UNAVAILABLE, "the connection broke: HANA was restarted, or something in between cut it"
