"""The settings: one table of environment variables, each with its default, its range and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tokonoma.errors import SettingsError
from tokonoma.numbers import whole_number


def _row(
    variable: str,
    default: Any,
    sentence: str,
    *,
    unit: str = "",
    low: int = 0,
    high: int = 0,
    choices: tuple[str, ...] = (),
    texts: str = "a service's name",
) -> Any:
    """One row of the table; a number has a range, a text has choices or is free."""
    metadata = {"variable": variable, "sentence": sentence, "unit": unit, "low": low, "high": high}
    return field(default=default, metadata={**metadata, "choices": choices, "texts": texts})


@dataclass(frozen=True)
class Settings:
    """The settings of a process; every variable is optional, and the defaults are right for production."""

    port: int = _row("PORT", 3000, "Port to listen on; Cloud Foundry sets it.", low=1, high=65535)
    workers: int = _row(
        "TOKONOMA_WORKERS", 2, "Worker processes; each costs memory, see `manifest.yml`.", low=1, high=32
    )
    log_form: str = _row(
        "TOKONOMA_LOGS",
        "auto",
        "`json`, `text`, or `auto`: text on a terminal, else JSON.",
        choices=("auto", "json", "text"),
    )
    threads: int = _row(
        "TOKONOMA_THREADS",
        16,
        "Requests a worker serves at once; more than connections, so that some are free for what needs none.",
        low=2,
        high=64,
    )
    connections: int = _row(
        "TOKONOMA_HANA_CONNECTIONS",
        8,
        "HANA connections a worker holds at most; fewer than `TOKONOMA_THREADS`.",
        low=1,
        high=63,
    )
    hana_service: str = _row(
        "TOKONOMA_HANA_SERVICE", "", "Name of the bound HANA service; empty: the one with label `hana`."
    )
    hana_user: str = _row(
        "TOKONOMA_HANA_USER",
        "name",
        "What HANA is told of a caller (`APPLICATIONUSER`): the `name`, or the opaque `id` that the log has.",
        choices=("name", "id"),
    )
    xsuaa_service: str = _row(
        "TOKONOMA_XSUAA_SERVICE",
        "",
        "Name of the bound XSUAA service; empty: `pyuaa`, else the one with label `xsuaa`.",
    )
    identity_service: str = _row(
        "TOKONOMA_IDENTITY_SERVICE",
        "",
        "Name of the bound IAS service; empty: the one with label `identity`, if there is one.",
    )
    policy: str = _row(
        "TOKONOMA_POLICY",
        "policy.toml",
        "The policy file, which says who may see what; without one nothing is shown.",
        texts="a file's name",
    )
    keys_stale: int = _row(
        "TOKONOMA_KEYS_STALE",
        12,
        "How long the keys of XSUAA or IAS are trusted when no newer ones can be fetched.",
        unit="h",
        low=1,
        high=168,
    )
    pool_wait: int = _row(
        "TOKONOMA_POOL_WAIT", 2, "How long a request waits for a free connection.", unit="s", low=1, high=60
    )
    connect_timeout: int = _row(
        "TOKONOMA_HANA_CONNECT_TIMEOUT", 3, "How long a connect to HANA may take.", unit="s", low=1, high=60
    )
    statement_timeout: int = _row(
        "TOKONOMA_HANA_STATEMENT_TIMEOUT",
        15,
        "How long HANA may take for one answer; a request may take this, the wait, two connects and 4 s, "
        "which should be below the approuter's destination timeout (30 s).",
        unit="s",
        low=1,
        high=3600,
    )
    connection_lifetime: int = _row(
        "TOKONOMA_HANA_LIFETIME",
        900,
        "Age at which a pooled connection is replaced, give or take a tenth.",
        unit="s",
        low=10,
        high=86400,
    )
    idle_probe: int = _row(
        "TOKONOMA_HANA_IDLE_PROBE",
        30,
        "Idle time after which a pooled connection is probed, for a second, before it is lent.",
        unit="s",
        low=1,
        high=3600,
    )

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the table from environment variables; an empty variable counts as not set.

        Raises SettingsError with the variable's name and what is allowed.
        """
        values: dict[str, Any] = {}
        for row in fields(cls):
            text = environ.get(row.metadata["variable"], "").strip()
            if text:
                read = _text if isinstance(row.default, str) else _number
                values[row.name] = read(text, row.metadata)
        settings = cls(**values)
        if settings.connections >= settings.threads:
            raise SettingsError(
                f"TOKONOMA_HANA_CONNECTIONS ({settings.connections}) must be smaller than TOKONOMA_THREADS "
                f"({settings.threads}): the other threads answer when all connections wait for HANA."
            )
        return settings


def _text(text: str, row: Mapping[str, Any]) -> str:
    if row["choices"] and text not in row["choices"]:
        raise SettingsError(f"{row['variable']} must be one of {', '.join(row['choices'])}.")
    return text


def _number(text: str, row: Mapping[str, Any]) -> int:
    low, high = row["low"], row["high"]
    number = whole_number(text, low, high)
    if number is None:
        unit = f" ({row['unit']})" if row["unit"] else ""
        raise SettingsError(f"{row['variable']} must be a whole number from {low} to {high}{unit}.")
    return number


def as_markdown() -> str:
    """The table as the README shows it."""
    lines = ["| variable | default | range | what it sets |", "|---|---|---|---|"]
    for row in fields(Settings):
        m = row.metadata
        unit = f" {m['unit']}" if m["unit"] else ""
        number = not isinstance(row.default, str)
        default = f"{row.default}{unit}" if row.default != "" else "(empty)"
        texts = ", ".join(m["choices"]) or m["texts"]
        allowed = f"{m['low']} to {m['high']}{unit}" if number else texts
        lines.append(f"| `{m['variable']}` | {default} | {allowed} | {m['sentence']} |")
    return "\n".join(lines) + "\n"
