"""The syntax tree: what a statement says, before anything is known about tables and types.

Every node carries `at`, the 1-based position in the statement at which an error about it points.
"""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.hana.model import Type, Value


@dataclass(frozen=True, slots=True)
class Path:
    """A possibly qualified name: schema and object, or object alone."""

    parts: tuple[str, ...]
    at: int

    @property
    def name(self) -> str:
        return self.parts[-1]


# Expressions ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value
    type: Type | None
    at: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A `?`; `index` counts from 0 in the order of the text."""

    index: int
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`:NAME`, a parameter of the view that it stands in."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column, maybe qualified by an alias, a table, or schema and table."""

    qualifier: tuple[str, ...]
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Star:
    qualifier: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class OrderItem:
    expression: Expression
    descending: bool
    nulls_first: bool | None
    at: int
    collation: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    partition: tuple[Expression, ...]
    order: tuple[OrderItem, ...]
    frame: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an aggregate; `keywords` are those inside of the parentheses (TRIM's, EXTRACT's)."""

    name: str
    arguments: tuple[Expression, ...]
    at: int
    distinct: bool = False
    star: bool = False
    order: tuple[OrderItem, ...] = ()
    window: Window | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    expression: Expression
    type: Type
    at: int


@dataclass(frozen=True, slots=True)
class Case:
    operand: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Negation:
    expression: Expression
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """+, -, *, / or ||."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True, slots=True)
class ScalarQuery:
    query: Query
    at: int


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """NEXTVAL or CURRVAL (`which`) of a sequence."""

    sequence: Path
    which: str
    at: int


@dataclass(frozen=True, slots=True)
class RowValue:
    """`(a, b)` beside `=` or IN."""

    items: tuple[Expression, ...]
    at: int


# Conditions: true, false or unknown, and never a value -------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Expression
    right: Expression
    at: int
    quantifier: str = ""


@dataclass(frozen=True, slots=True)
class Junction:
    """AND or OR over two or more conditions."""

    operator: str
    items: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    condition: Expression
    at: int


@dataclass(frozen=True, slots=True)
class IsNull:
    expression: Expression
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Between:
    expression: Expression
    low: Expression
    high: Expression
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class InList:
    expression: Expression
    items: tuple[Expression, ...]
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class InQuery:
    expression: Expression
    query: Query
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Exists:
    query: Query
    at: int


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE, or LIKE_REGEXPR with its flags in `escape`."""

    expression: Expression
    pattern: Expression
    escape: Expression | None
    negated: bool
    regular: bool
    at: int


@dataclass(frozen=True, slots=True)
class JsonFallback:
    """What stands for a value that is missing or does not fit.

    `action` is NULL, ERROR, DEFAULT, EMPTY ARRAY or EMPTY OBJECT, or empty where nothing is said.
    """

    action: str = ""
    value: Value = None


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """What is taken out of a document.

    `kind` is VALUE, QUERY, ORDINALITY or NESTED, which has columns itself; `path` says where, `wrapper` is
    empty, CONDITIONAL or UNCONDITIONAL.
    """

    kind: str
    at: int
    name: str = ""
    type: Type | None = None
    path: str = "$"
    on_empty: JsonFallback = JsonFallback()
    on_error: JsonFallback = JsonFallback()
    wrapper: str = ""
    columns: tuple[JsonColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonFunction:
    """JSON_VALUE or JSON_QUERY."""

    document: Expression
    column: JsonColumn
    at: int


@dataclass(frozen=True, slots=True)
class SearchColumn:
    """A column that is searched: its least score, 0 where words must be equal, and its weight."""

    column: Expression
    least: float = 0.7
    weight: float = 1.0
    given: bool = False
    """Whether it says so itself."""


@dataclass(frozen=True, slots=True)
class TextScore:
    """SCORE: how near columns are to a text; without columns, the score of what CONTAINS looks for."""

    term: Expression
    columns: tuple[SearchColumn, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Contains:
    """CONTAINS: whether SCORE is more than 0."""

    score: TextScore
    at: int


Condition = Comparison | Junction | Not | IsNull | Between | InList | InQuery | Exists | Like | Contains
Expression = (
    Literal
    | Marker
    | Variable
    | ColumnName
    | Star
    | Call
    | Cast
    | Case
    | Negation
    | Arithmetic
    | ScalarQuery
    | SequenceValue
    | RowValue
    | JsonFunction
    | TextScore
    | Condition
)


# Queries ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SelectItem:
    expression: Expression
    alias: str | None
    heading: str


Arguments = tuple[tuple[str | None, Expression], ...]
"""What a view's parameters are given, by name or by place."""


@dataclass(frozen=True, slots=True)
class NamedTable:
    path: Path
    alias: str | None
    arguments: Arguments = ()


@dataclass(frozen=True, slots=True)
class DerivedTable:
    query: Query
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Join:
    kind: str
    left: Source
    right: Source
    condition: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class JsonTable:
    """JSON_TABLE: a row for each place of the document that `path` leads to."""

    document: Expression
    path: str
    columns: tuple[JsonColumn, ...]
    on_error: JsonFallback
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Series:
    """SERIES_GENERATE_ and a type (`kind`) over an increment and two bounds."""

    kind: str
    arguments: tuple[Expression, ...]
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """HIERARCHY: the nodes of a tree in their order; `depth` 0 is any depth.

    `orphan` is IGNORE, ROOT or ERROR, `cycle` BREAKUP or ERROR.
    """

    source: Source
    start: Expression | None
    order: tuple[OrderItem, ...]
    depth: int
    orphan: str
    cycle: str
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class HierarchyNavigation:
    """HIERARCHY_DESCENDANTS or HIERARCHY_ANCESTORS (`kind`) of the nodes where `start` holds."""

    kind: str
    source: Source
    start: Expression
    low: Expression | None
    high: Expression | None
    alias: str | None
    at: int


Source = NamedTable | DerivedTable | Join | JsonTable | Series | Hierarchy | HierarchyNavigation


@dataclass(frozen=True, slots=True)
class Select:
    distinct: bool
    items: tuple[SelectItem, ...]
    source: Source | None
    where: Expression | None
    groups: tuple[Expression, ...]
    having: Expression | None
    at: int
    top: Expression | None = None


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """A question of JDBC's about metadata, by its name."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a CALL: a table, or a value; with the name of its parameter where it was written."""

    name: str | None
    value: Expression | Path
    at: int


@dataclass(frozen=True, slots=True)
class ProcedureCall:
    """CALL of a procedure."""

    path: Path
    arguments: tuple[Argument, ...]
    at: int


@dataclass(frozen=True, slots=True)
class SetOperation:
    """Queries from left to right; before each but the first stands an operator."""

    queries: tuple[Query, ...]
    operators: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class CommonTable:
    name: str
    columns: tuple[str, ...]
    query: Query
    at: int


@dataclass(frozen=True, slots=True)
class Lock:
    """Seconds to wait for the locks of others, None for the usual time; `skips` leaves out what is locked."""

    wait: int | None = None
    skips: bool = False


@dataclass(frozen=True, slots=True)
class ForJson:
    """FOR JSON (…) RETURNS type: the rows as one JSON document."""

    type: Type

    omits_null: bool = True
    wraps: bool = True
    formatted: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT or a set operation, with what surrounds it."""

    body: Select | SetOperation | Query
    at: int
    common: tuple[CommonTable, ...] = ()
    order: tuple[OrderItem, ...] = ()
    limit: Expression | None = None
    offset: Expression | None = None
    lock: Lock | None = None
    lock_of: tuple[Expression, ...] = ()
    json: ForJson | None = None
    locale: str = ""
    """Of WITH PARAMETERS('LOCALE' = …): how texts are sorted."""


# Statements that change rows --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Insert:
    table: Path
    columns: tuple[tuple[str, int], ...]
    values: tuple[Expression | None, ...]
    query: Query | None
    at: int


@dataclass(frozen=True, slots=True)
class Upsert:
    """UPSERT or REPLACE; without a WHERE clause the primary key decides."""

    table: Path
    columns: tuple[tuple[str, int], ...]
    values: tuple[Expression | None, ...]
    query: Query | None
    where: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A column and its new value; None is DEFAULT."""

    column: str
    value: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Update:
    table: Path
    alias: str | None
    assignments: tuple[Assignment, ...]
    source: Source | None
    where: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Delete:
    table: Path
    alias: str | None
    where: Expression | None
    at: int


@dataclass(frozen=True, slots=True)
class Merge:
    table: Path
    alias: str | None
    source: Source
    condition: Expression
    update: tuple[Assignment, ...] | None
    update_where: Expression | None
    delete: bool
    insert_columns: tuple[tuple[str, int], ...]
    insert_values: tuple[Expression | None, ...] | None
    insert_where: Expression | None
    at: int


# Statements that change the catalogue -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """GENERATED … AS IDENTITY, and a sequence's own options."""

    always: bool = False
    start: int = 1
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    name: str
    type: Type
    at: int
    nullable: bool = True
    says_null: bool = False
    """Whether NULL or NOT NULL was written."""
    default_sql: str | None = None
    default_text: str | None = None
    identity: Identity | None = None
    generated_text: str = ""
    comment: str | None = None
    calculated: bool = False
    """Whether it was written without GENERATED ALWAYS: HANA then stores no values of it."""


@dataclass(frozen=True, slots=True)
class KeyDefinition:
    """PRIMARY KEY or UNIQUE."""

    name: str | None
    columns: tuple[str, ...]
    primary: bool
    at: int


@dataclass(frozen=True, slots=True)
class ReferenceDefinition:
    name: str | None
    columns: tuple[str, ...]
    table: Path
    referenced: tuple[str, ...]
    on_update: str
    on_delete: str
    at: int


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    name: str | None
    condition: Expression
    text: str
    at: int


ConstraintDefinition = KeyDefinition | ReferenceDefinition | CheckDefinition


@dataclass(frozen=True, slots=True)
class CreateTable:
    path: Path
    kind: str
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[ConstraintDefinition, ...]
    at: int
    comment: str | None = None
    like: Path | None = None
    query: Query | None = None
    with_data: bool = True
    if_not_exists: bool = False
    emptied: bool = False
    """Whether a commit deletes the rows."""


@dataclass(frozen=True, slots=True)
class AlterTable:
    """One change: `action` says which, the other fields what it needs."""

    path: Path
    action: str
    at: int
    columns: tuple[ColumnDefinition, ...] = ()
    names: tuple[str, ...] = ()
    constraint: ConstraintDefinition | None = None


@dataclass(frozen=True, slots=True)
class ParameterDefinition:
    """A parameter of a view, and its default as SQL."""

    name: str
    type: Type
    default: str | None = None


@dataclass(frozen=True, slots=True)
class CreateView:
    path: Path
    columns: tuple[str, ...]
    query: Query
    text: str
    replace: bool
    at: int
    comment: str | None = None
    parameters: tuple[ParameterDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateIndex:
    path: Path
    table: Path
    columns: tuple[tuple[str, bool], ...]
    unique: bool
    at: int


@dataclass(frozen=True, slots=True)
class CreateSequence:
    path: Path
    options: Identity
    at: int


@dataclass(frozen=True, slots=True)
class AlterSequence:
    path: Path
    changes: dict[str, int | bool | None]
    at: int


@dataclass(frozen=True, slots=True)
class CreateSynonym:
    path: Path
    target: Path
    at: int


@dataclass(frozen=True, slots=True)
class CreateSchema:
    name: str
    owner: str | None
    at: int
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """DROP of any kind of object; `cascade` is None where nothing was said."""

    kind: str
    path: Path
    cascade: bool | None
    at: int
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    kind: str
    path: Path
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Comment:
    kind: str
    path: Path
    column: str | None
    text: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Truncate:
    path: Path
    at: int


@dataclass(frozen=True, slots=True)
class Grant:
    """GRANT or REVOKE of table and schema privileges."""

    revoke: bool
    privileges: tuple[str, ...]
    schema: bool
    path: Path
    grantee: str
    at: int


# Statements about the session -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetSchema:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class SetVariable:
    """SET 'KEY' = 'value', or UNSET 'KEY' with None."""

    key: str
    value: str | None
    at: int


@dataclass(frozen=True, slots=True)
class TransactionControl:
    """COMMIT, ROLLBACK, SAVEPOINT, ROLLBACK TO SAVEPOINT or RELEASE SAVEPOINT."""

    action: str
    at: int
    savepoint: str = ""


@dataclass(frozen=True, slots=True)
class SetTransaction:
    """What is None stays; `lock_wait` is in milliseconds."""

    at: int
    level: str | None = None
    read_only: bool | None = None
    lock_wait: int | None = None


@dataclass(frozen=True, slots=True)
class LockTable:
    path: Path
    lock: Lock
    at: int


@dataclass(frozen=True, slots=True)
class CancelSession:
    """By the number of its connection."""

    session: str
    at: int


@dataclass(frozen=True, slots=True)
class Block:
    """An anonymous block: the texts of the statements that it carries out."""

    statements: tuple[str, ...]
    at: int


DataChange = Insert | Upsert | Update | Delete | Merge
Definition = (
    CreateTable
    | AlterTable
    | CreateView
    | CreateIndex
    | CreateSequence
    | AlterSequence
    | CreateSynonym
    | CreateSchema
    | Drop
    | Rename
    | Comment
    | Truncate
    | Grant
)
SessionChange = SetSchema | SetVariable | TransactionControl | SetTransaction | LockTable | CancelSession
StatementNode = Query | DataChange | Definition | SessionChange | MetadataQuery | Block | ProcedureCall
