"""Reads expressions: OData's common expression syntax (URL Conventions 4.01, 5.1.1) by precedence climbing.

Operators and functions are read in any case, names of columns exactly. A column whose name is also a word of
the language (`NOT`, `NULL`) is read as the column, unless the word is written as the specification has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from tokonoma.data.columns import LARGE, Column, Kind
from tokonoma.errors import QueryInvalid, QueryUnsupported

from . import checks, literals
from .functions import FUNCTIONS, MOMENTS, PARTS, UNSUPPORTED
from .tokens import LONGEST, Token, tokens_of
from .tree import FALSE, NULL, TRUE, Expression, InAttribute, Junction, Literal, Now, Order, Reference, walk

MOST_TOKENS, DEEPEST, MOST_ITEMS, MOST_ALIASES, MOST_ORDERS = 400, 40, 200, 50, 16

Columns = Mapping[str, Column]
"""The columns that the caller may see, by the names used in queries. Others do not exist."""
Aliases = Mapping[str, str]
"""The texts of parameter aliases, by name without the @."""

_Made = TypeVar("_Made")
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
"""A comma, a minus sign, a number."""
_UTC = ("Z", "z", "+00:00", "-00:00")


def parse_filter(text: str, columns: Columns, aliases: Aliases | None = None) -> Expression:
    """The condition of a $filter.

    Raises QueryInvalid for what is malformed, of the wrong type or beyond a limit, and QueryUnsupported for
    what is legal and not done here; nothing else, whatever the text.
    """
    return _Parser(text, columns, aliases or {}, "$filter").whole(checks.condition)


def parse_rule(text: str, columns: Columns) -> Expression:
    """The condition of a policy's row rule, which may say `COLUMN in @user.attribute`.

    Who has no such attribute must see less, not more, so it may stand below `and` and `or` only.
    Raises as parse_filter.
    """
    parser = _Parser(text, columns, {}, "rows", is_rule=True)
    found = parser.whole(checks.condition)
    below = [found]
    safe = 0
    while below:
        each = below.pop()
        below += each.operands if isinstance(each, Junction) else ()
        safe += isinstance(each, InAttribute)
    if safe != sum(isinstance(each, InAttribute) for each, _ in walk(found)):
        raise QueryInvalid("@user may not stand below not or a comparison", "rows", 1)
    return found


def parse_order(text: str, columns: Columns, aliases: Aliases | None = None) -> tuple[Order, ...]:
    """The items of an $orderby. Raises as parse_filter."""
    return _Parser(text, columns, aliases or {}, "$orderby").orders()


def parse_select(text: str, columns: Columns) -> tuple[str, ...]:
    """The names in a $select, each once; `*` stands for all that are not large. Raises as parse_filter."""
    return _Parser(text, columns, {}, "$select").names()


def parse_literal(text: str, option: str = "key") -> Literal:
    """A single literal, as in the key of a resource path. Raises as parse_filter."""
    found = _Parser(text, {}, {}, option).whole(lambda node: node)
    if not isinstance(found, Literal):
        raise QueryInvalid("a literal is expected", option, 1)
    return found


class _Parser:
    """Reads one text, and the aliases that it uses."""

    def __init__(
        self, text: str, columns: Columns, aliases: Aliases, option: str, *, is_rule: bool = False
    ) -> None:
        if len(aliases) > MOST_ALIASES:
            raise QueryInvalid(f"more than {MOST_ALIASES} parameter aliases", option, 1)
        self.columns, self.aliases, self.option, self.is_rule = columns, aliases, option, is_rule
        self.index = self.depth = self.taken = self.size = 0
        self.known_aliases: dict[str, tuple[Expression, int]] = {}
        self.open_aliases: list[str] = []
        self.tokens = self.words(text)

    # Tokens

    def words(self, text: str) -> list[Token]:
        """The words of this option or of an alias; the limit is for all texts together."""
        self.size += len(text)
        if self.size > LONGEST:
            raise QueryInvalid(f"longer than {LONGEST} bytes", self.option, 1)
        return tokens_of(text, self.option)

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        self.count(1)
        return token

    def count(self, words: int) -> None:
        self.taken += words
        if self.taken > MOST_TOKENS:
            raise self.invalid(f"more than {MOST_TOKENS} words", self.token)

    def is_symbol(self, text: str, ahead: int = 0) -> bool:
        token = self.tokens[min(self.index + ahead, len(self.tokens) - 1)]
        return token.kind == "symbol" and token.text == text

    def accept(self, symbol: str) -> bool:
        if not self.is_symbol(symbol):
            return False
        self.take()
        return True

    def expect(self, symbol: str) -> None:
        if not self.accept(symbol):
            raise self.unexpected(f'"{symbol}"')

    def accept_word(self, *words: str) -> str:
        """Step over one of these words, in any case; "" if none follows."""
        word = self.token.text.lower()
        if self.token.kind != "name" or word not in words:
            return ""
        self.take()
        return word

    # Errors

    def invalid(self, what: str, token: Token) -> QueryInvalid:
        return QueryInvalid(what, self.option, token.at)

    def unsupported(self, name: str, token: Token) -> QueryUnsupported:
        return QueryUnsupported(name, self.option, token.at)

    def unexpected(self, wanted: str) -> QueryInvalid:
        found = "the end" if self.token.kind == "end" else f'"{_short(self.token.text)}"'
        return self.invalid(f"{wanted} is expected, and there is {found}", self.token)

    def made(self, token: Token, maker: Callable[..., _Made], *parts: object) -> _Made:
        """What `checks` or `literals` make of the parts; their errors are about this token."""
        try:
            return maker(*parts)
        except ValueError as error:
            raise self.invalid(str(error), token) from None
        except NotImplementedError as error:
            raise self.unsupported(str(error), token) from None

    # Whole texts

    def whole(self, check: Callable[[Expression], Expression]) -> Expression:
        first = self.token
        found = self.expression()
        if self.token.kind != "end":
            raise self.unexpected("an operator or the end")
        self.refuse_deep(found, first)
        return self.made(first, check, found)

    def refuse_deep(self, node: Expression, token: Token) -> None:
        if any(depth > DEEPEST for _, depth in walk(node)):
            raise self.invalid(f"nested more than {DEEPEST} deep", token)

    def orders(self) -> tuple[Order, ...]:
        found: list[Order] = []
        while True:
            first = self.token
            node = self.expression()
            self.refuse_deep(node, first)
            if node.kind in LARGE:
                raise self.invalid(f"{node.kind.value} cannot be sorted by", first)
            found.append(Order(node, self.accept_word("asc", "desc") == "desc"))
            if len(found) > MOST_ORDERS:
                raise self.invalid(f"more than {MOST_ORDERS} items", first)
            if not self.accept(","):
                break
        if self.token.kind != "end":
            raise self.unexpected("a comma or the end")
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        while True:
            token = self.token
            if self.accept("*"):
                found |= {name: None for name, column in self.columns.items() if column.kind not in LARGE}
            elif token.kind == "qualified":
                raise self.unsupported(_short(token.text), token)
            else:
                found[self.column(self.name("a column")).name] = None
            if not self.accept(","):
                break
        if self.token.kind != "end":
            raise self.unexpected("a comma or the end")
        return tuple(found)

    # Expressions

    def expression(self, binding: int = 0) -> Expression:
        """An expression whose operators bind more strongly than that."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.invalid(f"nested more than {DEEPEST} deep", self.token)
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
            raise self.unexpected("a value")
        self.take()
        if token.kind in _LITERALS:
            return self.literal(token, token.kind, token.text)
        return _READERS[token.kind](self, token)

    def symbol(self, token: Token) -> Expression:
        if token.text == "(":
            found = self.expression()
            self.expect(")")
            return found
        if token.text == "-":
            # A minus sign right before a number is part of it: `-1 in (-1)`.
            is_number = self.token.kind == "number" and self.token.at == token.at + 1
            operand = self.number(self.take()) if is_number else self.expression(_UNARY)
            return self.made(token, checks.negative, operand)
        raise self.unsupported("a literal of several values", token)

    def named(self, token: Token) -> Expression:
        """A column, a word of the language, a function, or the beginning of a path."""
        if self.is_symbol("/"):
            raise self.path(token)
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
            raise self.unsupported(token.text, token)
        return Reference(token.text, self.column(token))

    def name(self, wanted: str) -> Token:
        if self.token.kind != "name":
            raise self.unexpected(wanted)
        token = self.take()
        if self.is_symbol("/"):
            raise self.path(token)
        return token

    def column(self, token: Token) -> Column:
        found = self.columns.get(token.text)
        if found is None:
            raise self.invalid(f'there is no column "{_short(token.text)}"', token)
        return found

    def path(self, token: Token) -> Exception:
        self.expect("/")
        following = self.take()
        if following.kind not in ("name", "qualified", "dollar", "alias"):
            return self.invalid("a path ends too early", following)
        return self.unsupported(f"the path {_short(token.text)}/{_short(following.text)}", token)

    def call(self, token: Token, name: str) -> Expression:
        if name in UNSUPPORTED:
            raise self.unsupported(f"the function {name}", token)
        if name not in FUNCTIONS and name not in MOMENTS and name != "cast":
            raise self.invalid(f'there is no function "{_short(token.text)}"', token)
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
                raise self.unsupported(f"{name} of a time that is not in UTC", first)
        self.expect(")")
        return self.made(token, checks.call, name, arguments)

    def cast(self, token: Token) -> Expression:
        if self.token.kind == "qualified":
            raise self.unsupported("cast of a whole row", token)
        operand = self.expression()
        self.expect(",")
        if self.token.kind != "qualified":
            raise self.unexpected("a type")
        target = self.take()
        self.expect(")")
        return self.made(token, checks.cast, operand, _short(target.text))

    def membership(self, operand: Expression, token: Token, word: str) -> Expression:
        if word == "has":
            raise self.unsupported("has", token)
        if self.token.kind == "alias" and self.is_rule:
            attribute = self.take()
            if not attribute.text.startswith("@user."):
                raise self.invalid("only @user.… can stand in a rule", attribute)
            return self.made(
                token, checks.member_of_attribute, operand, attribute.text.removeprefix("@user.")
            )
        if not self.is_symbol("("):
            raise self.unsupported("in with anything but a list in parentheses", self.token)
        return self.made(token, checks.member, operand, self.items())

    def items(self) -> list[Expression]:
        """A list of literals in parentheses, which may be empty. Its items are counted, and not as words."""
        self.take()
        found: list[Expression] = []
        if not self.is_symbol(")"):
            while not found or self.accept(","):
                taken = self.taken
                found.append(self.expression(_UNARY))
                self.taken = max(taken - 1, self.taken - _ITEM_WORDS)
                if len(found) > MOST_ITEMS:
                    raise self.invalid(f"a list of more than {MOST_ITEMS} items", self.token)
        self.expect(")")
        return found

    def alias(self, token: Token) -> Expression:
        """The value of a parameter alias, and null if it has none (OData Protocol 4.01, 11.2.5.1.3)."""
        name = token.text[1:]
        if self.is_rule:
            raise self.invalid("@user.… can stand right of `in` only", token)
        if "." in name:
            raise self.unsupported(f"the annotation {_short(token.text)}", token)
        if self.is_symbol("/"):
            raise self.path(token)
        if name not in self.aliases:
            return NULL
        if name in self.open_aliases:
            raise self.invalid(f"{_short(token.text)} is defined by itself", token)
        if name in self.known_aliases:
            found, words = self.known_aliases[name]
            self.count(words)
            return found
        outer, taken = (self.tokens, self.index, self.option), self.taken
        self.open_aliases.append(name)
        self.option, self.index = f"@{name}", 0
        self.tokens = self.words(self.aliases[name])
        found = self.whole(lambda node: node)
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
        if prefix in _LITERALS:
            return self.literal(token, prefix, plain)
        raise self.unsupported(f"a literal {_short(prefix)}…'", token)

    def literal(self, token: Token, rule: str, written: str) -> Expression:
        kind, reader = _LITERALS[rule]
        return Literal(self.made(token, reader, written), kind)

    def qualified(self, token: Token) -> Expression:
        if self.is_symbol("(") or self.is_symbol("/"):
            raise self.unsupported(_short(token.text), token)
        raise self.invalid(f'"{_short(token.text)}" is no value', token)

    def dollar(self, token: Token) -> Expression:
        if token.text.lower() in _ROOTS:
            raise self.unsupported(_short(token.text), token)
        raise self.invalid(f'there is no "{_short(token.text)}"', token)


_READERS: dict[str, Callable[[_Parser, Token], Expression]] = {
    "symbol": _Parser.symbol,
    "name": _Parser.named,
    "alias": _Parser.alias,
    "string": _Parser.string,
    "number": _Parser.number,
    "prefixed": _Parser.prefixed,
    "qualified": _Parser.qualified,
    "dollar": _Parser.dollar,
}


def _short(text: str) -> str:
    """A piece of the caller's own text, short enough for a sentence."""
    return text if len(text) <= 60 else f"{text[:57]}…"
