"""The lines of HANA that a local one can say it is: HANA Cloud, and the platform, installed on premise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcloud.hana.model import Type, TypeCode

_ALL_UNICODE = 4
_UNICODE = {
    TypeCode.CHAR: TypeCode.NCHAR,
    TypeCode.VARCHAR: TypeCode.NVARCHAR,
    TypeCode.CLOB: TypeCode.NCLOB,
}


@dataclass(frozen=True, slots=True)
class Release:
    """A line by the first number of its version; `cloud` is what M_DATABASE calls a version of HANA Cloud."""

    line: int
    version: str
    build: str
    cloud: str | None

    def declared(self, type_: Type) -> Type:
        """The type of a column that is declared with another one: in HANA Cloud all text is Unicode."""
        code = _UNICODE.get(type_.code) if self.line >= _ALL_UNICODE else None
        return type_ if code is None else replace(type_, code=code)

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
