"""The lines of HANA that a local one can say it is: HANA Cloud, and the platform, installed on premise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A line by the first number of its version; `cloud` is what M_DATABASE calls a version of HANA Cloud."""

    line: int
    version: str
    build: str
    cloud: str | None

    @property
    def full(self) -> str:
        """The version as a server tells it to its clients at the logon."""
        return f"{self.version} ({self.build})"


RELEASES = {
    2: Release(2, "2.00.076.00.1705400033", "fa/hana2sp07", None),
    4: Release(4, "4.00.000.00.1718881542", "fa/CE2024.14", "2024.14.6"),
}
DEFAULT_LINE = 4
"""HANA Cloud's, which the service is made for."""
