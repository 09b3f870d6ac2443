"""All of SYS: the views that tell something, those that are empty, and those that are refused by name."""

from __future__ import annotations

from . import empty_views, monitoring_views
from .system_views import VIEWS
from .unknown_views import UNKNOWN_VIEWS

__all__ = ["EMPTY_VIEWS", "UNKNOWN_VIEWS", "VIEWS"]

EMPTY_VIEWS = frozenset(empty_views.COLUMNS)
"""Views about what this HANA does not have, and which tools ask all the same."""

assert monitoring_views
