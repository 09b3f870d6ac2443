"""Functions whose type or form depends on more than the types of their arguments."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.hana.errors import PRECISION_OUT_OF_RANGE, SYNTAX, HanaError, not_supported
from localcloud.hana.model import Type, TypeCode
from localcloud.hana.sql.functions import FUNCTIONS, Kind
from localcloud.hana.sql.functions.dates import EXTRACT_TYPES
from localcloud.hana.sql.functions.numeric import ROUNDING_MODES
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.values import types

from . import expressions
from .calls import applied, argument, check_count
from .conversions import checked, convert, unify
from .format_models import moment_sql, number_sql
from .fragments import Context, Fragment, Scope

Special = Callable[[Context, Scope, tree.Call], Fragment]


def _arguments(context: Context, scope: Scope, node: tree.Call) -> list[Fragment]:
    return [expressions.value(context, scope, each) for each in node.arguments]


def _trim(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(node.keywords[0], "TRIM_BOTH")
    return applied(context, FUNCTIONS[name], _arguments(context, scope, node), node.at)


def _extract(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    field = node.keywords[0]
    kind = Kind.DATETIME if field in ("YEAR", "MONTH", "DAY") else Kind.TIME
    (inner,) = _arguments(context, scope, node)
    inner = argument(context, inner, kind, node.at)
    type_ = EXTRACT_TYPES[field]
    sql = f"hana_extract('{field}', {inner.sql})"
    if type_.code in types.INTEGERS:
        sql = f"CAST({sql} AS INTEGER)"
    return Fragment(sql, type_)


def _round(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """The rounding mode is a bare word."""
    check_count(node, 1, 3)
    arguments = [expressions.value(context, scope, each) for each in node.arguments[:2]]
    if len(node.arguments) == 3:
        mode = node.arguments[2]
        if not isinstance(mode, tree.ColumnName) or mode.qualifier or mode.name not in ROUNDING_MODES:
            raise HanaError(SYNTAX, "sql syntax error: a rounding mode is missing", mode.at)
        arguments.append(Fragment(f"'{mode.name}'", types.text(20)))
    found = applied(context, FUNCTIONS["ROUND"], arguments, node.at)
    if found.type == types.REAL:
        return convert(context, Fragment(found.sql, types.DOUBLE), types.REAL)
    return found


def _map(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """MAP(x, a, A, b, B, …, else) is a CASE over x."""
    check_count(node, 3, None)
    subject, *rest = node.arguments
    branches = [
        (_same(subject, test, node.at), result) for test, result in zip(rest[0::2], rest[1::2], strict=False)
    ]
    default = rest[-1] if len(rest) % 2 else None
    return expressions.value(context, scope, tree.Case(None, tuple(branches), default, node.at))


def _same(left: tree.Expression, right: tree.Expression, at: int) -> tree.Expression:
    if isinstance(right, tree.Literal) and right.value is None:
        return tree.IsNull(left, False, at)
    return tree.Comparison("=", left, right, at)


def _nullif(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """NULLIF(a, b) is a CASE."""
    check_count(node, 2, 2)
    left, right = node.arguments
    equal = tree.Comparison("=", left, right, node.at)
    nothing = tree.Literal(None, None, node.at)
    return expressions.value(context, scope, tree.Case(None, ((equal, nothing),), left, node.at))


def _extreme(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, None)
    found, type_ = unify(context, _arguments(context, scope, node), node.at)
    is_decimal = int(type_ is not None and type_.code in types.DECIMALS)
    listed = ", ".join(each.sql for each in found)
    return Fragment(f"hana_{node.name.lower()}({is_decimal}, {listed})", type_ or types.UNTYPED_TEXT)


# Conversions ------------------------------------------------------------------------------------

_PLAIN_CONVERSIONS = {
    "TO_TINYINT": types.TINYINT,
    "TO_SMALLINT": types.SMALLINT,
    "TO_INT": types.INT,
    "TO_INTEGER": types.INT,
    "TO_BIGINT": types.BIGINT,
    "TO_SMALLDECIMAL": types.SMALLDECIMAL,
    "TO_REAL": types.REAL,
    "TO_DOUBLE": types.DOUBLE,
    "TO_BOOLEAN": types.BOOLEAN,
    "TO_CLOB": types.CLOB,
    "TO_NCLOB": types.NCLOB,
    "TO_BLOB": types.BLOB,
    "TO_BINARY": Type(TypeCode.VARBINARY, 5000),
}
_DATE_CONVERSIONS = {
    "TO_DATE": types.DAYDATE,
    "TO_TIME": types.SECONDTIME,
    "TO_SECONDDATE": types.SECONDDATE,
    "TO_TIMESTAMP": types.LONGDATE,
}


def _plain_conversion(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, 1)
    (inner,) = _arguments(context, scope, node)
    return checked(context, inner, _PLAIN_CONVERSIONS[node.name], node.at, explicit=True)


def _to_decimal(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, 3)
    inner = expressions.value(context, scope, node.arguments[0])
    sizes = [_constant(each, node) for each in node.arguments[1:]]
    target = types.DECIMAL
    if sizes:
        precision, scale = sizes[0], sizes[1] if len(sizes) > 1 else 0
        if not 1 <= precision <= types.LONGEST_DECIMAL or not 0 <= scale <= precision:
            raise HanaError(PRECISION_OUT_OF_RANGE, "decimal precision specifier is out of range", node.at)
        target = types.decimal(precision, scale)
    return checked(context, inner, target, node.at, explicit=True)


def _constant(node: tree.Expression, call: tree.Call) -> int:
    if not isinstance(node, tree.Literal) or not isinstance(node.value, int):
        raise not_supported(f"{call.name} with sizes that are not constants", node.at)
    return node.value


def _to_date(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, 2)
    target = _DATE_CONVERSIONS[node.name]
    inner, *form = _arguments(context, scope, node)
    if form:
        text = argument(context, inner, Kind.TEXT, node.at)
        model = argument(context, form[0], Kind.TEXT, node.at)
        read = Fragment(f"hana_read_moment({text.sql}, {model.sql})", types.LONGDATE)
        return convert(context, read, target, explicit=True)
    if inner.type is None:
        inner = convert(context, inner, types.UNTYPED_TEXT)
    return checked(context, inner, target, node.at, explicit=True)


def _to_text(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """TO_VARCHAR and its relatives, with or without a format."""
    check_count(node, 1, 2)
    inner, *form = _arguments(context, scope, node)
    result = types.text(types.LONGEST_TEXT, node.name != "TO_VARCHAR")
    if not form:
        return checked(context, inner, result, node.at, explicit=True)
    written = moment_sql(inner, node.arguments[1]) or number_sql(inner, node.arguments[1])
    if written is not None:
        return Fragment(written, result)
    model = argument(context, form[0], Kind.TEXT, node.at)
    if inner.type is not None and inner.type.code in types.NUMBERS:
        return Fragment(f"hana_write_number({inner.sql}, {model.sql})", result)
    moment = inner
    if inner.type is None or inner.type.code not in types.TIMES:
        moment = checked(context, inner, types.LONGDATE, node.at)
    return Fragment(f"hana_write_moment({moment.sql}, {model.sql})", result)


def _to_alphanum(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, 1)
    (inner,) = _arguments(context, scope, node)
    length = inner.type.length if inner.type is not None else 127
    if inner.type == types.BOOLEAN:
        length = len("FALSE")
    return checked(context, inner, Type(TypeCode.ALPHANUM, min(length, 127)), node.at, explicit=True)


def _to_fixedchar(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 2, 2)
    inner = expressions.value(context, scope, node.arguments[0])
    size = _constant(node.arguments[1], node)
    text = argument(context, inner, Kind.TEXT, node.at)
    return Fragment(f"hana_rpad({text.sql}, {size})", types.text(size))


def _to_dats(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    check_count(node, 1, 1)
    (inner,) = _arguments(context, scope, node)
    day = checked(context, inner, types.DAYDATE, node.at, explicit=True)
    return Fragment(f"hana_write_moment({day.sql}, 'YYYYMMDD')", types.text(8))


# Regular expressions ----------------------------------------------------------------------------


def _regular(context: Context, scope: Scope, node: tree.Call) -> Fragment:
    """The parts of `X_REGEXPR(… FLAG … IN … WITH …)` in the order of the implementation."""
    keywords = [word for word in node.keywords if not word.startswith("SIDE_")]
    compiled = _arguments(context, scope, node)
    given = dict(zip(("PATTERN", *keywords), compiled, strict=True))
    result: list[str] = []
    if node.name == "LOCATE_REGEXPR":
        result.append(str(int("SIDE_AFTER" in node.keywords)))
    wanted, type_ = _REGULAR[node.name]
    for word, kind, default in wanted:
        fragment = given.pop(word, None)
        result.append(default if fragment is None else argument(context, fragment, kind, node.at).sql)
    if given:
        raise HanaError(
            SYNTAX, f"sql syntax error: {next(iter(given))} does not belong in {node.name}", node.at
        )
    function = "hana_substring_regexpr" if node.name == "SUBSTR_REGEXPR" else f"hana_{node.name.lower()}"
    return Fragment(f"{function}({', '.join(result)})", type_)


_PATTERN = (("PATTERN", Kind.TEXT, "NULL"), ("FLAG", Kind.TEXT, "''"), ("IN", Kind.TEXT, "NULL"))
_START = ("FROM", Kind.INTEGER, "1")
_NTH = ("OCCURRENCE", Kind.INTEGER, "1")
_GROUP = ("GROUP", Kind.INTEGER, "0")
_SUBSTRING = ((*_PATTERN, _START, _NTH, _GROUP), types.UNTYPED_TEXT)
_REGULAR: dict[str, tuple[tuple[tuple[str, Kind, str], ...], Type]] = {
    "REPLACE_REGEXPR": (
        (*_PATTERN, ("WITH", Kind.TEXT, "''"), _START, ("OCCURRENCE", Kind.INTEGER, "0")),
        types.UNTYPED_TEXT,
    ),
    "SUBSTRING_REGEXPR": _SUBSTRING,
    "SUBSTR_REGEXPR": _SUBSTRING,
    "LOCATE_REGEXPR": ((*_PATTERN, _START, _NTH, _GROUP), types.INT),
    "OCCURRENCES_REGEXPR": ((*_PATTERN, _START), types.INT),
}

SPECIAL: dict[str, Special] = {
    "TRIM": _trim,
    "EXTRACT": _extract,
    "ROUND": _round,
    "MAP": _map,
    "NULLIF": _nullif,
    "GREATEST": _extreme,
    "LEAST": _extreme,
    **dict.fromkeys(_PLAIN_CONVERSIONS, _plain_conversion),
    "TO_DECIMAL": _to_decimal,
    **dict.fromkeys(_DATE_CONVERSIONS, _to_date),
    "TO_VARCHAR": _to_text,
    "TO_NVARCHAR": _to_text,
    "TO_CHAR": _to_text,
    "TO_ALPHANUM": _to_alphanum,
    "TO_FIXEDCHAR": _to_fixedchar,
    "TO_DATS": _to_dats,
    **dict.fromkeys(_REGULAR, _regular),
}
