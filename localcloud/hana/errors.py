"""HANA's errors: a code, a text, and a position in the statement."""

from __future__ import annotations

GENERAL_ERROR = 2
NOT_SUPPORTED = 7
AUTHENTICATION_FAILED = 10
UNKNOWN_SAVEPOINT = 128
ROLLED_BACK = 129
LOCK_TIMEOUT = 131
SERIALIZATION_FAILURE = 138
CANCELLED = 139
RESOURCE_BUSY = 146
TIMED_OUT = 613
SYNTAX = 257
INSUFFICIENT_PRIVILEGE = 258
INVALID_TABLE = 259
INVALID_COLUMN = 260
INVALID_INDEX = 261
INVALID_DATATYPE = 264
INCONSISTENT_TYPE = 266
LENGTH_TOO_LONG = 267
AMBIGUOUS_COLUMN = 268
TOO_MANY_VALUES = 269
NOT_ENOUGH_VALUES = 270
DUPLICATE_ALIAS = 271
DUPLICATE_COLUMN = 272
VALUE_TOO_LARGE = 274
MISPLACED_AGGREGATE = 275
NOT_GROUPED = 276
NESTED_AGGREGATE = 279
WRONG_ORDER_ITEM = 280
NAME_TOO_LONG = 286
CANNOT_BE_NULL = 287
DUPLICATE_TABLE = 288
DUPLICATE_INDEX = 289
SECOND_PRIMARY_KEY = 294
UNIQUE_VIOLATED = 301
INVALID_DATE = 303
DIVISION_BY_ZERO = 304
SINGLE_ROW_EXPECTED = 305
ALL_COLUMNS_DROPPED = 311
SEQUENCE_EXHAUSTED = 312
INVALID_SEQUENCE = 313
NUMERIC_OVERFLOW = 314
INVALID_SYNONYM = 315
WRONG_ARGUMENT_COUNT = 316
PRECISION_OUT_OF_RANGE = 318
SCALE_OUT_OF_RANGE = 319
INVALID_VIEW = 321
NO_CURRENT_VALUE = 326
INVALID_FUNCTION = 328
INVALID_USER = 332
COLUMN_NOT_ALLOWED = 333
INVALID_ENCODING = 336
INVALID_NUMBER = 339
NOT_ALL_BOUND = 340
INVALID_FORMAT = 348
PRIMARY_KEY_COLUMN = 350
CONSTRAINT_COLUMN = 351
VIEW_NOT_UPDATABLE = 361
INVALID_SCHEMA = 362
NO_MATCHING_KEY = 365
NO_PRIMARY_KEY = 366
REFERENCE_COUNT = 367
VIEW_TOO_DEEP = 369
DUPLICATE_SCHEMA = 386
INVALIDATED_VIEW = 391
INVALID_OBJECT = 397
STILL_IN_USE = 417
FOREIGN_KEY_VIOLATED = 461
FOREIGN_KEY_REFERENCED = 462
CHECK_VIOLATED = 677
INVALID_STATEMENT_ID = 1030
INVALID_MESSAGE = 1031
INVALID_CURSOR_ID = 1032
PARSE_ERROR = 1033
WRONG_PARAMETERS = 1281
COLUMN_STORE_ERROR = 2048


class HanaError(Exception):
    """An answer of kind "error"; drivers pick their exception class from `code` alone.

    `position` is 1-based, in characters of the statement; 0 where the statement is not at fault.
    """

    def __init__(self, code: int, text: str, position: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.position = position


def defect(what: str = "") -> HanaError:
    """The answer where the local HANA meets what it should not: `what` tells whoever mends it."""
    text = "general error: the local HANA has a defect here"
    return HanaError(GENERAL_ERROR, f"{text}: {what}" if what else text)


def not_supported(feature: str, position: int = 0) -> HanaError:
    """The refusal of what the local HANA does not do: HANA's code 7, naming the feature."""
    return HanaError(NOT_SUPPORTED, f"feature not supported: {feature}", position)


def check_variable(key: str, value: str | None, position: int = 0) -> None:
    """Refuse a session variable that HANA sets only to what it has verified.

    SAP HANA Security Guide: the value of an `XS_` variable is a token or an assertion of a trusted provider.
    There is no such provider here.
    """
    if value is not None and key.upper().startswith("XS_"):
        raise not_supported(
            f"session variable {key}, which takes a token of a JWT or SAML provider", position
        )
