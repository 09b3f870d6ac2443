"""Steps through the words of a text, and says what is wrong at one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

from tokonoma.errors import QueryInvalid, QueryUnsupported

from .tokens import LONGEST, Token, tokens_of

MOST_WORDS = 400
"""Words of one text; the items of lists do not count."""

_Made = TypeVar("_Made")


class Cursor:
    """A place among the words of one option, and of the parameter aliases that it uses."""

    def __init__(self, text: str, option: str) -> None:
        self.option = option
        self.index = self.taken = self._size = 0
        self.tokens = self.words(text)

    def words(self, text: str) -> list[Token]:
        """The words of this option or of an alias; the limit is for all of them together."""
        self._size += len(text)
        if self._size > LONGEST:
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
        if self.taken > MOST_WORDS:
            self.refuse(f"more than {MOST_WORDS} words", self.token)

    def is_symbol(self, text: str) -> bool:
        token = self.tokens[self.index]
        return token.kind == "symbol" and token.text == text

    def accept(self, symbol: str) -> bool:
        if not self.is_symbol(symbol):
            return False
        self.take()
        return True

    def expect(self, symbol: str) -> None:
        if not self.accept(symbol):
            self.refuse_next(f'"{symbol}"')

    def expect_end(self, wanted: str) -> None:
        if self.token.kind != "end":
            self.refuse_next(wanted)

    def accept_word(self, *words: str) -> str:
        """Step over one of these words, in any case; "" if none follows."""
        word = self.token.text.lower()
        if self.token.kind != "name" or word not in words:
            return ""
        self.take()
        return word

    def refuse(self, what: str, token: Token) -> NoReturn:
        raise QueryInvalid(what, self.option, token.at)

    def refuse_next(self, wanted: str) -> NoReturn:
        """Refuse the next word, because something else is expected. Raises QueryInvalid."""
        found = "the end" if self.token.kind == "end" else f'"{short(self.token.text)}"'
        self.refuse(f"{wanted} is expected, and there is {found}", self.token)

    def refuse_by_name(self, name: str, token: Token) -> NoReturn:
        raise QueryUnsupported(name, self.option, token.at)

    def made(self, token: Token, maker: Callable[..., _Made], *parts: object) -> _Made:
        """What `checks` or `literals` make of the parts; their errors are about this token."""
        try:
            return maker(*parts)
        except ValueError as error:
            raise QueryInvalid(str(error), self.option, token.at) from None
        except NotImplementedError as error:
            raise QueryUnsupported(str(error), self.option, token.at) from None


def short(text: str) -> str:
    """A piece of the caller's own text, short enough for a sentence."""
    return text if len(text) <= 60 else f"{text[:57]}…"
