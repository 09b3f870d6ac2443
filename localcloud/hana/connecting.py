"""How a program connects to a local HANA through hdbcli: validated TLS, in its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def connect(binding: Mapping[str, str], *, owner: bool = False, **options: object) -> Any:
    """A new hdbcli connection with the credentials of a binding; `options` are hdbcli's own and win.

    As the runtime user, who reads and writes data, or as the schema's owner, who may also define tables.
    Raises dbapi.Error where it cannot be had.
    """
    # The local HANA itself runs without hdbcli.
    from hdbcli import dbapi

    prefix = "hdi_" if owner else ""
    given: dict[str, object] = {
        "address": binding["host"],
        "port": int(binding["port"]),
        "user": binding[f"{prefix}user"],
        "password": binding[f"{prefix}password"],
        "encrypt": True,
        "sslTrustStore": binding["certificate"],
        "currentSchema": binding["schema"],
    }
    return dbapi.connect(**given | options)
