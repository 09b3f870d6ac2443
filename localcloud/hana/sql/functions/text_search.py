"""How near a text is to what is searched for: an approximation of HANA's search for words."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache

from localcloud.hana.model import Value

from .patterns import like

_WORD = re.compile(r"\w+")
_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')
_LONGEST_WORD = 100
_PREFIX = 0.9
"""The score of a word that begins with the term, or holds it."""


def _plain(text: str) -> str:
    """A text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


@lru_cache(maxsize=1024)
def _alternatives(term: str) -> tuple[tuple[tuple[bool, str], ...], ...]:
    """What is searched for: alternatives, with OR between them, of terms that must be there or must not."""
    found: list[list[tuple[bool, str]]] = [[]]
    for match in _TERM.finditer(term):
        word = match["phrase"] if match["phrase"] is not None else match["word"]
        if word == "OR" and match["phrase"] is None:
            found.append([])
        elif word == "AND" and match["phrase"] is None:
            continue
        elif word:
            found[-1].append((match["minus"] is None, _plain(word)))
    return tuple(tuple(each) for each in found if each)


def text_score(term: Value, *columns: Value) -> Value:
    """The score from 0 to 1 of the best column; `columns` are text, least score and weight of each in turn.

    Every term must be found in some column. A least score of 0 wants equal words.
    """
    if term is None:
        return None
    searched = [
        (_plain(str(text)), float(str(least)), float(str(weight)))
        for text, least, weight in zip(columns[::3], columns[1::3], columns[2::3], strict=True)
        if text is not None
    ]
    return max((_score(each, searched) for each in _alternatives(str(term))), default=0.0)


def _score(terms: tuple[tuple[bool, str], ...], columns: list[tuple[str, float, float]]) -> float:
    scores = []
    for wanted, term in terms:
        best = max((_in_text(term, text, least) * weight for text, least, weight in columns), default=0.0)
        if wanted != (best > 0):
            return 0.0
        if wanted:
            scores.append(best)
    return sum(scores) / len(scores) if scores else 1.0


def _in_text(term: str, text: str, least: float) -> float:
    if any(each in term for each in "*%?_"):
        pattern = term.replace("*", "%").replace("?", "_")
        return 1.0 if any(like(word, pattern) for word in set(_WORD.findall(text))) else 0.0
    if re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text):
        return 1.0
    if not least:
        return 0.0
    if term in text:
        return _PREFIX
    return max((_likeness(term, word, least) for word in set(_WORD.findall(text))), default=0.0)


def _likeness(term: str, word: str, least: float) -> float:
    """How much two words are alike, 0 if it is less than `least`; very long ones are not measured."""
    if max(len(term), len(word)) > _LONGEST_WORD:
        return 0.0
    matcher = difflib.SequenceMatcher(None, term, word)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    found = matcher.ratio()
    return found if found >= least else 0.0
