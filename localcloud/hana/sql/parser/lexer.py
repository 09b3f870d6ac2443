"""Splits a statement into tokens; every later error points at one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from localcloud.hana.errors import GENERAL_ERROR, SYNTAX, HanaError, not_supported

from .language import CLAUSES, DEFINITION_CLAUSES, STATEMENTS, beginning
from .language import wordset as wordset

_TOKEN = re.compile(
    r"""
      (?P<space>    \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<binary>   [xX]'[^']*' )
    | (?P<string>   [nN]?'(?:[^']|'')*' )
    | (?P<quoted>   "(?:[^"]|"")*" )
    | (?P<hexadecimal> 0[xX][0-9a-fA-F]+(?![^\W\d]) )
    | (?P<number>   (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![^\W\d]) )
    | (?P<name>     \#{0,2}[^\W\d][\w#$]* )
    | (?P<symbol>   <>|!=|>=|<=|\|\||=>|:=|[-+*/(),.;=<>?{}] )
    | (?P<numbered> :\d+ )
    | (?P<variable> :[^\W\d][\w#$]* )
    | (?P<other>    . )
    """,
    re.VERBOSE | re.DOTALL,
)

_Item = TypeVar("_Item")
_MOST_PARAMETERS = 32767
_MOST_DIGITS = len(str(_MOST_PARAMETERS))
"""What a statement may have (SAP, "System Limitations")."""
_LONGEST_PHRASE = 8
"""Words by which a statement or a clause is recognised."""
_DEFINITIONS = ("CREATE", "ALTER")
_UNQUOTE = {"string": "'", "binary": "'", "quoted": '"'}


class Token(NamedTuple):
    """One token: `text` is upper-cased for plain names and unquoted for quoted ones; `at` is 1-based."""

    kind: str
    text: str
    at: int
    end: int


def syntax_error(sql: str, token: Token) -> HanaError:
    """HANA's 257, pointing at the token that does not fit."""
    near = sql[token.at - 1 : token.end - 1]
    return HanaError(
        SYNTAX, placed(f'sql syntax error: incorrect syntax near "{near}"', sql, token.at), token.at
    )


def placed(text: str, sql: str, at: int) -> str:
    """The text of an error with line, column and position, as HANA appends them."""
    before = sql[: at - 1]
    line = before.count("\n") + 1
    column = at - 1 - before.rfind("\n")
    return f"{text}: line {line} col {column} (at pos {at})"


def located(error: HanaError, sql: str) -> HanaError:
    """The error with its place in the text, if it has one and does not say so yet."""
    if not error.position or "(at pos " in error.text:
        return error
    return HanaError(error.code, placed(error.text, sql, error.position), error.position)


def tokenize(sql: str) -> list[Token]:
    """The tokens of a statement, the last one of kind "end".

    What is none is of kind "other": it fits nowhere, but may stand in the text of what is refused by name.
    """
    tokens: list[Token] = []
    at, size = 0, len(sql)
    while at < size:
        match = _TOKEN.match(sql, at)
        assert match is not None
        assert match.lastgroup is not None
        kind, text, end = match.lastgroup, match.group(), match.end()
        if kind != "space":
            if kind == "name":
                text = text.upper()
            elif kind in _UNQUOTE:
                quote = _UNQUOTE[kind]
                text = text[text.index(quote) + 1 : -1].replace(quote * 2, quote)
            tokens.append(Token(kind, text, at + 1, end + 1))
        at = end
    tokens.append(Token("end", "", size + 1, size + 1))
    return tokens


class TokenReader:
    """Reads the tokens of one statement from left to right."""

    DEEPEST = 60
    """Nesting beyond this is refused: a statement must not exhaust the stack."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokenize(sql)
        self.index = 0
        self.depth = 0
        self.markers = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def ahead(self, distance: int = 1) -> Token:
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    def error(self, token: Token | None = None) -> HanaError:
        """257 at a token, or 7 where it is of a clause that HANA knows.

        Words of the clause before the token may have passed as names.
        """
        place = self.index if token is None else self.tokens.index(token)
        known = CLAUSES
        if self.tokens[0].text in _DEFINITIONS:
            known += DEFINITION_CLAUSES
        for start in range(place, max(0, place - 3), -1):
            clause = self.phrase(known, start)
            if start + len(clause.split()) > place:
                return not_supported(clause.removesuffix(" ("), self.tokens[start].at)
        return syntax_error(self.sql, self.tokens[place])

    def phrase(self, phrases: tuple[str, ...], start: int | None = None) -> str:
        """Which of the phrases begins at a token, this one if none is given; "" for none."""
        start = self.index if start is None else start
        following = self.tokens[start : start + _LONGEST_PHRASE]
        words = [token.text if token.kind in ("name", "symbol") else "" for token in following]
        return beginning(words, phrases)

    def refuse(self, feature: str, token: Token | None = None) -> HanaError:
        return not_supported(feature, (token or self.token).at)

    def refuse_next(self, before: str, known: tuple[str, ...] | frozenset[str]) -> HanaError:
        """Refuse what the next words stand for if HANA knows it; the statement is wrong otherwise."""
        found = self.phrase(tuple(known))
        return self.refuse(f"{before} {found}") if found else self.error()

    def refuse_statement(self, leaving_out: frozenset[str] = frozenset()) -> HanaError:
        """Refuse the statement if it begins as one of HANA's; it is wrong otherwise, at this token."""
        words = [token.text for token in self.tokens[:_LONGEST_PHRASE] if token.kind == "name"]
        found = beginning([word for word in words if word not in leaving_out], STATEMENTS)
        return self.refuse(f"statement {found}", self.tokens[0]) if found else self.error()

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def is_word(self, *words: str) -> bool:
        """Whether the plain words that follow are exactly these."""
        token = self.tokens[self.index]
        if token.text != words[0] or token.kind != "name":
            return False
        following = self.tokens[self.index + 1 : self.index + len(words)]
        return len(words) == 1 or (
            len(following) == len(words) - 1
            and all(
                token.text == word and token.kind == "name"
                for token, word in zip(following, words[1:], strict=True)
            )
        )

    def is_one_of(self, words: frozenset[str]) -> bool:
        return self.token.kind == "name" and self.token.text in words

    def is_symbol(self, symbol: str) -> bool:
        token = self.tokens[self.index]
        return token.text == symbol and token.kind == "symbol"

    def accept(self, *words: str) -> bool:
        """Step over these words if they follow."""
        if not self.is_word(*words):
            return False
        self.index += len(words)
        return True

    def accept_any(self, phrases: Iterable[str]) -> str:
        """Step over the first of these phrases that follows, and say which it was: "" for none."""
        return next((phrase for phrase in phrases if self.accept(*phrase.split())), "")

    def refuse_any(self, *phrases: str, after: str = "") -> None:
        """Refuse by name what one of these phrases stands for, if it follows."""
        for phrase in phrases:
            if self.is_word(*phrase.split()):
                raise self.refuse(f"{after}{phrase}")

    def accept_symbol(self, symbol: str) -> bool:
        if not self.is_symbol(symbol):
            return False
        self.index += 1
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.error()

    def listed(self, item: Callable[[TokenReader], _Item]) -> tuple[_Item, ...]:
        """One or more of something, with commas between them."""
        items = [item(self)]
        while self.accept_symbol(","):
            items.append(item(self))
        return tuple(items)

    def enclosed(self, item: Callable[[TokenReader], _Item]) -> _Item:
        """Something in parentheses."""
        self.expect_symbol("(")
        found = item(self)
        self.expect_symbol(")")
        return found

    def skip_parentheses(self) -> None:
        """Pass over what stands in parentheses, nested ones included."""
        self.expect_symbol("(")
        depth = 1
        while depth:
            token = self.take()
            if token.kind == "end":
                raise self.error()
            if token.kind == "symbol":
                depth += {"(": 1, ")": -1}.get(token.text, 0)

    def expect_symbol(self, symbol: str) -> None:
        if not self.accept_symbol(symbol):
            raise self.error()

    def accept_marker(self) -> int | None:
        """Step over a `?` or a `:1` if one follows, and say which parameter it is, counted from 0."""
        token = self.token
        if self.accept_symbol("?"):
            number = self.markers + 1
        elif token.kind == "numbered":
            digits = self.take().text[1:].lstrip("0")
            number = int(digits[: _MOST_DIGITS + 1] or 0)
        else:
            return None
        if number < 1:
            raise self.error(token)
        if number > _MOST_PARAMETERS:
            raise HanaError(GENERAL_ERROR, f"more than {_MOST_PARAMETERS} parameters", token.at)
        self.markers = max(self.markers, number)
        return number - 1

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > self.DEEPEST:
            raise self.refuse(f"nesting deeper than {self.DEEPEST}")

    def shallower(self) -> None:
        self.depth -= 1

    def text_between(self, start: int, end: int) -> str:
        """The statement's own text from one position up to another."""
        return self.sql[start - 1 : end - 1]

    def with_text(self, item: Callable[[TokenReader], _Item]) -> tuple[_Item, str]:
        """Something, and how it was written."""
        start = self.token.at
        found = item(self)
        return found, self.text_between(start, self.tokens[self.index - 1].end)
