"""Keys as conditions: that columns have the values of one key, or of one of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokonoma.data.columns import Column
from tokonoma.data.query import checks
from tokonoma.data.query.tree import Expression, In, Literal, Reference, junction
from tokonoma.errors import QueryInvalid, QueryUnsupported

Key = Mapping[str, Literal]
"""Values by the names of columns that are used in queries."""


def all_of(columns: Mapping[str, Column], key: Key) -> list[Expression]:
    """A condition for each column of a key. Raises QueryInvalid or QueryUnsupported."""
    return [_equals(name, columns[name], literal) for name, literal in key.items()]


def one_of(columns: Mapping[str, Column], keys: Sequence[Key]) -> list[Expression]:
    """One condition for at least one key, all of the same columns. Raises as `all_of`."""
    found = [all_of(columns, key) for key in keys]
    names = list(keys[0])
    if len(names) == 1:
        [name] = names
        return [In(Reference(name, columns[name]), tuple(key[name] for key in keys))]
    return [junction("or", [junction("and", each) for each in found])]


def _equals(name: str, column: Column, literal: Literal) -> Expression:
    """The condition that a key's column has a value. Raises QueryInvalid or QueryUnsupported."""
    if literal.value is None:
        raise QueryInvalid(f"{name} is part of the key, which is never null", "key", 1)
    try:
        return checks.compare("eq", Reference(name, column), literal)
    except ValueError as error:
        raise QueryInvalid(str(error), "key", 1) from None
    except NotImplementedError as error:
        raise QueryUnsupported(str(error), "key", 1) from None
