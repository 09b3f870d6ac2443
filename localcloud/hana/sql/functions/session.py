"""Functions that ask the session: who, where, when. The engine binds them to a connection."""

from __future__ import annotations

from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.values import types

from .function import Function, Kind, always

_NAME = types.text(256)
_UUID = Type(TypeCode.VARBINARY, 16)


def _asked(name: str, type_: Type, *kinds: Kind) -> Function:
    return Function(name, kinds, always(type_), deterministic=False)


VOLATILE = frozenset({"SYSUUID", "NEWUID", "RAND", "RAND_SECURE"})
"""Those that answer differently every time; the others stand still within a statement."""

SESSION_FUNCTIONS = (
    _asked("CURRENT_USER", _NAME),
    _asked("SESSION_USER", _NAME),
    _asked("CURRENT_SCHEMA", _NAME),
    _asked("CURRENT_CONNECTION", types.INT),
    _asked("CURRENT_TRANSACTION_ISOLATION_LEVEL", _NAME),
    _asked("CURRENT_IDENTITY_VALUE", types.BIGINT),
    _asked("CURRENT_DATE", types.DAYDATE),
    _asked("CURRENT_TIME", types.SECONDTIME),
    _asked("CURRENT_TIMESTAMP", types.LONGDATE),
    _asked("CURRENT_UTCDATE", types.DAYDATE),
    _asked("CURRENT_UTCTIME", types.SECONDTIME),
    _asked("CURRENT_UTCTIMESTAMP", types.LONGDATE),
    _asked("NOW", types.LONGDATE),
    _asked("SYSUUID", _UUID),
    _asked("NEWUID", _UUID),
    _asked("RAND", types.DOUBLE),
    _asked("RAND_SECURE", types.DOUBLE),
    _asked("SESSION_CONTEXT", types.text(512), Kind.TEXT),
)
"""Their answers are in `session`, under the same names in lower case."""
