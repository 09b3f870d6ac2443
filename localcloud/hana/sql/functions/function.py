"""The description of a function: the kinds of its arguments, its type, and what computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from localcloud.hana.model import Type, Value


class Kind(Enum):
    """What an argument is converted to before the function gets it."""

    ANY = auto()
    """Whatever it is; a parameter is text."""
    TEXT = auto()
    STRING = auto()
    """Text or binary, as it is; anything else is converted to text."""
    INTEGER = auto()
    NUMBER = auto()
    """Any number; a text is read as a decimal."""
    DECIMAL = auto()
    """An exact number: integers and decimals as they are, floats exactly."""
    FLOAT = auto()
    BINARY = auto()
    """A binary value; text is taken as its bytes."""
    DATETIME = auto()
    """A day or timestamp as it is; a text is read as a timestamp."""
    TIMESTAMP = auto()
    """A timestamp with seven digits."""
    TIME = auto()
    """A time, or a timestamp whose time matters."""
    SAME = auto()
    """All arguments of this kind become their common type."""


Result = Callable[[Sequence[Type | None]], Type]
"""The type of a function's value, from the types of its converted arguments."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of HANA's SQL.

    It is computed by `implementation`, which sqlite calls as `sql_name`, or by `template`: sqlite's SQL, in
    which {all} stands for the arguments. A function that is not `deterministic` is computed by the session.
    """

    name: str
    kinds: tuple[Kind, ...]
    result: Result
    implementation: Callable[..., Value] | None = None
    template: str | None = None
    optional: int = 0
    """How many of the last arguments may be left out."""
    variadic: bool = False
    """Whether the last kind goes on for as many arguments as there are."""
    associative: bool = False
    """Whether the last arguments may be one that is a call of the same function."""
    nulls: bool = False
    """Whether it wants to see NULLs; others are NULL if an argument is."""
    deterministic: bool = True

    @property
    def sql_name(self) -> str:
        return f"hana_{self.name.lower()}"


def always(type_: Type) -> Result:
    """A result type that no argument changes."""
    return lambda _: type_
