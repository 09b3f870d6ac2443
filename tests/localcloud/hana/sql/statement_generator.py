"""Random statements: of HANA's grammar, with words missing or exchanged, and very long ones.

The same seed gives the same statements. They are about the objects of `OBJECTS`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from localcloud.hana.sql.functions import FUNCTIONS, Kind
from localcloud.hana.sql.functions.aggregates import AGGREGATES
from localcloud.hana.sql.parser import language

from . import examples, forms

_TYPES = {
    "I": "INTEGER",
    "B": "BIGINT",
    "D": "DECIMAL(10, 2)",
    "F": "DOUBLE",
    "X": "DECIMAL",
    "S": "NVARCHAR(20)",
    "C": "CHAR(4)",
    "L": "NCLOB",
    "R": "VARBINARY(10)",
    "O": "BOOLEAN",
    "DA": "DATE",
    "TI": "TIME",
    "TS": "TIMESTAMP",
}
"""The columns of table A."""

OBJECTS = (
    f"CREATE COLUMN TABLE A ({', '.join(f'{name} {type_}' for name, type_ in _TYPES.items())})",
    "INSERT INTO A VALUES (1, 2, 3.5, 4.5, 5.25, 'abc', 'ab', 'long', X'00FF', TRUE, '2020-02-29', "
    "'10:11:12', '2020-02-29 10:11:12.1234567')",
    "INSERT INTO A (I, S) VALUES (-1, '')",
    *examples.SAMPLE,
    "CREATE TABLE K (ID INT PRIMARY KEY, V INT)",
    "INSERT INTO K VALUES (1, 1)",
    "CREATE VIEW V AS SELECT G, SUM(N) AS N FROM T GROUP BY G",
    "CREATE SEQUENCE SQ",
    "CREATE SYNONYM SY FOR A",
    "CREATE GLOBAL TEMPORARY TABLE GT (I INT, S NVARCHAR(20))",
)
_COLUMNS = {
    "A": tuple(_TYPES),
    "SY": tuple(_TYPES),
    "T": ("G", "N", "D", "S"),
    "K": ("ID", "V"),
    "V": ("G", "N"),
    "GT": ("I", "S"),
    "DUMMY": ("DUMMY",),
    "SYS.TABLES": ("TABLE_NAME", "TABLE_OID"),
}
_LITERALS = {
    Kind.TEXT: ("'a'", "''", "'abc def'", "'10'", "N'花😀'", "S", "C", "L", "?"),
    Kind.STRING: ("'a'", "X'00FF'", "R", "S", "?"),
    Kind.INTEGER: ("0", "1", "-1", "7", "2147483648", "9223372036854775807", "I", "?"),
    Kind.NUMBER: ("0", "1.5", "-2.25", "1E10", "I", "D", "F", "X", "'5'", "?"),
    Kind.DECIMAL: ("0", "1.5", "123456789012345678901234567890.12345678", "D", "I"),
    Kind.FLOAT: ("1E0", "0.5", "F", "-1E300", "?"),
    Kind.BINARY: ("X'41'", "X''", "R", "'a'"),
    Kind.DATETIME: ("'2020-02-29'", "DATE'0001-01-01'", "CURRENT_DATE", "DA", "TS", "'9999-12-31'", "?"),
    Kind.TIMESTAMP: ("TIMESTAMP'2020-01-01 00:00:00'", "TS", "CURRENT_TIMESTAMP", "?"),
    Kind.TIME: ("'10:11:12'", "TI", "TIME'23:59:59'", "TS"),
    Kind.SAME: ("NULL", "1", "1.5", "'a'", "S", "I", "?"),
    Kind.ANY: ("NULL", "1", "'a'", "TRUE", "S", "L", "O", "?"),
}
_SHOWN = tuple(
    expression
    for functions in (*examples.SCALAR.values(), examples.AGGREGATES, examples.WINDOWS)
    for function in functions
    for expression, _ in function.examples
)
_SCALAR = tuple(
    expression
    for functions in examples.SCALAR.values()
    for function in functions
    for expression, _ in function.examples
)
_STATEMENTS = (
    *(text for each in examples.STATEMENTS for text in (*each.script, *each.refused)),
    *(*forms.QUERIES, *forms.CHANGES, *forms.DEFINITIONS, *forms.SESSION),
    *(text for text, _ in forms.WRONG),
    *(f"SELECT {expression} FROM T" for expression in _SHOWN),
)
_KEPT = tuple(
    text
    for text in _STATEMENTS
    if not text.startswith(("RENAME", "DROP TABLE T", "SET SCHEMA", "TRUNCATE", "ALTER TABLE"))
)
"""Those after which the objects are still there."""
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+|[^\w\s]")
_VOCABULARY = sorted({word for text in _STATEMENTS for word in _WORD.findall(text)} | language.RESERVED)
_AGGREGATED = ("COUNT", "SUM", "AVG", "MIN", "MAX", "STDDEV", "VAR_POP", "MEDIAN")
_DEEPEST = 4


class StatementGenerator:
    """Yields statements, forever; `chance` decides about everything."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same statements every time
        self._visible: tuple[str, ...] = ("DUMMY",)

    def statement(self) -> str:
        """The next one: half of them as the grammar has them, half damaged, one of a hundred very long."""
        number = self.chance.random()
        if number < 0.5:
            return self.grammatical()
        return self.damaged() if number < 0.99 else self.long()

    def _one(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def _some(self, item: Callable[[], str], most: int = 4, between: str = ", ") -> str:
        return between.join(item() for _ in range(self.chance.randint(1, most)))

    # The grammar's own ------------------------------------------------------------------------------

    def grammatical(self) -> str:
        if self.chance.random() < 0.6:
            return self.query()
        return self.chance.choice((self._change, self._change, self._definition, self._known))()

    def _known(self) -> str:
        return self.chance.choice(_KEPT)

    def query(self, depth: int = 0) -> str:
        chance = self.chance
        if chance.random() < 0.2 and depth < _DEEPEST:
            operator = self._one("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "MINUS")
            text = self._some(lambda: self._select(depth), 3, f" {operator} ")
        else:
            text = self._select(depth, ordered=depth == 0 and chance.random() < 0.1)
        if chance.random() < 0.1:
            text = f"WITH Q AS ({self.query(depth + 2)}) {text}"
        if chance.random() < 0.2 and " ORDER BY " not in text:
            text += f" ORDER BY {self._one('1', '1 DESC', '2 NULLS FIRST', 'Z')}"
        if chance.random() < 0.2:
            text += f" LIMIT {self._one('1', '0', '?', '5 OFFSET 1')}"
        if chance.random() < 0.03:
            text += self._one(" FOR UPDATE", " FOR SHARE LOCK", " WITH HINT (X)", " FOR UPDATE NOWAIT")
        return text

    def _select(self, depth: int, ordered: bool = False) -> str:
        chance = self.chance
        outer, self._visible = self._visible, ()
        source = self._source(depth)
        if chance.random() < 0.3:
            self._visible += outer
        head = self._one("", "", "", "DISTINCT ", "TOP 2 ", "ALL ")
        items = self._some(lambda: self._item(depth))
        text = f"SELECT {head}{items} FROM {source}"
        if chance.random() < 0.4:
            text += f" WHERE {self.condition(depth + 1)}"
        if chance.random() < 0.15:
            text += f" GROUP BY {self._some(lambda: self.value(depth + 2), 2)}"
        if chance.random() < 0.07:
            text += f" HAVING {self.condition(depth + 1)}"
        if ordered:
            text += f" ORDER BY {self.value(depth + 1)}{self._one('', ' DESC', ' NULLS LAST')}"
        self._visible = outer
        return text

    def _item(self, depth: int) -> str:
        if self.chance.random() < 0.05:
            return self._one("*", *(f"{name.partition('.')[0]}.*" for name in self._visible if "." in name))
        return self.value(depth + 1) + self._one("", "", " AS Z", ' "z"', " Y")

    def _source(self, depth: int) -> str:
        chance = self.chance
        if depth < _DEEPEST and chance.random() < 0.15:
            self._visible += ("z", "Y", "Z")
            return f"({self.query(depth + 1)}) {self._one('A', 'B', '')}"
        table = chance.choice(("A", "A", "A", *_COLUMNS, "Q" if chance.random() < 0.1 else "A"))
        alias = self._one(*"BCDEFGHMN")
        self._visible += tuple(f"{alias}.{name}" for name in _COLUMNS[table]) if table in _COLUMNS else ()
        table = f"{table} {alias}"
        if chance.random() < 0.2 and depth < _DEEPEST:
            kind = self._one("JOIN", "LEFT OUTER JOIN", "FULL JOIN", "RIGHT JOIN", "INNER MANY TO ONE JOIN")
            return f"{table} {kind} {self._source(_DEEPEST)} ON {self.condition(depth + 2)}"
        if chance.random() < 0.1 and depth < _DEEPEST:
            return f"{table}, {self._source(_DEEPEST)}"
        return table

    def value(self, depth: int = 0) -> str:
        """An expression, of any type; deeper ones are simple."""
        chance = self.chance
        number = chance.random() + depth * 0.12
        if number > 0.75:
            return self._simple()
        if number < 0.25:
            return self._call(depth)
        if number < 0.32:
            return self._aggregate(depth)
        if number < 0.36:
            return self._one(f"({self.query(depth + 2)})", f"(SELECT MAX({self.value(depth + 2)}) FROM A)")
        if number < 0.42:
            return self._case(depth)
        if number < 0.48:
            return f"CAST({self.value(depth + 1)} AS {chance.choice(tuple(_TYPES.values()))})"
        if number < 0.5:
            return chance.choice(_SCALAR)
        kind = Kind.TEXT if chance.random() < 0.3 else Kind.NUMBER
        operator = "||" if kind is Kind.TEXT else self._one("+", "-", "*", "/")
        return self._one("({} {} {})", "{} {} {}").format(
            self._argument(kind, depth), operator, self._argument(kind, depth)
        )

    def _simple(self) -> str:
        if self.chance.random() < 0.4:
            return self._placed(self.chance.choice(self.chance.choice(tuple(_LITERALS.values()))))
        if self._visible and self.chance.random() < 0.9:
            return self.chance.choice(self._visible)
        return self._one(*_TYPES, "N", "G", "A.S", "B.I", "ID", "?", "SQ.NEXTVAL", "CURRENT_SCHEMA")

    def _placed(self, literal: str) -> str:
        """A column of the table A under the name that it has here, anything else as it is."""
        if literal not in _TYPES:
            return literal
        return next((name for name in self._visible if name.endswith(f".{literal}")), "NULL")

    def _call(self, depth: int) -> str:
        function = self.chance.choice(tuple(FUNCTIONS.values()))
        kinds = function.kinds[: len(function.kinds) - self.chance.randint(0, function.optional)]
        if function.variadic:
            kinds += function.kinds[-1:] * self.chance.randint(0, 3)
        arguments = [self._argument(kind, depth) for kind in kinds]
        return f"{function.name}({', '.join(arguments)})"

    def _argument(self, kind: Kind, depth: int) -> str:
        if self.chance.random() < 0.25 - depth * 0.05:
            return self.value(depth + 2)
        return self._placed(self.chance.choice(_LITERALS[kind]))

    def _aggregate(self, depth: int) -> str:
        if self.chance.random() < 0.6:
            name = self._one(*_AGGREGATED)
            return f"{name}({self._one('', '', 'DISTINCT ')}{self.value(depth + 2)})"
        aggregate = self.chance.choice(tuple(AGGREGATES.values()))
        arguments = ", ".join(self._argument(kind, depth) for kind in aggregate.kinds)
        over = self._some(lambda: self.value(depth + 2), 2)
        frame = self._one("", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING")
        order = f"ORDER BY {self.value(depth + 2)}{frame}"
        return f"{aggregate.name}({arguments}) OVER ({self._one('', f'PARTITION BY {over} ')}{order})"

    def _case(self, depth: int) -> str:
        kind = self.chance.choice(tuple(_LITERALS))
        branches = self._some(
            lambda: f"WHEN {self.condition(depth + 2)} THEN {self._argument(kind, depth)}", 2, " "
        )
        return f"CASE {branches} {self._one('', f'ELSE {self._argument(kind, depth)} ')}END"

    def condition(self, depth: int = 0) -> str:
        chance = self.chance
        number = chance.random() + depth * 0.1
        if number < 0.15:
            return f"({self.condition(depth + 1)} {self._one('AND', 'OR')} {self.condition(depth + 1)})"
        if number < 0.2:
            return f"NOT {self.condition(depth + 1)}"
        kind = chance.choice(tuple(_LITERALS))
        left, right = self._argument(kind, depth), self._argument(kind, depth)
        match chance.randrange(9):
            case 0:
                return f"{left} IS {self._one('', 'NOT ')}NULL"
            case 1:
                return f"{left} {self._one('', 'NOT ')}BETWEEN {right} AND {self._argument(kind, depth)}"
            case 2:
                return f"{left} {self._one('', 'NOT ')}IN ({self._some(lambda: self._argument(kind, depth))})"
            case 3:
                return f"{left} LIKE {right}{self._one('', ' ESCAPE ' + chr(39) + '!' + chr(39))}"
            case 4:
                return f"EXISTS ({self.query(depth + 2)})"
            case 5:
                return f"{left} IN (SELECT {right} FROM A)"
            case 6:
                return f"{left} {self._one('=', '<', '<>')} {self._one('ANY', 'ALL')} (SELECT {right} FROM K)"
            case _:
                return f"{left} {self._one('=', '<>', '<', '>', '<=', '>=')} {right}"

    def _change(self) -> str:
        table = self._one("A", "T", "K", "GT", "V", "SY")
        names = _COLUMNS[table]
        column = self._one(*names)
        self._visible = names
        where = self._one("", f" WHERE {self.condition(1)}")
        match self.chance.randrange(6):
            case 0:
                return f"INSERT INTO {table} ({column}) VALUES ({self.value(1)})"
            case 1:
                return f"INSERT INTO {table} ({column}) {self.query(2)}"
            case 2:
                return f"UPDATE {table} SET {column} = {self.value(1)}{where}"
            case 3:
                return f"DELETE FROM {table}{where}"
            case 4:
                return f"UPSERT {table} ({column}) VALUES ({self.value(1)}){where}"
            case _:
                matched = self._one(f"UPDATE SET {column} = {self.value(2)}", "DELETE")
                return (
                    f"MERGE INTO {table} USING ({self.query(2)}) AS B ON {self.condition(2)} WHEN MATCHED "
                    f"THEN {matched} WHEN NOT MATCHED THEN INSERT ({column}) VALUES ({self.value(2)})"
                )

    def _definition(self) -> str:
        name = f"X{self.chance.randrange(5)}"
        type_ = self.chance.choice(tuple(_TYPES.values()))
        match self.chance.randrange(8):
            case 0:
                default = self._one("", f" DEFAULT {self.value(3)}", " NOT NULL", " PRIMARY KEY")
                return f"CREATE TABLE {name} (A {type_}{default}, B INT, CHECK ({self.condition(2)}))"
            case 1:
                return f"CREATE {self._one('', 'OR REPLACE ')}VIEW {name} AS {self.query(1)}"
            case 2:
                return f"DROP {self._one('TABLE', 'VIEW')} {name}"
            case 3:
                return f"ALTER TABLE {name} ADD (C{self.chance.randrange(3)} {type_})"
            case 4:
                return f"CREATE INDEX I{name} ON {self._one('A', 'T', name)} ({self._one(*_TYPES)})"
            case 5:
                return f"ALTER TABLE {self._one('T', name)} ALTER ({self._one('A', 'B', 'S')} {type_})"
            case 6:
                return f"CREATE TABLE {name} AS ({self.query(1)})"
            case _:
                return f"CREATE TABLE {name} (A INT, B {type_} GENERATED ALWAYS AS ({self.value(3)}))"

    # Damaged ----------------------------------------------------------------------------------------

    def damaged(self) -> str:
        """A statement with words missing, doubled, exchanged or cut."""
        chance = self.chance
        text = self.grammatical()
        words = _WORD.findall(text)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(words)) if words else 0
            match chance.randrange(6):
                case 0:
                    del words[at : at + 1]
                case 1:
                    words[at:at] = words[at : at + 3]
                case 2:
                    words[at : at + 1] = [words[at][: len(words[at]) // 2]] if words else []
                case 3:
                    words.insert(
                        at, self._one("(", ")", "'", '"', ",", ".", ";", "--", "/*", ":x", "\x00", "é")
                    )
                case _:
                    words[at : at + 1] = [chance.choice(_VOCABULARY)]
        return " ".join(words)

    # Long -------------------------------------------------------------------------------------------

    def long(self) -> str:
        """A statement with one part of it repeated up to a thousand times, or nested."""
        many = self.chance.choice((20, 70, 130, 300, 1000))
        value, condition = self.value(3), self.condition(3)
        piece = self._one(*_LONG)
        if "query" in piece:
            return piece.format(query=self._repeated(self.query(3), " UNION ALL ", min(many, 300)))
        if piece.startswith("nested"):
            return self._nested(piece.removeprefix("nested "), value, many)
        separator = {"AND": " AND ", "OR": " OR "}.get(piece.split()[0], ", ")
        if piece.startswith(("AND", "OR")):
            return f"SELECT * FROM A WHERE {self._repeated(condition, separator, many)}"
        operator = self._one(" + ", " - ", " * ", " || ", " / ")
        return piece.format(
            listed=self._repeated(value, ", ", many),
            chain=self._repeated(value, operator, many),
            tables=", ".join(f"DUMMY D{number}" for number in range(many)),
            columns=", ".join(f"C{number} INT" for number in range(many)),
            branches=self._repeated(f"WHEN {condition} THEN {value}", " ", many),
            common=", ".join(f"Q{number} AS (SELECT 1 AS A FROM DUMMY)" for number in range(many)),
            text="x" * many * 100,
            condition=condition,
        )

    def _repeated(self, part: str, between: str, many: int) -> str:
        return between.join([part] * min(many, 60_000 // max(1, len(part))))

    def _nested(self, form: str, value: str, many: int) -> str:
        before, after = form.split("…")
        many = min(many, 40_000 // len(form))
        return f"SELECT {before * many}{value}{after * many} FROM A"


_LONG = (
    "SELECT {chain} FROM A",
    "SELECT {chain} FROM A WHERE {chain} > 1",
    "SELECT {listed} FROM A",
    "SELECT COALESCE({listed}) FROM A",
    "SELECT GREATEST({listed}) FROM A",
    "SELECT * FROM A WHERE I IN ({listed})",
    "SELECT CASE {branches} END FROM A",
    "SELECT 1 FROM A GROUP BY {listed}",
    "SELECT 1 FROM A ORDER BY {listed}",
    "SELECT 1 FROM {tables}",
    "WITH {common} SELECT A FROM Q0",
    "SELECT MAP(I, {listed}) FROM A",
    "CREATE TABLE X9 ({columns})",
    "SELECT '{text}' FROM DUMMY",
    'SELECT 1 AS "{text}" FROM DUMMY',
    "INSERT INTO T VALUES ({listed})",
    "INSERT INTO T (S) VALUES ('{text}')",
    "SELECT SUM(I) OVER (PARTITION BY {listed}) FROM A",
    "SELECT COUNT(*) FROM ({query})",
    "{query}",
    "INSERT INTO K (ID) {query}",
    "CREATE OR REPLACE VIEW X8 AS {query}",
    "WITH Q AS ({query}) SELECT * FROM Q",
    "SELECT * FROM A WHERE I IN ({query})",
    "AND",
    "OR",
    "nested (…)",
    "nested -…",
    "nested UPPER(…)",
    "nested ABS(…)",
    "nested (SELECT … FROM DUMMY)",
    "nested COALESCE(NULL, …)",
    "nested CASE WHEN 1 = 1 THEN … END",
    "nested TO_VARCHAR(…)",
    "nested ROUND(…, 2)",
    "nested (1 + …)",
    "nested (… || 'a')",
    "nested CAST(… AS NVARCHAR(10))",
)
"""Statements with a part that is repeated; `…` stands for what is nested."""
