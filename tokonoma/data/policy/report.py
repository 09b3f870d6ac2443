"""What a policy comes to, in words: for the operator at a terminal, and for `GET /policy/explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from tokonoma.data.catalogue import Catalogue
from tokonoma.data.columns import Table
from tokonoma.data.names import legal_names
from tokonoma.data.policy.access import NOT_THERE, Applied, Shown
from tokonoma.data.policy.file import VIEWER, Policy
from tokonoma.data.policy.reach import unreached


def check(
    policy: Policy,
    applied: Applied,
    refused: Sequence[str] = (),
    declared: Set[str] | None = None,
    kinds: Sequence[str] = (),
) -> Iterator[str]:
    """Role by object by columns by rows; then what nobody may see, what patterns match, and what is wrong.

    Objects have the names of the schema; `refused` are those that HANA does not let the service read.
    `declared` are the attributes that XSUAA knows, None if nobody can tell; `kinds` are the bound identity
    providers, none if nobody can tell.
    """
    tables, names = applied.catalogue.tables, _names(applied)
    yield from _table(
        ("role", "object", "columns", "rows"),
        [
            (shown.role, name, _columns(tables[name], shown), shown.rule_text or "all")
            for name in sorted(tables)
            for shown in applied.shown.get(names[name], ())
        ],
    )
    yield ""
    yield f"Nobody may see: {', '.join(unseen(applied)) or 'nothing, everything is shown to somebody'}"
    for name, why in sorted(applied.catalogue.left_out.items()):
        yield f"  {name}: {why}"
    for name in seen(applied):
        for column, why in tables[name].left_out.items():
            yield f"  {name}.{column}: {why}"
    yield from _depending(applied, declared)
    for rule in policy.rules:
        if rule.is_pattern:
            fitting = sorted(name for name in applied.catalogue.tables if policy.rule_for(name) is rule)
            matches = ", ".join(fitting) or "nothing"
            yield f"The pattern {rule.name} (line {rule.line}) matches today: {matches}"
    if sentences := list(unreached(policy, kinds)):
        yield "Nobody holds these roles:"
        yield from (f"  {each}" for each in sentences)
    if applied.findings or refused:
        yield ""
        yield "What is wrong:"
        yield from (f"  {finding}" for finding in applied.findings)
        for name in sorted(refused):
            yield f"  HANA does not let the bound user read {name!r}: grant SELECT, or mend the view."


def _depending(applied: Applied, declared: Set[str] | None) -> Iterator[str]:
    """The attributes on which rows depend, and those that nobody has."""
    attributes = {name for entries in applied.shown.values() for each in entries for name in each.attributes}
    if attributes:
        # A misspelt one shows no rows, and says nothing.
        yield f"Rows depend on these attributes of the caller: {', '.join(sorted(attributes))}"
        for name in sorted(attributes - declared) if declared is not None else ():
            yield f"  {name}: xs-security.json has no such attribute, so XSUAA gives it to nobody"


def unseen(applied: Applied) -> list[str]:
    """The objects of the schema that nobody may see."""
    return sorted(applied.catalogue.tables.keys() - seen(applied))


def seen(applied: Applied) -> list[str]:
    """The objects of the schema that somebody may see."""
    return sorted(name for name, called in _names(applied).items() if called in applied.shown)


def _names(applied: Applied) -> dict[str, str]:
    """The name that callers use for each object of the schema."""
    return legal_names(applied.catalogue.tables)


def words(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def attributes(texts: Sequence[str]) -> dict[str, list[str]]:
    """`rooms=1,2` as the attribute `rooms` with two values."""
    pairs = (each.partition("=") for each in texts)
    return {name: words(values) for name, _, values in pairs}


def draft(catalogue: Catalogue, kinds: Sequence[str] = ()) -> Iterator[str]:
    """A policy file for a catalogue, with all objects commented out; for `kinds`, else for all."""
    yield "# Who may see what. What is not named here does not exist for anybody."
    yield ""
    yield "[roles]"
    names = ", ".join(f'{kind} = "{name}"' for kind, name in VIEWER.items() if not kinds or kind in kinds)
    yield f"viewer = {{ {names} }}"
    for name, table in sorted(catalogue.tables.items()):
        columns = ", ".join(column.name for column in table.columns)
        yield ""
        yield f"# [objects.{_key(name)}]"
        if table.comment:
            yield f"# label = {_text(table.comment)}"
        if not table.key:
            yield '# key = ["…"]            # it has none of its own: columns that tell its rows apart'
        yield '# grants = [{ role = "viewer" }]'
        yield f"# columns: {_one_line(columns)}"


def explain(
    applied: Applied, name: str, roles: Sequence[str], attributes: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """Which line of the policy decides what somebody with these roles sees of an object, and what that is.

    `name` is that of the schema, or the one that callers use.
    """
    names = _names(applied)
    if name not in names:
        name = next((each for each, called in names.items() if called == name), name)
    called = names.get(name, name)
    entries = applied.shown.get(called, ())
    decides = next((each for each in entries if each.role in roles), None)
    if decides is None:
        return {
            "object": called,
            "roles": list(roles),
            "visible": False,
            "why": _why_not(applied, name, entries),
        }
    return {
        "object": called,
        "roles": list(roles),
        "visible": True,
        "why": f"line {decides.line}: the first grant whose role is held is that of {decides.role!r}",
        "line": decides.line,
        "role": decides.role,
        "columns": list(decides.columns),
        "key": list(decides.table.key),
        "rows": decides.rule_text or "all",
        "attributes": {key: list(values) for key, values in attributes.items()},
    }


def _why_not(applied: Applied, name: str, entries: Sequence[Shown]) -> str:
    if entries:
        lines = ", ".join(f"{each.role} (line {each.line})" for each in entries)
        return f"no role is held that has a grant: {lines}"
    found = [str(each) for each in applied.findings if each.name == name]
    if found:
        return " ".join(found)
    if name in applied.catalogue.left_out:
        return applied.catalogue.left_out[name]
    if name in applied.catalogue.tables:
        return "the policy does not name it"
    return NOT_THERE


def _columns(table: Table, shown: Shown) -> str:
    names = {column.name for column in shown.table.columns}
    withheld = [column.name for column in table.columns if column.name not in names]
    if not withheld:
        return f"all {len(names)}"
    if len(withheld) < len(names):
        return f"all but {', '.join(withheld)}"
    return ", ".join(column.name for column in shown.table.columns)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, tuple("-" * width for width in widths), *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _text(name)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
