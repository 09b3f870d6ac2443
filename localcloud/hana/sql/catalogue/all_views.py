"""All of SYS: the views that tell something, those that are empty, and those that are refused by name."""

from __future__ import annotations

from localcloud.hana.sql.parser.known_names import SYSTEM_VIEWS

from . import empty_views, monitoring_views, procedure_views, session_views, system_views, user_views
from .system_view import VIEWS

__all__ = ["EMPTY_VIEWS", "UNKNOWN_VIEWS", "VIEWS"]

EMPTY_VIEWS = frozenset(empty_views.COLUMNS)
"""Views about what this HANA does not have, and which tools ask all the same."""

UNKNOWN_VIEWS = SYSTEM_VIEWS - VIEWS.keys()
"""Views that HANA has and this one has not: asking for one is refused by name, not called a mistake."""

assert monitoring_views
assert procedure_views
assert session_views
assert system_views
assert user_views
