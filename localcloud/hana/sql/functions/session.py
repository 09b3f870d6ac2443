"""Functions whose value depends on the session; the engine's `session_functions` computes them."""

from __future__ import annotations

from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types

from .function import Function, Kind, always

_NAME = types.text(256)
_UUID = Type(TypeCode.VARBINARY, 16)


def _session_function(name: str, type_: Type, *kinds: Kind) -> Function:
    return Function(name, kinds, always(type_), deterministic=False)


VOLATILE = frozenset({"SYSUUID", "NEWUID", "RAND", "RAND_SECURE"})
"""Functions with another value at every call; the others have one value in a statement."""

SESSION_FUNCTIONS = (
    _session_function("CURRENT_USER", _NAME),
    _session_function("SESSION_USER", _NAME),
    _session_function("CURRENT_SCHEMA", _NAME),
    _session_function("CURRENT_CONNECTION", types.INT),
    _session_function("CURRENT_TRANSACTION_ISOLATION_LEVEL", _NAME),
    _session_function("CURRENT_IDENTITY_VALUE", types.BIGINT),
    _session_function("CURRENT_DATE", types.DAYDATE),
    _session_function("CURRENT_TIME", types.SECONDTIME),
    _session_function("CURRENT_TIMESTAMP", types.LONGDATE),
    _session_function("CURRENT_UTCDATE", types.DAYDATE),
    _session_function("CURRENT_UTCTIME", types.SECONDTIME),
    _session_function("CURRENT_UTCTIMESTAMP", types.LONGDATE),
    _session_function("NOW", types.LONGDATE),
    _session_function("SYSUUID", _UUID),
    _session_function("NEWUID", _UUID),
    _session_function("RAND", types.DOUBLE),
    _session_function("RAND_SECURE", types.DOUBLE),
    _session_function("SESSION_CONTEXT", types.text(512), Kind.TEXT),
)
"""`SessionFunctions` has each under its name in lower case."""
