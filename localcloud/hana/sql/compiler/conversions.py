"""Converts fragments to a type: binds a parameter, rewrites a literal, or calls a function at run time."""

from __future__ import annotations

from dataclasses import replace

from localcloud.hana.errors import INCONSISTENT_TYPE, HanaError
from localcloud.hana.model import ParameterValue, Type, TypeCode, Value
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types
from localcloud.hana.sql.values.collation import of_locale
from localcloud.hana.sql.values.converters import assigner, caster
from localcloud.hana.sql.values.numbers import exact, padded

from .fragments import Context, Fragment, string

DECIMAL_COLLATION = "COLLATE hana_decimal"

_DIGITS = 20
"""What the longest integer has, with its sign."""

_TO_MIDNIGHT = " || ' 00:00:00'"
_TO_TICKS = " || '.0000000'"
_MIDNIGHT_TICKS = " || ' 00:00:00.0000000'"
_LENGTHENED = {
    (TypeCode.DAYDATE, TypeCode.SECONDDATE): _TO_MIDNIGHT,
    (TypeCode.DAYDATE, TypeCode.LONGDATE): _MIDNIGHT_TICKS,
    (TypeCode.SECONDDATE, TypeCode.LONGDATE): _TO_TICKS,
}


def literal_sql(value: Value) -> str:
    """A stored value as a sqlite literal."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return repr(value)


def convert(context: Context, fragment: Fragment, target: Type, explicit: bool = False) -> Fragment:
    """The fragment as a value of another type; `explicit` is a CAST, which may cut a text off."""
    source = fragment.type
    if source is None:
        given = types.of_parameter(target)
        if explicit and fragment.marker is not None and given != target:
            return convert(context, _bind(context, fragment, given), target, explicit)
        return _bind(context, fragment, target)
    if source == target:
        return fragment
    if fragment.literal is not None:
        return _folded(fragment, target, explicit)
    sql = _converted(fragment.sql, source, target, explicit)
    return Fragment(sql, target, nullable=fragment.nullable)


def _bind(context: Context, fragment: Fragment, target: Type) -> Fragment:
    if fragment.marker is not None:
        context.markers[fragment.marker] = target
    return Fragment(fragment.sql, target, nullable=True)


def _folded(fragment: Fragment, target: Type, explicit: bool) -> Fragment:
    literal = fragment.literal
    assert literal is not None
    assert literal.type is not None
    value: ParameterValue = literal.value
    if literal.type.code is TypeCode.BOOLEAN and target.code in types.TEXTS:
        value = "TRUE" if value else "FALSE"
    elif literal.type.code in types.DECIMALS:
        value = padded(str(value), _shown_scale(literal.type)) if target.code in types.TEXTS else exact(value)
    elif literal.type.code in types.TEXTS and target.code in types.BINARIES:
        value = str(value).encode()
    try:
        folded = (caster if explicit else assigner)(target)(value)
    except HanaError as error:
        raise HanaError(error.code, error.text, literal.at) from None
    constant = tree.Literal(folded, target, literal.at)
    return Fragment(literal_sql(folded), target, literal=constant, nullable=False)


def _converted(sql: str, source: Type, target: Type, explicit: bool) -> str:
    """The cheapest sqlite SQL that makes one type of another; a function of ours where nothing else does."""
    if _needs_nothing(source, target):
        return sql
    if target.code is TypeCode.DOUBLE and source.code in types.NUMBERS:
        return f"CAST({sql} AS REAL)"
    if target == types.DECIMAL and source.code in types.INTEGERS:
        return f"CAST({sql} AS TEXT)"
    if source.code in types.DATED and target.code in types.DATED:
        return _dated(sql, source, target)
    if source.code in types.INTEGERS and target.code in types.FREE_TEXTS and target.length >= _DIGITS:
        return f"CAST({sql} AS TEXT)"
    if source.code is TypeCode.BOOLEAN and target.code in types.TEXTS:
        return f"(CASE {sql} WHEN 1 THEN 'TRUE' WHEN 0 THEN 'FALSE' END)"
    if source.code in types.DECIMALS and target.code in types.TEXTS and _shown_scale(source):
        sql = f"hana_padded({sql}, {source.scale})"
    if source.code in types.DECIMALS and target.code in types.INTEGERS:
        return f"hana_truncate({sql}, {int(target.code)})"
    if source.code in types.TEXTS and target.code in types.BINARIES:
        sql = f"CAST({sql} AS BLOB)"
    function = "hana_cast" if explicit else "hana_assign"
    return f"{function}({sql}, {int(target.code)}, {target.length}, {target.scale})"


def _shown_scale(type_: Type) -> int:
    return 0 if types.is_floating(type_) else type_.scale


def _needs_nothing(source: Type, target: Type) -> bool:
    if source.code is TypeCode.DECIMAL and target.code is TypeCode.DECIMAL:
        return not types.is_floating(source) and types.holds(target, source)
    families = ((types.INTEGERS, types.INTEGERS), (types.TEXTS, types.FREE_TEXTS))
    same = any(source.code in sources and target.code in targets for sources, targets in families)
    return same and source.length <= target.length


def _dated(sql: str, source: Type, target: Type) -> str:
    lengthened = _LENGTHENED.get((source.code, target.code))
    if lengthened is not None:
        return f"({sql}{lengthened})"
    return sql if source.code == target.code else f"substr({sql}, 1, {target.length})"


def is_convertible(source: Type, target: Type, explicit: bool) -> bool:
    """Whether HANA converts between these two at all (SAP, "Data Type Conversion")."""
    binary = types.BINARIES | {TypeCode.BLOB}
    if source.code in binary and target.code in types.TEXTS:
        return explicit and source.code in types.BINARIES
    if source.code == target.code or source.code in types.TEXTS or target.code in types.TEXTS:
        return True
    if target.code in types.LOBS and source.code in types.TEXT_LOBS | types.BINARIES:
        return True
    families = (types.NUMBERS, types.TIMES, binary)
    return any(source.code in family and target.code in family for family in families)


def checked(context: Context, fragment: Fragment, target: Type, at: int, explicit: bool = False) -> Fragment:
    """`convert`, or 266 where there is no way from one type to the other."""
    if fragment.type is not None and not is_convertible(fragment.type, target, explicit):
        raise HanaError(
            INCONSISTENT_TYPE,
            f"inconsistent datatype: {types.sys_name(fragment.type)} is not compatible with "
            f"{types.sys_name(target)}",
            at,
        )
    return convert(context, fragment, target, explicit)


def unify(context: Context, fragments: list[Fragment], at: int) -> tuple[list[Fragment], Type | None]:
    """All fragments as values of their common type; None if not one of them has any."""
    target: Type | None = None
    for fragment in fragments:
        if fragment.type is not None:
            target = fragment.type if target is None else types.common(target, fragment.type, at)
    if target is None:
        return fragments, None
    if any(fragment.type is None and fragment.marker is not None for fragment in fragments):
        target = types.of_parameter(target)
    return [convert(context, fragment, target) for fragment in fragments], target


def comparable(context: Context, fragments: list[Fragment], at: int) -> tuple[list[Fragment], str]:
    """The fragments so that sqlite compares them as HANA does, and the collation that this takes."""
    known = [fragment.type for fragment in fragments if fragment.type is not None]
    if not known:
        known = [types.UNTYPED_TEXT]
    target = known[0]
    for each in known[1:]:
        target = types.common(target, each, at)
    if target.code in types.LOBS and target.code is not TypeCode.BLOB:
        target = types.NCLOB
    if target.code in types.DECIMALS:
        return [_decimal_text(context, fragment) for fragment in fragments], DECIMAL_COLLATION
    if target.code in types.TEXTS and any(each.code in types.PADDED_TEXTS for each in known):
        return _by_bytes([_trimmed(context, fragment) for fragment in fragments]), ""
    if target.code is TypeCode.ALPHANUM:
        context.compared.update(each.marker for each in fragments if each.marker is not None)
        target = replace(target, length=max(each.length for each in known))
    if target.code in types.FREE_TEXTS:
        target = types.longest_of(known)
    if all(each.code in types.INTEGERS | types.FLOATS for each in known):
        found = [fragment if fragment.type else convert(context, fragment, target) for fragment in fragments]
    else:
        found = [convert(context, fragment, target) for fragment in fragments]
    return _by_bytes(found), ""


def _by_bytes(fragments: list[Fragment]) -> list[Fragment]:
    """The fragments without the collation that sqlite finds in what they are computed from."""
    return [
        replace(fragment, sql=f"({fragment.sql} COLLATE BINARY)") if "COLLATE" in fragment.sql else fragment
        for fragment in fragments
    ]


def _trimmed(context: Context, fragment: Fragment) -> Fragment:
    """A text without the blanks at its end, which do not count beside a CHAR."""
    return Fragment(f"rtrim({convert(context, fragment, types.UNTYPED_TEXT).sql})", types.UNTYPED_TEXT)


def _decimal_text(context: Context, fragment: Fragment) -> Fragment:
    if fragment.type is not None and fragment.type.code in types.DECIMALS:
        return fragment
    if fragment.marker is not None:
        context.compared.add(fragment.marker)
    return convert(context, fragment, types.DECIMAL)


def ordered(context: Context, fragment: Fragment, item: tree.OrderItem) -> str:
    """An item of ORDER BY."""
    fragment = collated(context, fragment, item)
    direction = " DESC" if item.descending else ""
    nulls = "" if item.nulls_first is None else f" NULLS {'FIRST' if item.nulls_first else 'LAST'}"
    if fragment.literal is not None:
        return "NULL"  # sqlite would take a number for the number of a column
    by = collation(fragment.type)
    [found] = [fragment] if by else _by_bytes([fragment])
    return f"{found.sql}{by}{direction}{nulls}"


def collated(context: Context, fragment: Fragment, item: tree.OrderItem) -> Fragment:
    """The key of a text that is sorted as a language has it; 266 for what is no text."""
    is_text = fragment.type is None or fragment.type.code in types.TEXTS
    if item.collation and not is_text:
        raise HanaError(INCONSISTENT_TYPE, "inconsistent datatype: only a text has a collation", item.at)
    name = item.collation or (of_locale(context.locale) if context.locale and is_text else "")
    if not name:
        return fragment
    return Fragment(f"hana_sort_key({fragment.sql}, {string(name)})", types.BLOB)


def collation(type_: Type | None) -> str:
    """What an ORDER BY or GROUP BY of that type needs behind it."""
    return f" {DECIMAL_COLLATION}" if type_ is not None and type_.code in types.DECIMALS else ""
