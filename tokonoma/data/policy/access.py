"""What each caller may see: the policy file, applied to the catalogue.

Everything that is not here does not exist for anybody: a door asks for an object of a caller, and gets its
columns, its key and its rows' condition, or ObjectUnknown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from tokonoma.data.catalogue import Ask, Catalogue
from tokonoma.data.columns import KEYS, Column, Kind, Table
from tokonoma.data.labels import usual_title
from tokonoma.data.names import legal_names
from tokonoma.data.plan import Access
from tokonoma.data.policy.file import Grant, ObjectRule, Policy
from tokonoma.data.query import tree
from tokonoma.data.query.parser import parse_rule
from tokonoma.data.query.tree import Expression
from tokonoma.data.refreshed import Refreshed
from tokonoma.errors import (
    HanaCannotCompute,
    HanaForbids,
    HanaObjectChanged,
    HanaStatementFailed,
    HanaTimeout,
    ObjectUnknown,
    QueryError,
)

_log = logging.getLogger(__name__)

_OF_ONE_OBJECT = (HanaCannotCompute, HanaForbids, HanaObjectChanged, HanaStatementFailed, HanaTimeout)
"""What HANA says when one object cannot be read, and others can."""

NOT_THERE = "the schema has no table, view or synonym of that name, or the bound user has no privilege on it"
"""Why an object is not shown: HANA's catalogue lists what its reader may read."""

MAX_CHECKED_ROWS = 100_000
"""Rows of an object that are read to find out whether the policy's key is one."""


class Asker(Protocol):
    """What a policy needs to know of a caller."""

    def has(self, scope: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """An object as the holders of one role see it."""

    name: str
    label: str
    table: Table
    """The table with the columns that may be seen; without a key where a part of the key is withheld."""
    columns: Mapping[str, Column]
    """Those columns, by the names that callers use."""
    rule: Expression | None
    """The condition of the rows that may be seen; None for all."""
    rule_text: str
    role: str
    line: int
    page_size: int
    max_rows: int | None
    fingerprint: str
    """Changes with everything above: what was made for one grant does not fit another."""
    title: str = ""
    """The column in which a row's label stands, by its name in queries; "" if none can be told."""

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the caller's attributes that decide about the rows."""
        rule = [] if self.rule is None else tree.walk(self.rule)
        return frozenset(each.attribute for each, _ in rule if isinstance(each, tree.InAttribute))

    def access(self, attributes: Mapping[str, Sequence[str]]) -> Access:
        """What a plan needs, for a caller with these attributes."""
        return Access(self.table, self.columns, self.rule, attributes, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the policy that does not fit the schema: one sentence in the words of the file."""

    name: str
    line: int
    sentence: str
    is_fault: bool = True
    """Whether the file is wrong about an object that is there; else the object is not there (yet)."""

    def __str__(self) -> str:
        return f"policy line {self.line}: {self.sentence}."


@dataclass(frozen=True, slots=True)
class Applied:
    """A policy applied to a catalogue."""

    catalogue: Catalogue
    shown: Mapping[str, tuple[Shown, ...]]
    """The grants of each object, by the name that callers use for it; the first that fits decides."""
    findings: tuple[Finding, ...]


def apply(policy: Policy, catalogue: Catalogue, ask: Ask) -> Applied:
    """Apply a policy to a catalogue; what does not fit is left out, and becomes a finding.

    `ask` runs a statement, to check that the policy's keys are unique. Raises HanaError.
    """
    shown: dict[str, tuple[Shown, ...]] = {}
    findings: list[Finding] = []
    for rule in policy.rules:
        if not rule.is_pattern and rule.name not in catalogue.tables:
            why = catalogue.left_out.get(rule.name, NOT_THERE)
            findings.append(Finding(rule.name, rule.line, f"object {rule.name!r} is not shown: {why}", False))
    names = legal_names(catalogue.tables)
    for name, table in catalogue.tables.items():
        applicable = policy.rule_for(name)
        if applicable is None:
            continue
        faults = [*_faults_of_title(applicable, table)]
        try:
            faults += _faults_of_key(applicable, table, ask)
        except _OF_ONE_OBJECT:
            # One object must not hide the others; whoever reads it is refused by HANA as well.
            sentence = f"the key of object {name!r} could not be checked, because HANA did not let it be read"
            findings.append(Finding(name, applicable.line, sentence, is_fault=False))
        entries: list[Shown] = []
        if not faults:
            keyed = replace(table, key=applicable.key or _usable_key(table))
            for grant in applicable.grants:
                faults += _faults_of_columns(applicable, grant, keyed)
                try:
                    entries.append(_shown(applicable, grant, names[name], keyed))
                except QueryError as error:
                    faults.append((grant.line, f"object {name!r}: {str(error).removesuffix('.')}"))
        if faults:
            findings += [Finding(name, line, sentence) for line, sentence in faults]
        else:
            shown[names[name]] = tuple(entries)
    return Applied(catalogue, shown, tuple(findings))


def _shown(rule: ObjectRule, grant: Grant, name: str, table: Table) -> Shown:
    """Raises QueryError where the condition does not fit the table."""
    # A condition may use every column: it is the policy's, not the caller's.
    names = legal_names(column.name for column in table.columns)
    every = {names[column.name]: column for column in table.columns}
    condition = parse_rule(grant.rows, every) if grant.rows else None
    columns = _visible(grant, table)
    visible = {column.name for column in columns}
    # Named anew, so that the names tell nothing of columns that are withheld.
    shown_names = legal_names(visible)
    narrowed = replace(
        table,
        columns=columns,
        key=table.key if visible.issuperset(table.key) else (),
        foreign_keys=tuple(each for each in table.foreign_keys if visible.issuperset(each.columns)),
        left_out={},
    )
    titles = {column.name: shown_names[column.name] for column in columns if column.kind is Kind.TEXT}
    label = rule.label if rule.label != rule.name else (table.comment or name)
    parts = (narrowed, grant.rows, grant.role, rule.page_size, rule.max_rows, label)
    by_name = {shown_names[column.name]: column for column in columns}
    return Shown(
        name=name,
        label=label,
        table=narrowed,
        columns=by_name,
        rule=condition,
        rule_text=grant.rows,
        role=grant.role,
        line=grant.line,
        page_size=rule.page_size,
        max_rows=rule.max_rows,
        fingerprint=sha256(repr(parts).encode()).hexdigest()[:16],
        # A title that is withheld from this grant is no title.
        title=titles.get(rule.title) or usual_title(by_name, table.key),
    )


def _visible(grant: Grant, table: Table) -> tuple[Column, ...]:
    return tuple(
        column
        for column in table.columns
        if (column.name not in grant.withheld if grant.takes_all else column.name in grant.columns)
    )


def _usable_key(table: Table) -> tuple[str, ...]:
    """The key of the schema, if all of its columns can be shown and fit into a key."""
    fit = {column.name for column in table.columns if column.kind in KEYS}
    return table.key if fit.issuperset(table.key) else ()


def _faults_of_columns(rule: ObjectRule, grant: Grant, table: Table) -> Iterator[tuple[int, str]]:
    known = {column.name for column in table.columns} | table.left_out.keys()
    for each in grant.columns:
        name = each.removeprefix("-") if grant.takes_all else each
        # A pattern withholds a column wherever there is one.
        if each != "*" and name not in known and not (rule.is_pattern and grant.takes_all):
            yield grant.line, f"object {table.name!r} has no column {name!r}"
    if not _visible(grant, table):
        yield grant.line, f"no column of object {table.name!r} is left to be shown"


def _faults_of_key(rule: ObjectRule, table: Table, ask: Ask) -> Iterator[tuple[int, str]]:
    columns = {column.name: column for column in table.columns}
    for name in rule.key:
        if name not in columns:
            why = table.left_out.get(name)
            what = f"{name!r} is left out, because {why}" if why else f"there is no column {name!r}"
            yield rule.line, f"key of object {table.name!r}: {what}"
        elif columns[name].kind not in KEYS:
            yield rule.line, f"key of object {table.name!r}: {name!r} is {columns[name].kind.value}"
    fit = all(name in columns and columns[name].kind in KEYS for name in rule.key)
    if rule.key and fit and rule.key != table.key:
        listed = ", ".join(map(_quoted, rule.key))
        missing = " OR ".join(f"{_quoted(name)} IS NULL" for name in rule.key)
        some = f"SELECT {listed} FROM {_quoted(table.schema)}.{_quoted(table.name)} LIMIT {MAX_CHECKED_ROWS}"
        bad = f"SELECT {listed} FROM ({some}) GROUP BY {listed} HAVING COUNT(*) > 1 OR {missing}"
        [[wrong]] = ask(f"SELECT COUNT(*) FROM ({bad})")
        if wrong:
            yield rule.line, f"key of object {table.name!r} has nulls, or values that several rows share"


def _faults_of_title(rule: ObjectRule, table: Table) -> Iterator[tuple[int, str]]:
    kinds = {column.name: column.kind for column in table.columns}
    # A pattern has a title where there is such a column.
    if not rule.title or (rule.is_pattern and rule.title not in kinds):
        return
    if rule.title not in kinds:
        yield rule.line, f"title of object {table.name!r}: there is no column {rule.title!r}"
    elif kinds[rule.title] is not Kind.TEXT:
        yield rule.line, f"title of object {table.name!r}: {rule.title!r} is {kinds[rule.title].value}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class AccessControl:
    """What callers may see now; the newest catalogue that could be read decides."""

    def __init__(self, policy: Policy, platforms: str | Sequence[str], load: Callable[[], Applied]) -> None:
        """`platforms` are where callers' roles come from: names that a role has in the file."""
        kinds = [platforms] if isinstance(platforms, str) else platforms
        self._roles = [
            (role, names[kind]) for role, names in policy.roles.items() for kind in kinds if kind in names
        ]
        self._load = load
        self._applied = Refreshed(self._read)
        self._logged: frozenset[Finding] = frozenset()
        self._first: Callable[[Sequence[Finding]], None] | None = None
        self._shows_nothing = not policy.rules

    def start(self, first: Callable[[Sequence[Finding]], None]) -> None:
        """Begin to read, in the background; `first` is told the faults that the first reading finds, once.

        Once a process, after its fork.
        """
        if not self._shows_nothing:
            self._first = first
            self._applied.read_soon()

    def objects(self, caller: Asker) -> dict[str, Shown]:
        """All that a caller may see, by name. Raises CatalogueUnavailable or HanaError."""
        held = self.roles(caller)
        found = {}
        for name, entries in self._applied.current().shown.items():
            shown = _first(entries, held)
            if shown is not None:
                found[name] = shown
        return found

    def object(self, caller: Asker, name: str) -> Shown:
        """One object as a caller may see it.

        Raises ObjectUnknown for what does not exist, for this caller or for anybody; CatalogueUnavailable
        or HanaError where nothing is known yet.
        """
        shown = _first(self._applied.current().shown.get(name, ()), self.roles(caller))
        if shown is None:
            raise ObjectUnknown
        return shown

    def applied(self) -> Applied:
        """Everything, for operators. Raises CatalogueUnavailable or HanaError."""
        return self._applied.current()

    def suspect(self) -> None:
        """HANA says that something has changed: read everything anew, soon."""
        self._applied.read_soon()

    def roles_of(self, scopes: Sequence[str]) -> list[str]:
        """The roles of whoever holds these scopes, with or without the application's name in front."""
        held = {scope.rpartition(".")[2] for scope in scopes}
        fitting = (role for role, name in self._roles if name.rpartition(".")[2] in held)
        return list(dict.fromkeys(fitting))

    def _read(self) -> Applied:
        applied = self._load()
        findings = frozenset(applied.findings)
        for finding in sorted(findings - self._logged, key=lambda each: each.line):
            _log.warning("%s", finding)
        self._logged = findings
        first, self._first = self._first, None
        if first is not None:
            first([finding for finding in applied.findings if finding.is_fault])
        return applied

    def roles(self, caller: Asker) -> frozenset[str]:
        """The roles of the policy that a caller holds."""
        return frozenset([role for role, name in self._roles if caller.has(name)])


def _first(entries: Sequence[Shown], held: frozenset[str]) -> Shown | None:
    return next((each for each in entries if each.role in held), None)
