"""Functions that ask the session: who, where, when. The engine binds them to a connection."""

from __future__ import annotations

from localcloud.hana.sql import types

from .table import Function, Kind, always

_NAME = types.text(256)

SESSION_FUNCTIONS = (
    Function("CURRENT_USER", (), always(_NAME), deterministic=False),
    Function("SESSION_USER", (), always(_NAME), deterministic=False),
    Function("CURRENT_SCHEMA", (), always(_NAME), deterministic=False),
    Function("CURRENT_CONNECTION", (), always(types.INT), deterministic=False),
    Function("CURRENT_TRANSACTION_ISOLATION_LEVEL", (), always(_NAME), deterministic=False),
    Function("CURRENT_IDENTITY_VALUE", (), always(types.BIGINT), deterministic=False),
    Function("CURRENT_DATE", (), always(types.DAYDATE), deterministic=False),
    Function("CURRENT_TIME", (), always(types.SECONDTIME), deterministic=False),
    Function("CURRENT_TIMESTAMP", (), always(types.LONGDATE), deterministic=False),
    Function("CURRENT_UTCDATE", (), always(types.DAYDATE), deterministic=False),
    Function("CURRENT_UTCTIME", (), always(types.SECONDTIME), deterministic=False),
    Function("CURRENT_UTCTIMESTAMP", (), always(types.LONGDATE), deterministic=False),
    Function("NOW", (), always(types.LONGDATE), deterministic=False),
    Function("SESSION_CONTEXT", (Kind.TEXT,), always(types.text(512)), required=1, deterministic=False),
)
"""Their implementations are methods of `engine.Session` with the same names in lower case."""
