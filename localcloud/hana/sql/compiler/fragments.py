"""Fragments of sqlite's SQL with the HANA types of their values, and scopes in which names are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from localcloud.hana.errors import AMBIGUOUS_COLUMN, INVALID_COLUMN, HanaError, not_supported
from localcloud.hana.model import Type
from localcloud.hana.sql.catalogue.catalogue import Catalogue
from localcloud.hana.sql.catalogue.known_columns import is_known_column
from localcloud.hana.sql.parser import tree
from localcloud.hana.sql.parser.language import HIDDEN_COLUMNS, is_function

_BRANCH = 64
"""How many operands stand in one level of a chain."""


@dataclass(slots=True)
class Fragment:
    """`type` is None for NULL and for a parameter nobody has given a type yet (`marker`)."""

    sql: str
    type: Type | None
    marker: int | None = None
    literal: tree.Literal | None = None
    field: Field | None = None
    nullable: bool = True
    level: int = 0
    """How tightly it binds as unchecked arithmetic: 1 for a sum, 2 for a product, 0 for anything else."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column in scope; `origin` is schema, table and column where it comes from a table unchanged."""

    name: str
    sql: str
    type: Type
    nullable: bool = True
    origin: tuple[str, str, str] = ("", "", "")
    auto_increment: bool = False
    pending: tuple[int, ...] | None = None
    """Of a select list's NULL or parameter: the parameters that take the type of what meets it."""


@dataclass(slots=True)
class CompiledQuery:
    """`one_row` promises at most one row."""

    sql: str
    fields: list[Field]
    one_row: bool = False
    tables: int = 1
    """How many tables sqlite joins for it, where it merges it into the query around it."""

    def single(self) -> str:
        """As a scalar subquery: more than one row is HANA's 305."""
        return self.sql if self.one_row else f"SELECT hana_single(o1) FROM ({self.sql})"  # noqa: S608


@dataclass(slots=True)
class Relation:
    """A table, view or subquery in FROM under the names by which it can be called."""

    qualifiers: tuple[tuple[str, ...], ...]
    fields: list[Field]
    tables: int = 1
    system_view: str = ""
    """Which view of SYS it is, if it is one."""

    def answers_to(self, qualifier: tuple[str, ...]) -> bool:
        return not qualifier or qualifier in self.qualifiers


@dataclass(slots=True)
class Scope:
    """The relations of one SELECT; `parent` is what a correlated subquery sees beyond them."""

    relations: list[Relation] = field(default_factory=list)
    parent: Scope | None = None
    groups: frozenset[str] | None = None
    """The sqlite SQL of the GROUP BY expressions, once the SELECT is known to be grouped."""
    in_aggregate: bool = False
    joins: bool = False
    """Whether it is that of a join's condition."""
    searches: tuple[tree.TextScore, ...] = ()
    """What each CONTAINS of its WHERE looks for."""

    def resolve(self, name: tree.ColumnName) -> tuple[Field, Scope]:
        """The field a name means and the scope it was found in.

        HanaError 268 if there are several, 7 if only HANA has one, 260 otherwise.
        """
        scope: Scope | None = self
        while scope is not None:
            found = list(scope._matches(name))
            if len(found) == 1:
                return found[0], scope
            if found:
                raise HanaError(AMBIGUOUS_COLUMN, f"column ambiguously defined: {name.name}", name.at)
            scope = scope.parent
        view = self._system_view_with(name)
        if view:
            raise not_supported(f"column {name.name} of system view {view}", name.at)
        if (name.name.startswith("CURRENT_") and is_function(name.name)) or name.name in HIDDEN_COLUMNS:
            raise not_supported(name.name, name.at)
        shown = ".".join((*name.qualifier, name.name))
        raise HanaError(INVALID_COLUMN, f"invalid column name: {shown}", name.at)

    def _system_view_with(self, name: tree.ColumnName) -> str:
        """The view of SYS that has a column of that name in each HANA, though not here; "" for none."""
        scope: Scope | None = self
        while scope is not None:
            for relation in scope.relations:
                if relation.answers_to(name.qualifier) and is_known_column(relation.system_view, name.name):
                    return relation.system_view
            scope = scope.parent
        return ""

    def _matches(self, name: tree.ColumnName) -> Iterator[Field]:
        for relation in self.relations:
            if relation.answers_to(name.qualifier):
                for each in relation.fields:
                    if each.name == name.name:
                        yield each


@dataclass(slots=True)
class Context:
    """The state of one compilation."""

    catalogue: Catalogue
    schema: str
    user: str
    markers: list[Type | None]
    compared: set[int] = field(default_factory=set)
    """Parameters that are only compared: none of their digits or characters may be lost or too many."""
    selected: set[int] = field(default_factory=set)
    """Parameters that are selected: texts of any length, unless they take another type."""
    arguments: set[int] = field(default_factory=set)
    """Parameters that a function takes as texts: in a query, of any length."""
    common: dict[str, Relation] = field(default_factory=dict)
    variables: dict[str, Fragment] = field(default_factory=dict)
    """The parameters of the view that is being compiled."""
    names: int = 0
    depth: int = 0
    locks: tree.Lock | None = None
    locked: set[int] = field(default_factory=set)
    """The ids of the tables whose rows the query locks."""
    locale: str = ""
    """How the query that is being compiled sorts texts; "" by their code points."""
    volatile: bool = False
    """Whether a function in it gives something else each time it is called."""

    def alias(self) -> str:
        """A name that no other part of the statement has."""
        self.names += 1
        return f"q{self.names}"


ValueCompiler = Callable[[Context, Scope, tree.Expression], Fragment]
"""What compiles an expression. Files that it imports itself are given it."""


@dataclass(frozen=True, slots=True)
class Compilers:
    """What compiles expressions, conditions and sources, for a file that they import themselves."""

    value: ValueCompiler
    condition: Callable[[Context, Scope, tree.Expression], str]
    source: Callable[[Context, Scope, tree.Source], str]


def balanced(parts: list[str], operator: str) -> str:
    """Many operands of one associative operator as a shallow tree: sqlite ends at a depth of 1000."""
    if len(parts) <= _BRANCH:
        return f"({f' {operator} '.join(parts)})"
    middle = len(parts) // 2
    return f"({balanced(parts[:middle], operator)} {operator} {balanced(parts[middle:], operator)})"


def string(text: str) -> str:
    """A text as a sqlite literal; what cannot stand in SQL goes as hexadecimal digits."""
    if text.isprintable():
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    return f"CAST(x'{text.encode('utf-8', 'surrogatepass').hex()}' AS TEXT)"
