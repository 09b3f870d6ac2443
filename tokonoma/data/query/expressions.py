"""Reads expressions: OData's common expression syntax (URL Conventions 4.01, 5.1.1) by precedence climbing.

Operators and functions are read in any case, names of columns exactly. A column whose name is also a word of
the language (`NOT`, `NULL`) is read as the column, unless the word is written as the specification has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from tokonoma.data.columns import Column, Kind
from tokonoma.errors import QueryInvalid

from . import checks, literals
from .cursor import Cursor, short
from .functions import FUNCTIONS, MOMENTS, PARTS, UNSUPPORTED
from .tokens import Token
from .tree import FALSE, NULL, TRUE, Expression, Literal, Now, Reference, walk

DEEPEST, MOST_ITEMS, MOST_ALIASES = 40, 200, 50

Columns = Mapping[str, Column]
"""The columns that the caller may see, by the names used in queries. Others do not exist."""
Aliases = Mapping[str, str]
"""The texts of parameter aliases, by name without the @."""

_Join = Callable[[Expression, Expression], Expression]

# Each with how strongly it binds; `in` and `has` are read apart.
_OPERATORS: dict[str, tuple[int, _Join]] = {
    "or": (1, checks.either),
    "and": (2, checks.both),
    **{name: (3, partial(checks.compare, name)) for name in ("eq", "ne")},
    **{name: (4, partial(checks.compare, name)) for name in ("gt", "ge", "lt", "le")},
    **{name: (5, partial(checks.reckon, name)) for name in ("add", "sub")},
    **{name: (6, partial(checks.reckon, name)) for name in ("mul", "div", "divby", "mod")},
}
_UNARY, _PRIMARY = 7, 8
_WORDS = {"null": NULL, "true": TRUE, "false": FALSE}
_AS_SPECIFIED = frozenset({"not", *_WORDS})
_ROOTS = frozenset({"$it", "$root", "$this", "$count"})
_LITERALS: dict[str, tuple[Kind, Callable[[str], literals.Value]]] = {
    "guid": (Kind.BINARY, literals.guid),
    "moment": (Kind.MOMENT, literals.moment),
    "date": (Kind.DATE, literals.day),
    "time": (Kind.TIME, literals.clock),
    "binary'": (Kind.BINARY, literals.binary),
    # As OData 2 had them.
    "guid'": (Kind.BINARY, literals.guid),
    "datetimeoffset'": (Kind.MOMENT, literals.moment),
}
_ITEM_WORDS = 3
"""Words of a list's item: a comma, a minus sign, a number."""
_UTC = ("Z", "z", "+00:00", "-00:00")


class Expressions(Cursor):
    """Reads the expressions of one text, and of the aliases that they use."""

    def __init__(
        self, text: str, columns: Columns, aliases: Aliases, option: str, *, is_rule: bool = False
    ) -> None:
        if len(aliases) > MOST_ALIASES:
            raise QueryInvalid(f"more than {MOST_ALIASES} parameter aliases", option, 1)
        super().__init__(text, option)
        self.columns, self.aliases, self.is_rule = columns, aliases, is_rule
        self.depth = 0
        self.known_aliases: dict[str, tuple[Expression, int]] = {}
        self.open_aliases: list[str] = []

    def whole(self) -> Expression:
        """The expression that is all of the text."""
        found = self.single()
        self.expect_end("an operator or the end")
        return found

    def single(self) -> Expression:
        """One expression, which something may follow."""
        first = self.token
        found = self.expression()
        if any(depth > DEEPEST for _, depth in walk(found)):
            self.refuse(f"nested more than {DEEPEST} deep", first)
        return found

    def expression(self, binding: int = 0) -> Expression:
        """An expression whose operators bind more strongly than that."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"nested more than {DEEPEST} deep", self.token)
        left = self.operand()
        while self.token.kind == "name":
            token = self.token
            word = token.text.lower()
            if word in ("in", "has") and binding < _PRIMARY:
                self.take()
                left = self.membership(left, token, word)
                continue
            strength, join = _OPERATORS.get(word, (0, checks.both))
            if strength <= binding:
                break
            self.take()
            left = self.made(token, join, left, self.expression(strength))
        self.depth -= 1
        return left

    def operand(self) -> Expression:
        token = self.token
        if token.kind == "end" or (token.kind == "symbol" and token.text not in "(-[{"):
            self.refuse_next("a value")
        self.take()
        if token.kind in _LITERALS:
            return self.literal(token, token.kind, token.text)
        return _READERS[token.kind](self, token)

    def symbol(self, token: Token) -> Expression:
        if token.text == "(":
            found = self.expression()
            self.expect(")")
            return found
        if token.text != "-":
            self.refuse_by_name("a literal of several values", token)
        # A minus sign right before a number is part of it: `-1 in (-1)`.
        is_number = self.token.kind == "number" and self.token.at == token.at + 1
        operand = self.number(self.take()) if is_number else self.expression(_UNARY)
        return self.made(token, checks.negative, operand)

    def named(self, token: Token) -> Expression:
        """A column, a word of the language, a function, or the beginning of a path."""
        if self.is_symbol("/"):
            self.refuse_path(token)
        word, is_call = token.text.lower(), self.is_symbol("(")
        if token.text in self.columns and token.text not in _AS_SPECIFIED and not is_call:
            return Reference(token.text, self.columns[token.text])
        if word == "not":
            return self.made(token, checks.opposite, self.expression(_UNARY))
        if is_call:
            return self.call(token, word)
        if word in _WORDS:
            return _WORDS[word]
        if token.text in ("INF", "NaN"):
            self.refuse_by_name(token.text, token)
        return Reference(token.text, self.column(token))

    def column(self, token: Token) -> Column:
        found = self.columns.get(token.text)
        if found is None:
            self.refuse(f'there is no column "{short(token.text)}"', token)
        return found

    def refuse_path(self, token: Token) -> NoReturn:
        self.expect("/")
        following = self.take()
        if following.kind not in ("name", "qualified", "dollar", "alias"):
            self.refuse("a path ends too early", following)
        self.refuse_by_name(f"the path {short(token.text)}/{short(following.text)}", token)

    def call(self, token: Token, name: str) -> Expression:
        if name in UNSUPPORTED:
            self.refuse_by_name(f"the function {name}", token)
        if name not in FUNCTIONS and name not in MOMENTS and name != "cast":
            self.refuse(f'there is no function "{short(token.text)}"', token)
        self.expect("(")
        if name in MOMENTS:
            self.expect(")")
            ends = {"mindatetime": literals.EARLIEST, "maxdatetime": literals.LATEST}
            return Literal(ends[name], Kind.MOMENT) if name in ends else Now()
        if name == "cast":
            return self.cast(token)
        arguments: list[Expression] = []
        while not arguments or self.accept(","):
            first = self.token
            arguments.append(self.expression())
            if name in PARTS and first.kind == "moment" and not first.text.endswith(_UTC):
                self.refuse_by_name(f"{name} of a time that is not in UTC", first)
        self.expect(")")
        return self.made(token, checks.call, name, arguments)

    def cast(self, token: Token) -> Expression:
        if self.token.kind == "qualified":
            self.refuse_by_name("cast of a whole row", token)
        operand = self.expression()
        self.expect(",")
        if self.token.kind != "qualified":
            self.refuse_next("a type")
        target = self.take()
        self.expect(")")
        return self.made(token, checks.cast, operand, short(target.text))

    def membership(self, operand: Expression, token: Token, word: str) -> Expression:
        if word == "has":
            self.refuse_by_name("has", token)
        if self.token.kind == "alias" and self.is_rule:
            attribute = self.take()
            if not attribute.text.startswith("@user."):
                self.refuse("only @user.… can stand in a rule", attribute)
            return self.made(
                token, checks.member_of_attribute, operand, attribute.text.removeprefix("@user.")
            )
        if self.token.kind not in ("symbol", "end") or self.is_symbol("["):
            self.refuse_by_name("in with anything but a list in parentheses", self.token)
        return self.made(token, checks.member, operand, self.items())

    def items(self) -> list[Expression]:
        """A list of literals in parentheses, which may be empty. Its items are counted, and not as words."""
        self.expect("(")
        found: list[Expression] = []
        if not self.is_symbol(")"):
            while not found or self.accept(","):
                taken = self.taken
                found.append(self.expression(_UNARY))
                self.taken = max(taken - 1, self.taken - _ITEM_WORDS)
                if len(found) > MOST_ITEMS:
                    self.refuse(f"a list of more than {MOST_ITEMS} items", self.token)
        self.expect(")")
        return found

    def alias(self, token: Token) -> Expression:
        """The value of a parameter alias, and null if it has none (OData Protocol 4.01, 11.2.5.1.3)."""
        name = token.text[1:]
        if self.is_rule:
            self.refuse("@user.… can stand right of `in` only", token)
        if "." in name:
            self.refuse_by_name(f"the annotation {short(token.text)}", token)
        if self.is_symbol("/"):
            self.refuse_path(token)
        if name not in self.aliases:
            return NULL
        if name in self.open_aliases:
            self.refuse(f"{short(token.text)} is defined by itself", token)
        if name in self.known_aliases:
            found, words = self.known_aliases[name]
            self.count(words)
            return found
        outer, taken = (self.tokens, self.index, self.option), self.taken
        self.open_aliases.append(name)
        self.option, self.index = f"@{name}", 0
        self.tokens = self.words(self.aliases[name])
        found = self.whole()
        self.tokens, self.index, self.option = outer
        self.open_aliases.pop()
        self.known_aliases[name] = found, self.taken - taken
        return found

    def string(self, token: Token) -> Expression:
        plain = token.text[1:-1].replace("''", "'")
        return Literal(self.made(token, literals.text, plain), Kind.TEXT)

    def number(self, token: Token) -> Expression:
        whole = token.text.rstrip("Ll").isdigit()
        return Literal(self.made(token, literals.number, token.text), Kind.INTEGER if whole else Kind.DECIMAL)

    def prefixed(self, token: Token) -> Expression:
        prefix, _, rest = token.text.partition("'")
        prefix, plain = f"{prefix.lower()}'", rest[:-1].replace("''", "'")
        if prefix == "datetime'":
            return self.literal(token, "moment", f"{plain}Z")
        if prefix not in _LITERALS:
            self.refuse_by_name(f"a literal {short(prefix)}…'", token)
        return self.literal(token, prefix, plain)

    def literal(self, token: Token, rule: str, written: str) -> Expression:
        kind, reader = _LITERALS[rule]
        return Literal(self.made(token, reader, written), kind)

    def qualified(self, token: Token) -> Expression:
        if self.is_symbol("(") or self.is_symbol("/"):
            self.refuse_by_name(short(token.text), token)
        self.refuse(f'"{short(token.text)}" is no value', token)

    def dollar(self, token: Token) -> Expression:
        if token.text.lower() in _ROOTS:
            self.refuse_by_name(short(token.text), token)
        self.refuse(f'there is no "{short(token.text)}"', token)


_READERS: dict[str, Callable[[Expressions, Token], Expression]] = {
    "symbol": Expressions.symbol,
    "name": Expressions.named,
    "alias": Expressions.alias,
    "string": Expressions.string,
    "number": Expressions.number,
    "prefixed": Expressions.prefixed,
    "qualified": Expressions.qualified,
    "dollar": Expressions.dollar,
}
