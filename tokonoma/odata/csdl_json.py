"""`$metadata` in JSON (CSDL JSON Representation 4.01)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from . import vocabularies
from .model import CONTAINER, NAMESPACE, EntitySet, Model, Property
from .vocabularies import Annotations, Member, Path, PropertyPath, Record, Value


def write(model: Model, version: str) -> bytes:
    """The document."""
    schema: dict[str, Any] = {}
    container: dict[str, Any] = {"$Kind": "EntityContainer"} | _annotated(vocabularies.of_container(version))
    for each in model.sets():
        schema[each.type_name] = _type(each)
        container[each.name] = {
            "$Collection": True,
            "$Type": f"{NAMESPACE}.{each.type_name}",
        } | _annotated(vocabularies.of_set(each))
    document = {
        "$Version": version,
        "$EntityContainer": f"{NAMESPACE}.{CONTAINER}",
        "$Reference": {
            address: {"$Include": [{"$Namespace": namespace, "$Alias": alias}]}
            for alias, (address, namespace) in vocabularies.REFERENCES.items()
        },
        NAMESPACE: schema | {CONTAINER: container},
    }
    return orjson.dumps(document)


def _type(each: EntitySet) -> dict[str, Any]:
    properties = {name: _property(one) for name, one in each.properties.items()}
    found: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(each.key)}
    return found | properties | _annotated(vocabularies.of_type(each))


def _property(each: Property) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if each.type != "String":
        found["$Type"] = f"Edm.{each.type}"
    if each.is_nullable:
        found["$Nullable"] = True
    if each.max_length is not None:
        found["$MaxLength"] = each.max_length
    if each.precision is not None:
        found["$Precision"] = each.precision
    if each.type == "Decimal":
        # Without it the scale would be variable, which this says aloud.
        found["$Scale"] = "variable" if each.scale is None else each.scale
    return found | _annotated(vocabularies.of_property(each))


def _annotated(given: Annotations) -> dict[str, Any]:
    found = {}
    for term, value in given.items():
        alias, _, name = term.partition(".")
        found[f"@{alias}.{name}"] = _value(value)
    return found


def _value(value: Value) -> Any:
    match value:
        case Path():
            return {"$Path": value.name}
        case PropertyPath():
            return value.name
        case Member():
            return value.name.rpartition("/")[2]
        case Record():
            address, namespace = vocabularies.REFERENCES[value.type.partition(".")[0]]
            kind = f"{address}#{namespace}.{value.type.partition('.')[2]}"
            return {"@type": kind} | {name: _value(each) for name, each in value.values.items()}
        case list():
            return [_value(each) for each in value]
        case Mapping():
            return {name: _value(each) for name, each in value.items()}
    return value
