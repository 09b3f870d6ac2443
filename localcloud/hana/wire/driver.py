"""The driver at the other end: what it says of itself at the logon, and what it is sent for that.

Where a driver gets a value wrong that travels as the protocol has it, it travels in the form that this driver
gets right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from localcloud.hana.model import Type, TypeCode

from .constants import ClientContextOption, ConnectOption
from .data_formats import NEWEST, WITHOUT_FIXED, wire_type

FIRST_PAGE = 32
"""Rows that come with a result unless its client asks for a number of them."""
_SQLDBC_FIRST_PAGE = 1000
"""The same for clients that never ask: small results would take them a second round trip."""

_GO, _JDBC, _HDBCLI = "go-hdb", "JDBC", "Python DB API"
_APART = (_JDBC, "hdbconnect", "node-hdb")
"""How clients call themselves that are not built on SQLDBC, SAP's library in C++."""


@dataclass(frozen=True, slots=True)
class Driver:
    """What matters of a driver to the bytes that it is sent; the plain one follows the protocol."""

    version: int = NEWEST
    """The data format version agreed on."""
    writes_fixed: bool = True
    """It writes parameters of FIXED16 rightly."""
    reads_clob: bool = True
    """It reads a CLOB that is not ASCII."""
    reads_utf8: bool = False
    """It reads VARCHAR and CLOB as UTF-8, and only Unicode's types as CESU-8."""
    sends_late_lobs: bool = True
    """It sends the pieces of a query's LOBs that do not fit into its message."""
    reads_late_results: bool = False
    """It reads what a query's result is like behind the last of these pieces, and not before."""
    first_page: int = FIRST_PAGE
    """Rows that come with a result unless others are asked for."""

    def result_type(self, type_: Type) -> Type:
        """The type by which it is sent a value of this type."""
        if type_.code is TypeCode.CLOB and not self.reads_clob:
            type_ = replace(type_, code=TypeCode.NCLOB)
        return wire_type(type_, self.version)

    def parameter_type(self, type_: Type) -> Type:
        """The type that it is told of a parameter of this type."""
        version = self.version if self.writes_fixed else min(self.version, WITHOUT_FIXED)
        return wire_type(type_, version)


def recognised(context: Mapping[int, object], options: Mapping[int, object]) -> Driver:
    """The driver that sends this client context and these connect options."""
    wanted = options.get(ConnectOption.DATA_FORMAT_VERSION2, 1)
    version = max(1, min(wanted if isinstance(wanted, int) else 1, NEWEST))
    kind = context.get(ClientContextOption.TYPE)
    if kind == _GO:
        return Driver(version, reads_utf8=True, sends_late_lobs=False)
    if not isinstance(kind, str) or kind.startswith(_APART):
        return Driver(version, reads_late_results=kind == _JDBC)
    return Driver(version, writes_fixed=False, reads_clob=kind != _HDBCLI, first_page=_SQLDBC_FIRST_PAGE)
