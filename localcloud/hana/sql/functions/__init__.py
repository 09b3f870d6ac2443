"""HANA's functions: one table from name to implementation and result type."""

from __future__ import annotations

from .aggregates import AGGREGATES
from .session import SESSION_FUNCTIONS
from .table import Function, Kind
from .text import TEXT_FUNCTIONS

FUNCTIONS: dict[str, Function] = {
    function.name: function for group in (AGGREGATES, SESSION_FUNCTIONS, TEXT_FUNCTIONS) for function in group
}

__all__ = ["FUNCTIONS", "Function", "Kind"]
