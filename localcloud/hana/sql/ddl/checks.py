"""What HANA refuses in definitions: counters that cannot count, defaults and foreign keys that do not fit."""

from __future__ import annotations

from localcloud.hana.errors import (
    INCONSISTENT_TYPE,
    INVALID_COLUMN,
    INVALID_DATE,
    INVALID_DEFAULT,
    INVALID_NUMBER,
    INVALID_SEQUENCE,
    NUMERIC_OVERFLOW,
    VALUE_TOO_LARGE,
    HanaError,
)
from localcloud.hana.sql.catalogue.catalogue import Column
from localcloud.hana.sql.compiler.dml import default_sql
from localcloud.hana.sql.compiler.fragments import Context
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from .catalogue_change import CatalogueChange

_FAMILIES = (types.NUMBERS, types.TEXTS, types.DATED, types.BINARIES)
_UNFIT = frozenset(
    {INCONSISTENT_TYPE, INVALID_COLUMN, INVALID_DATE, INVALID_NUMBER, NUMERIC_OVERFLOW, VALUE_TOO_LARGE}
)


def check_counter(options: tree.Identity, at: int, begins: bool = True) -> None:
    """313 for a sequence or identity that stands still, or whose first number lies beyond its bounds."""
    low, high = options.minimum, options.maximum
    wrong = ""
    if options.increment == 0:
        wrong = "INCREMENT BY 0"
    elif low is not None and high is not None and low > high:
        wrong = "MINVALUE is greater than MAXVALUE"
    elif begins and low is not None and options.start < low:
        wrong = "START WITH is less than MINVALUE"
    elif begins and high is not None and options.start > high:
        wrong = "START WITH is greater than MAXVALUE"
    if wrong:
        raise HanaError(INVALID_SEQUENCE, f"invalid sequence: {wrong}", at)


def check_default(made: CatalogueChange, column: Column, at: int) -> None:
    """336 for a default that is no value of the column's type."""
    if column.default is None:
        return
    try:
        default_sql(Context(made.catalogue, made.schema, made.user, []), column)
    except HanaError as error:
        if error.code in _UNFIT:
            text = f"invalid default value: {column.name} DEFAULT {column.default[:100]}"
            raise HanaError(INVALID_DEFAULT, text, at) from None


def check_reference(own: Column, other: Column, at: int) -> None:
    """266 for a foreign key to a column of another kind."""
    codes = {own.type.code, other.type.code}
    if len(codes) > 1 and not any(codes <= family for family in _FAMILIES):
        text = f"{own.name} is {types.sys_name(own.type)}, {other.name} is {types.sys_name(other.type)}"
        raise HanaError(INCONSISTENT_TYPE, f"inconsistent datatype: {text}", at)
