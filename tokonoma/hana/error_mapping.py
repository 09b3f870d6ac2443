"""What a driver's error means: one table from HANA's code or the driver's own to an error of ours.

The driver's text is for the log, with the likely cause beside it; callers see the category only.
"""

from __future__ import annotations

import re
from typing import Any

from tokonoma.errors import (
    HanaBusy,
    HanaCannotCompute,
    HanaError,
    HanaForbids,
    HanaObjectChanged,
    HanaRefuses,
    HanaStatementFailed,
    HanaTimeout,
    HanaUnavailable,
)

Meaning = tuple[type[HanaError], str]
"""The class of our error, and the likely cause, for the log."""

# HANA's own codes (view M_ERROR_CODES), and what an operator does about them.
_CODES: dict[int, Meaning] = {
    4: (HanaBusy, "HANA is out of memory"),
    10: (HanaRefuses, "wrong user or password: was the binding renewed? bind anew and restage"),
    18: (HanaUnavailable, "HANA is shutting down, for maintenance perhaps"),
    129: (HanaBusy, "the transaction was rolled back by an internal error"),
    131: (HanaBusy, "a lock was held for too long: look at M_BLOCKED_TRANSACTIONS"),
    132: (HanaBusy, "a resource was not available"),
    133: (HanaBusy, "a deadlock was found and this transaction chosen to end"),
    139: (HanaTimeout, "the statement was cancelled"),
    142: (HanaBusy, "too many transactions at once"),
    149: (HanaUnavailable, "the session was ended by an administrator"),
    258: (HanaForbids, "a privilege is missing: grant SELECT on the object to the bound user"),
    259: (HanaObjectChanged, "a table or view is gone"),
    260: (HanaObjectChanged, "a column is gone"),
    **dict.fromkeys((303, 304, 314, 339), (HanaCannotCompute, "a value of a row, in the query or in a view")),
    331: (HanaRefuses, "the user was dropped: bind anew and restage"),
    332: (HanaRefuses, "the user is not known: bind anew and restage"),
    391: (HanaObjectChanged, "a view is invalid: something that it reads is gone or has changed"),
    403: (HanaObjectChanged, "HANA's internal error, as while an object is being changed"),
    414: (HanaRefuses, "the user must change its password"),
    415: (HanaRefuses, "the user is deactivated"),
    416: (HanaRefuses, "the user is locked after wrong passwords; it unlocks after a while"),
    613: (
        HanaTimeout,
        "over TOKONOMA_HANA_STATEMENT_TIMEOUT, or the shorter time of counts and figures",
    ),
    616: (HanaBusy, "a workload class rejected the statement"),
    4321: (HanaRefuses, "HANA wants TLS"),
}
_OF_THE_STATEMENT: Meaning = (HanaStatementFailed, "the statement, or a privilege that it needs")
"""What every other code of HANA's means."""

# The driver's own codes are negative; its runtime error number tells more.
_RUNTIME_ERROR = re.compile(r"\[(\d{5,6})\]")
_RUNTIME_ERRORS: dict[int, Meaning] = {
    89001: (HanaUnavailable, "the host name cannot be resolved: was the instance deleted?"),
    89006: (HanaUnavailable, "nobody listens there: HANA Cloud is stopped (free and trial ones every night)"),
    89008: (HanaUnavailable, "HANA closed the connection: it is stopped, or the IP address is not allowed"),
    89013: (HanaUnavailable, "HANA closed the connection: it is stopped, or the IP address is not allowed"),
    300010: (HanaRefuses, "the trust store cannot be used: look at the binding's certificate"),
    300015: (HanaRefuses, "HANA's certificate is expired, foreign, or for another host: renew the binding"),
}
NO_ANSWER = "HANA does not answer: is it stopped, or is a firewall in between?"
"""The likely cause of a connect that does not end."""
_CERTIFICATE = re.compile(r"\[3000\d\d\]|certificate", re.IGNORECASE)
_TIMED_OUT = re.compile(r"time-?out|timed out", re.IGNORECASE)


def map_error(error: Any, *, connecting: bool) -> Meaning:
    """The meaning of a `dbapi.Error`.

    `connecting` tells whether the connection was still being opened: a time-out means something else then.
    """
    code = int(getattr(error, "errorcode", 0) or 0)
    if code < 0:
        return _of_the_driver(str(getattr(error, "errortext", "")), connecting)
    return _CODES.get(code, _OF_THE_STATEMENT)


def _of_the_driver(text: str, connecting: bool) -> Meaning:
    number = _RUNTIME_ERROR.search(text)
    if number and int(number[1]) in _RUNTIME_ERRORS:
        return _RUNTIME_ERRORS[int(number[1])]
    if _CERTIFICATE.search(text):
        return HanaRefuses, "the TLS handshake failed: look at the binding's certificate"
    if _TIMED_OUT.search(text):
        if connecting:
            return HanaUnavailable, NO_ANSWER
        return HanaTimeout, "HANA neither answered nor cancelled within TOKONOMA_HANA_STATEMENT_TIMEOUT"
    return HanaUnavailable, "the connection broke: HANA was restarted, or something in between cut it"
