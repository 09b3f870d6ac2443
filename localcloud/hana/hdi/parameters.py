"""What a caller gives to a procedure of a container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from localcloud.hana.model import Value
from localcloud.hana.sql.catalogue.procedures import Given

from .messages import ContainerError

DEVELOPMENT_MODE = "COM.SAP.HANA.DI.TABLE.MIGRATION/DEVELOPMENT_MODE"
"""Migration tables change as other tables do, whatever their steps are."""
KNOWN = frozenset(
    {
        "IGNORE_FILES",
        "IGNORE_FOLDERS",
        "IGNORE_NON_EXISTING_PATHS",
        "RECURSIVE",
        "SIMULATE_MAKE",
        "STOP_ON_ERROR",
        "TREAT_WARNINGS_AS_ERRORS",
        "VALIDATE_EXTERNAL_DEPENDENCIES",
        DEVELOPMENT_MODE,
    }
)
_OF_PLUGINS = "COM.SAP.HANA.DI."
_WITHOUT_EFFECT = frozenset(
    {
        "COM.SAP.HANA.DI.TABLE/TRY_FAST_TABLE_MIGRATION",  # in what CAP builds
        "MAX_PARALLEL_JOBS",
        "OPTIMIZED_REDEPLOY",
        "SKIP_UNCHANGED_EXPANSIONS",
        "TRACE_CONTEXT",
    }
)
"""What decides about nothing but speed and traces."""


class Parameters:
    """The rows of a TT_PARAMETERS; ContainerError for a key or a value that is not known."""

    def __init__(self, given: Given) -> None:
        self._values: dict[str, bool] = {}
        self.unread: list[str] = []
        """The parameters of plug-ins, which count for nothing here."""
        for row in rows(given):
            key, value = str(row["KEY"]).upper(), str(row["VALUE"]).upper()
            if has_no_effect(key):
                continue
            if key.startswith(_OF_PLUGINS) and key != DEVELOPMENT_MODE:
                self.unread.append(key)
                continue
            if key not in KNOWN:
                raise ContainerError(f'feature not supported: the parameter "{key}"')
            if value not in ("TRUE", "FALSE"):
                raise ContainerError(f'the parameter "{key}" is TRUE or FALSE, and not "{value}"')
            self._values[key] = value == "TRUE"

    def __getitem__(self, key: str) -> bool:
        return self._values.get(key, False)


def has_no_effect(key: str) -> bool:
    """Whether a parameter may be left unread without a word."""
    return key.upper() in _WITHOUT_EFFECT or key.upper().startswith("TRACE_LEVEL.")


def rows(given: Given) -> Sequence[Mapping[str, Value]]:
    """The rows of a table that was given."""
    assert isinstance(given, list)
    return given


def texts(given: Given, column: str = "PATH") -> Iterator[str]:
    """The texts of one column of a table that was given."""
    yield from (str(row[column]) for row in rows(given))
