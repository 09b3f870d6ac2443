"""`$metadata` in JSON (CSDL JSON Representation 4.01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import vocabularies
from .model import CONTAINER, NAMESPACE, EntitySet, Model, Property
from .payload import dumps
from .versions import V40
from .vocabularies import Annotations, Member, Path, PropertyPath, Record, Value


def write(model: Model, version: str) -> bytes:
    """The document in JSON."""
    return dumps(_Writer(version).document(model))


class _Writer:
    def __init__(self, version: str) -> None:
        self._version = version
        self._type_of_record = "@odata.type" if version == V40 else "@type"

    def document(self, model: Model) -> dict[str, Any]:
        schema: dict[str, Any] = {}
        container: dict[str, Any] = {"$Kind": "EntityContainer"}
        for each in model.sets():
            schema[each.type_name] = self._type(each)
            kind = {"$Collection": True, "$Type": f"{NAMESPACE}.{each.type_name}"}
            container[each.name] = kind | self._annotated(vocabularies.of_set(each))
        container |= self._annotated(vocabularies.of_container(self._version))
        return {
            "$Version": self._version,
            "$EntityContainer": f"{NAMESPACE}.{CONTAINER}",
            "$Reference": {
                f"{address}.json": {"$Include": [{"$Namespace": namespace, "$Alias": alias}]}
                for alias, (address, namespace) in vocabularies.REFERENCES.items()
            },
            NAMESPACE: schema | {CONTAINER: container},
        }

    def _type(self, each: EntitySet) -> dict[str, Any]:
        properties = {name: self._property(one) for name, one in each.properties.items()}
        found: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(each.key)}
        return found | properties | self._annotated(vocabularies.of_type(each))

    def _property(self, each: Property) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if each.type != "String":
            found["$Type"] = f"Edm.{each.type}"
        if each.is_nullable:
            found["$Nullable"] = True
        if each.max_length is not None:
            found["$MaxLength"] = each.max_length
        if each.precision is not None:
            found["$Precision"] = each.precision
        if each.scale is not None:
            found["$Scale"] = each.scale  # without it the scale is variable
        return found | self._annotated(vocabularies.of_property(each))

    def _annotated(self, given: Annotations) -> dict[str, Any]:
        return {f"@{term}": self._value(value) for term, value in given.items()}

    def _value(self, value: Value) -> Any:
        match value:
            case Path():
                return {"$Path": value.name}
            case PropertyPath():
                return value.name
            case Member():
                return value.name.rpartition("/")[2]
            case Record():
                address, _ = vocabularies.REFERENCES[value.type.partition(".")[0]]
                kind = {self._type_of_record: f"{address}.json#{value.type}"}
                return kind | {name: self._value(each) for name, each in value.values.items()}
            case list():
                return [self._value(each) for each in value]
            case Mapping():
                return {name: self._value(each) for name, each in value.items()}
        return value
