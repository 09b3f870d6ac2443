"""What the metadata say beyond names and types: labels, what can be asked, and what tools show first.

Values are Python's own: text, boolean, whole number, list for a collection, dict for a record, and `Path`
and `Member` for what only CSDL has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from tokonoma.data.columns import Kind
from tokonoma.data.query.functions import FUNCTIONS, MOMENTS

from .model import EntitySet, Property
from .versions import V40

REFERENCES = {
    "Core": (
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1",
        "Org.OData.Core.V1",
    ),
    "Capabilities": (
        "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1",
        "Org.OData.Capabilities.V1",
    ),
    "Common": (
        "https://sap.github.io/odata-vocabularies/vocabularies/Common",
        "com.sap.vocabularies.Common.v1",
    ),
    "UI": ("https://sap.github.io/odata-vocabularies/vocabularies/UI", "com.sap.vocabularies.UI.v1"),
}
"""The vocabularies by alias: the address without .xml or .json, and the namespace."""

MOST_ITEMS, MOST_FILTERS = 20, 5
"""Columns that tools show first, and that they offer to filter by."""
_FILTERED_FIRST = (Kind.TEXT, Kind.DATE, Kind.MOMENT, Kind.BOOLEAN, Kind.INTEGER)


@dataclass(frozen=True, slots=True)
class Path:
    """The value of a property."""

    name: str


@dataclass(frozen=True, slots=True)
class PropertyPath:
    """A property itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration: `Namespace.Type/Member`, and its number."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record whose type must be named, because it is one of several."""

    type: str
    values: Mapping[str, Value]


Value = Union[str, bool, int, Path, PropertyPath, Member, Record, "list[Value]", "Mapping[str, Value]"]
Annotations = Mapping[str, Value]
"""Values by qualified term, such as `Core.Description`."""

_LEVELS = {"4.0": ("Intermediate", 1), "4.01": ("Minimal", 0)}
_FUNCTIONS: list[Value] = [*sorted({*FUNCTIONS, *MOMENTS, "cast"})]


def of_container(version: str) -> Annotations:
    level, number = _LEVELS[version]
    found: dict[str, Value] = {
        "Core.ODataVersions": "4.0 4.01",
        "Capabilities.ConformanceLevel": Member(f"Capabilities.ConformanceLevelType/{level}", number),
        "Capabilities.SupportedFormats": ["application/json"],
        "Capabilities.FilterFunctions": _FUNCTIONS,
        "Capabilities.BatchSupported": True,
        "Capabilities.KeyAsSegmentSupported": False,
        "Capabilities.CrossJoinSupported": False,
    }
    if version != V40:
        found["Capabilities.QuerySegmentSupported"] = True
    return found


def of_set(each: EntitySet) -> Annotations:
    large: list[Value] = [PropertyPath(name) for name, one in each.properties.items() if one.is_large]
    binary: list[Value] = [
        PropertyPath(name) for name, one in each.properties.items() if one.column.kind is Kind.LARGE_BINARY
    ]
    found: dict[str, Value] = {
        "Common.Label": each.shown.label,
        "Capabilities.InsertRestrictions": {"Insertable": False},
        "Capabilities.UpdateRestrictions": {"Updatable": False},
        "Capabilities.DeleteRestrictions": {"Deletable": False},
        "Capabilities.ExpandRestrictions": {"Expandable": False},
        "Capabilities.SearchRestrictions": {"Searchable": False},
    }
    if large:
        found["Capabilities.SortRestrictions"] = {"NonSortableProperties": large}
    if binary:
        found["Capabilities.FilterRestrictions"] = {"NonFilterableProperties": binary}
    return found


def of_type(each: EntitySet) -> Annotations:
    table = each.shown.table
    found: dict[str, Value] = {"Common.Label": each.shown.label}
    if table.comment and table.comment != each.shown.label:
        found["Core.Description"] = table.comment
    if table.name != each.name:
        found["Core.LongDescription"] = f"In HANA: {table.name}"
    # The key comes first, so that a table of many columns shows which row is which.
    names = [*each.key, *(name for name in each.plain if name not in each.key)]
    found["UI.HeaderInfo"] = {
        "TypeName": each.shown.label,
        "TypeNamePlural": each.shown.label,
        "Title": {"Value": Path(_title(each))},
    }
    found["UI.LineItem"] = [Record("UI.DataField", {"Value": Path(name)}) for name in names[:MOST_ITEMS]]
    found["UI.SelectionFields"] = [PropertyPath(name) for name in _filters(each)]
    return found


def of_property(each: Property) -> Annotations:
    found: dict[str, Value] = {"Common.Label": each.label}
    if each.column.name != each.name:
        found["Core.Description"] = f"In HANA: {each.column.name}"
    if each.is_large:
        is_text = each.column.kind is Kind.LARGE_TEXT
        found["Core.MediaType"] = "text/plain" if is_text else "application/octet-stream"
    return found


def _title(each: EntitySet) -> str:
    """The property that names a row best: the first text that is no key, else the key."""
    texts = (name for name in each.plain if each.properties[name].column.kind is Kind.TEXT)
    return next((name for name in texts if name not in each.key), each.key[0])


def _filters(each: EntitySet) -> list[str]:
    """A few properties to filter by: those whose kind people filter by most."""
    kinds = {name: each.properties[name].column.kind for name in each.plain}
    fitting = [name for name, kind in kinds.items() if kind in _FILTERED_FIRST]
    return sorted(fitting, key=lambda name: _FILTERED_FIRST.index(kinds[name]))[:MOST_FILTERS]
