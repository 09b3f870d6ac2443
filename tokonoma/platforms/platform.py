"""What a platform is, and which of them this process runs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeAlias

from cfenv import AppEnv

from tokonoma import platforms
from tokonoma.auth.gate import Gate
from tokonoma.settings import Settings

Environ: TypeAlias = Mapping[str, str]
Fact: TypeAlias = Callable[[Environ], str | None]
GateFactory: TypeAlias = Callable[[Environ, AppEnv, Settings], Gate]
SecretFactory: TypeAlias = Callable[[Environ, AppEnv, Settings], str]

MASK = "********"


@dataclass(frozen=True)
class Question:
    """What the platform can be asked by the process itself, with a user that it has given to it."""

    whose: str
    """What the platform calls that user."""
    user: str
    password: str = field(repr=False)
    url: str
    """Where an object of JSON is the answer."""
    equals: tuple[str, str] = ("", "")
    """A name in the answer, and the text that has to stand there; any text where that is empty."""
    fills: str = ""
    """The name of a list in the answer that is empty as long as nobody uses the process."""


@dataclass(frozen=True)
class Platform:
    """A platform: how it is recognised, what it tells, and which gate stands before the views there."""

    name: str
    is_here: Callable[[Environ], bool]
    """Whether the environment variables are this platform's."""
    gate: GateFactory
    """Makes the gate out of environment variables, bound services and settings. Raises BindingError.

    It imports its gate when it is called, because a gate brings libraries that other platforms do not need.
    """
    secret: SecretFactory = lambda _environ, _services, _settings: ""
    """A text that all instances of the service know and nobody else does; "" if the platform gives none."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the platform tells a process, by the name under which it is shown to operators."""
    binds_services: bool = True
    """Whether it binds services, HANA for one; elsewhere somebody has to write their credentials by hand."""
    questions: Callable[[Environ], Sequence[Question]] = lambda _environ: ()
    """What the platform can be asked about the process, without a proxy in between."""
    rank: int = 1
    """The lowest counts where the variables are those of several platforms."""

    def tell(self, environ: Environ) -> dict[str, str | None]:
        """The platform's name and its facts, secrets masked."""
        return {"platform": self.name} | {name: fact(environ) for name, fact in self.facts.items()}


def variable(name: str) -> Fact:
    """A fact that is the value of an environment variable."""
    return lambda environ: environ.get(name)


def secret(name: str) -> Fact:
    """A fact that says whether an environment variable is set, and not its value."""
    return lambda environ: MASK if environ.get(name) else None


def find(environ: Environ) -> Platform:
    """The platform of a process with these environment variables: one of this package's modules."""
    names = [found.name for found in iter_modules(platforms.__path__)]
    modules = [import_module(f"{platforms.__name__}.{name}") for name in names]
    known: list[Platform] = [module.PLATFORM for module in modules if hasattr(module, "PLATFORM")]
    return min((each for each in known if each.is_here(environ)), key=lambda each: (each.rank, each.name))
