"""What HANA says when it refuses: a code, a text and a place in the statement."""

from __future__ import annotations

GENERAL_ERROR = 2
NOT_SUPPORTED = 7
AUTHENTICATION_FAILED = 10
LOCK_TIMEOUT = 131
DEADLOCK = 133
SYNTAX = 257
INSUFFICIENT_PRIVILEGE = 258
INVALID_TABLE = 259
INVALID_COLUMN = 260
VALUE_TOO_LARGE = 274
CANNOT_BE_NULL = 287
DUPLICATE_TABLE = 288
UNIQUE_VIOLATED = 301
INVALID_DATE = 303
DIVISION_BY_ZERO = 304
INVALID_FUNCTION = 328
INVALID_NUMBER = 339
INVALID_SCHEMA = 362
DUPLICATE_SCHEMA = 386
FOREIGN_KEY_VIOLATED = 461
FOREIGN_KEY_REFERENCED = 462
CHECK_VIOLATED = 677
INVALID_STATEMENT_ID = 1030
INVALID_MESSAGE = 1031
INVALID_CURSOR_ID = 1032
PARSE_ERROR = 1033


class HanaError(Exception):
    """An answer of kind "error"; drivers pick their exception class from `code` alone.

    `position` is 1-based, in characters of the statement; 0 where the statement is not at fault.
    """

    def __init__(self, code: int, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.position = position


def not_supported(feature: str, position: int = 0) -> HanaError:
    """The one way to decline: HANA's code 7, naming what is missing."""
    return HanaError(NOT_SUPPORTED, f"feature not supported: {feature}", position)
