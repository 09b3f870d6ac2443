"""What a policy comes to, in words: for the operator at a terminal, and for `GET /policy/explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tokonoma.data.catalogue import Catalogue
from tokonoma.data.policy.access import Applied, Shown
from tokonoma.data.policy.file import Policy


def check(policy: Policy, applied: Applied) -> Iterator[str]:
    """Role by object by columns by rows; then what nobody may see, what patterns match, and what is wrong."""
    yield from _table(
        ("role", "object", "columns", "rows"),
        [
            (shown.role, shown.name, _columns(applied.catalogue, shown), shown.rule_text or "all")
            for _, entries in sorted(applied.shown.items())
            for shown in entries
        ],
    )
    yield ""
    yield f"Nobody may see: {', '.join(unseen(applied)) or 'nothing, everything is shown to somebody'}"
    for name, why in sorted(applied.catalogue.left_out.items()):
        yield f"  {name}: {why}"
    for rule in policy.rules:
        if rule.is_pattern:
            fitting = sorted(name for name in applied.catalogue.tables if policy.rule_for(name) is rule)
            matches = ", ".join(fitting) or "nothing"
            yield f"The pattern {rule.name} (line {rule.line}) matches today: {matches}"
    if applied.findings:
        yield ""
        yield "What is wrong:"
        yield from (f"  {finding}" for finding in applied.findings)


def unseen(applied: Applied) -> list[str]:
    """The objects of the schema that nobody may see."""
    seen = {entry.table.name for entries in applied.shown.values() for entry in entries}
    return sorted(applied.catalogue.tables.keys() - seen)


def words(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def attributes(texts: Sequence[str]) -> dict[str, list[str]]:
    """`rooms=1,2` as the attribute `rooms` with two values."""
    pairs = (each.partition("=") for each in texts)
    return {name: words(values) for name, _, values in pairs}


def draft(catalogue: Catalogue) -> Iterator[str]:
    """A policy file for a catalogue, with all objects commented out."""
    yield "# Who may see what. What is not named here does not exist for anybody."
    yield ""
    yield "[roles]"
    yield 'viewer = { xsuaa = "$XSAPPNAME.Display", cumulocity = "ROLE_TOKONOMA_DISPLAY_READ" }'
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
    """Which line of the policy decides what somebody with these roles sees of an object, and what that is."""
    entries = applied.shown.get(name, ())
    decides = next((each for each in entries if each.role in roles), None)
    if decides is None:
        return {
            "object": name,
            "roles": list(roles),
            "visible": False,
            "why": _why_not(applied, name, entries),
        }
    return {
        "object": name,
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
    return "the schema has no table, view or synonym of that name"


def _columns(catalogue: Catalogue, shown: Shown) -> str:
    every = catalogue.tables.get(shown.table.name, shown.table).columns
    names = {column.name for column in shown.table.columns}
    withheld = [column.name for column in every if column.name not in names]
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
