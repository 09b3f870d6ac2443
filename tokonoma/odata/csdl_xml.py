"""`$metadata` in XML (CSDL XML Representation 4.01)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import quoteattr

from . import vocabularies
from .model import CONTAINER, NAMESPACE, EntitySet, Model, Property
from .vocabularies import Annotations, Member, Path, PropertyPath, Record, Value

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write (2.2)."""


def write(model: Model, version: str) -> bytes:
    """The document in XML."""
    return "".join(_document(model, version)).encode()


def _document(model: Model, version: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<edmx:Edmx Version="{version}" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    for alias, (address, namespace) in vocabularies.REFERENCES.items():
        yield f'<edmx:Reference Uri="{address}.xml">'
        yield f'<edmx:Include Namespace="{namespace}" Alias="{alias}"/></edmx:Reference>'
    yield "<edmx:DataServices>"
    yield f'<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
    sets = model.sets()
    for each in sets:
        yield from _type(each)
    yield f'<EntityContainer Name="{CONTAINER}">'
    for each in sets:
        yield f"<EntitySet Name={_quoted(each.name)} EntityType={_quoted(f'{NAMESPACE}.{each.type_name}')}/>"
    yield "</EntityContainer>"
    yield from _annotations(sets, version)
    yield "</Schema></edmx:DataServices></edmx:Edmx>"


def _type(each: EntitySet) -> Iterator[str]:
    yield f"<EntityType Name={_quoted(each.type_name)}><Key>"
    for name in each.key:
        yield f"<PropertyRef Name={_quoted(name)}/>"
    yield "</Key>"
    for one in each.properties.values():
        yield _property(one)
    yield "</EntityType>"


def _property(each: Property) -> str:
    facets = {
        "Nullable": None if each.is_nullable else "false",
        "MaxLength": each.max_length,
        "Precision": each.precision,
        "Scale": ("variable" if each.scale is None else each.scale) if each.type == "Decimal" else None,
    }
    given = "".join(f' {name}="{value}"' for name, value in facets.items() if value is not None)
    return f'<Property Name={_quoted(each.name)} Type="Edm.{each.type}"{given}/>'


def _annotations(sets: Iterable[EntitySet], version: str) -> Iterator[str]:
    """All annotations, in one place instead of inside of what they are about: SAP's tools look only there."""
    container = f"{NAMESPACE}.{CONTAINER}"
    yield from _annotated(container, vocabularies.of_container(version))
    for each in sets:
        kind = f"{NAMESPACE}.{each.type_name}"
        yield from _annotated(f"{container}/{each.name}", vocabularies.of_set(each))
        yield from _annotated(kind, vocabularies.of_type(each))
        for name, one in each.properties.items():
            yield from _annotated(f"{kind}/{name}", vocabularies.of_property(one))


def _annotated(target: str, given: Annotations) -> Iterator[str]:
    yield f"<Annotations Target={_quoted(target)}>"
    for term, value in given.items():
        yield from _element("Annotation", f'Term="{term}"', value)
    yield "</Annotations>"


def _element(tag: str, attribute: str, value: Value) -> Iterator[str]:
    """An element with a value, which is an attribute of it where CSDL allows that."""
    inline = _inline(value)
    if inline:
        yield f"<{tag} {attribute} {inline}/>"
        return
    yield f"<{tag} {attribute}>"
    yield from _nested(value)
    yield f"</{tag}>"


def _inline(value: Value) -> str:
    match value:
        case bool():
            return f'Bool="{str(value).lower()}"'
        case int():
            return f'Int="{value}"'
        case str():
            return f"String={_quoted(value)}"
        case Path():
            return f"Path={_quoted(value.name)}"
        case PropertyPath():
            return f"PropertyPath={_quoted(value.name)}"
        case Member():
            return f'EnumMember="{value.name}"'
    return ""


def _nested(value: Value) -> Iterator[str]:
    match value:
        case list():
            yield "<Collection>"
            for each in value:
                yield from _nested(each)
            yield "</Collection>"
        case Record():
            yield f'<Record Type="{value.type}">'
            for name, each in value.values.items():
                yield from _element("PropertyValue", f'Property="{name}"', each)
            yield "</Record>"
        case Mapping():
            yield "<Record>"
            for name, each in value.items():
                yield from _element("PropertyValue", f'Property="{name}"', each)
            yield "</Record>"
        case str():
            yield f"<String>{_text(value)}</String>"
        case PropertyPath():
            yield f"<PropertyPath>{_text(value.name)}</PropertyPath>"


def _text(text: str) -> str:
    return _UNFIT.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return quoteattr(_UNFIT.sub("\ufffd", text))
