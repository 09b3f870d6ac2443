"""HANA's functions: one table from name to implementation and result type."""

from __future__ import annotations

from .dates import DATE_FUNCTIONS
from .function import Function, Kind
from .numeric import NUMERIC_FUNCTIONS
from .other import OTHER_FUNCTIONS
from .session import SESSION_FUNCTIONS
from .text import TEXT_FUNCTIONS

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for group in (SESSION_FUNCTIONS, TEXT_FUNCTIONS, NUMERIC_FUNCTIONS, DATE_FUNCTIONS, OTHER_FUNCTIONS)
    for function in group
}

__all__ = ["FUNCTIONS", "Function", "Kind"]
