"""The version of OData: OData-Version and OData-MaxVersion (Protocol 4.01, 8.1.5, 8.2.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tokonoma.errors import RequestInvalid

V40, V401 = "4.0", "4.01"
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)


def negotiate(headers: Mapping[str, str]) -> str:
    """The highest version that the client takes; 4.0 for a client that says nothing, for ever.

    Raises RequestInvalid for versions that are none, or older than 4.0.
    """
    if headers.get("odata-version", V40).strip() not in (V40, V401):
        raise RequestInvalid("OData-Version is neither 4.0 nor 4.01.")
    given = headers.get("odata-maxversion")
    if given is None:
        return V40
    # Older libraries of Microsoft's put their own name behind a semicolon.
    version = _VERSION.fullmatch(given.partition(";")[0].strip())
    if version is None:
        raise RequestInvalid("OData-MaxVersion is no version, such as 4.0.")
    most = (int(version[1]), int(version[2]))
    if most < (4, 0):
        raise RequestInvalid("OData-MaxVersion is older than 4.0, the first version that can be had here.")
    return V401 if most >= (4, 1) else V40
