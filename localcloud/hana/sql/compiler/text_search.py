"""Compiles CONTAINS and SCORE."""

from __future__ import annotations

from localcloud.hana.errors import INCONSISTENT_TYPE, HanaError, not_supported
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.walk import inner
from localcloud.hana.sql.values import types

from .conversions import convert
from .fragments import Context, Fragment, Scope, ValueCompiler


def score(context: Context, scope: Scope, node: tree.TextScore, value: ValueCompiler) -> Fragment:
    """SCORE, a number from 0 to 1; 7 where it has no columns, and not one CONTAINS that says them."""
    if not node.columns:
        if len(scope.searches) != 1:
            raise not_supported(f"SCORE() with {len(scope.searches)} CONTAINS", node.at)
        node = scope.searches[0]
        if any(isinstance(each, tree.TextScore) and not each.columns for each in inner(node)):
            raise not_supported("SCORE() in a CONTAINS", node.at)
    parts = [_text(context, value(context, scope, node.term), node.at)]
    for each in node.columns:
        parts += [
            _text(context, value(context, scope, each.column), node.at),
            repr(each.least),
            repr(each.weight),
        ]
    return Fragment(f"hana_text_score({', '.join(parts)})", types.DOUBLE)


def contains(context: Context, scope: Scope, node: tree.Contains, value: ValueCompiler) -> str:
    """CONTAINS, a condition."""
    return f"({score(context, scope, node.score, value).sql} > 0)"


def _text(context: Context, fragment: Fragment, at: int) -> str:
    if fragment.type is None:
        return convert(context, fragment, types.UNTYPED_TEXT).sql
    if fragment.type.code in types.TEXTS | types.TEXT_LOBS:
        return fragment.sql
    if fragment.type.code in types.BINARIES | {types.BLOB.code}:
        name = types.sys_name(fragment.type)
        raise HanaError(INCONSISTENT_TYPE, f"inconsistent datatype: {name} cannot be searched", at)
    return convert(context, fragment, types.UNTYPED_TEXT).sql
