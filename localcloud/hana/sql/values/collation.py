"""The order of texts in a language: keys of three levels, which compare as bytes.

Letters come first, then their accents, then their case, as the Unicode collation algorithm has it. Its table
of all characters is not here: letters without a rule stand by their code points. That is the order of the
alphabet for Latin, Greek, Cyrillic and most others, and no dictionary's for Chinese, Japanese and Korean.
"""
# ruff: noqa: RUF001 - letters of many languages, which look like others

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_EXPANDED = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij"}
_LIKE = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t"}
"""Letters that no decomposition makes of a plain one and an accent."""

_NORDIC = "z<å<ä=æ<ö=ø"
_DANISH = "z<æ=ä<ø=ö<å=aa"
_SOUTH_SLAVIC = "c<č<ć d<dž<đ l<lj n<nj s<š z<ž"
RULES = {
    "CROATIAN": _SOUTH_SLAVIC,
    "CROATIAN_BA": _SOUTH_SLAVIC,
    "CROATIAN_HR": _SOUTH_SLAVIC,
    "BOSNIAN": _SOUTH_SLAVIC,
    "CZEC": "c<č h<ch r<ř s<š z<ž",
    "DANISH": _DANISH,
    "ESTONIAN": "s<š<z<ž w<õ<ä<ö<ü",
    "FINNISH": _NORDIC,
    "GERMAN_PHONEBOOK": "ae=ä oe=ö ue=ü",
    "HUNGARIAN": "c<cs d<dz<dzs g<gy l<ly n<ny o<ö=ő s<sz t<ty u<ü=ű z<zs",
    "ICELANDIC": "a<á d<ð e<é i<í o<ó u<ú y<ý z<þ<æ<ö=ø<å",
    "LATVIAN": "c<č g<ģ k<ķ l<ļ n<ņ s<š z<ž",
    "LITHUANIAN": "c<č i=y s<š z<ž",
    "NORWEGIAN": _DANISH,
    "NORWEGIAN_BOKMÅL": _DANISH,
    "NORWEGIAN_NYNORSK": _DANISH,
    "POLISH": "a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż",
    "ROMANIAN": "a<ă<â i<î s<ș=ş t<ț=ţ",
    "SLOVAKIAN": "a<ä c<č h<ch o<ô s<š z<ž",
    "SLOVENE": "c<č s<š z<ž",
    "SPANISH": "n<ñ",
    "SWEDISH": _NORDIC,
    "TURKISH": "c<ç g<ğ h<ı o<ö s<ş u<ü",
    "VIETNAMESE": "a<ă<â d<đ e<ê o<ô<ơ u<ư",
}
"""For each collation the letters of its language: `z<å` sorts å behind z, `ä=æ` sorts æ as ä is sorted."""

_PLAIN_NAMES = """
    AFRIKAANS ALBANIAN ARABIC ARMENIAN AZERBAIJANI BASQUE BENGALI BRETON BULGARIAN CATALAN CHINESE
    CHINESE_HANS CHINESE_HANT DEFAULT DUTCH ENGLISH ESPERANTO FAROESE FRENCH GALICIAN GEORGIAN GERMAN GREEK
    HEBREW HINDI INDONESIAN IRISH ITALIAN JAPANESE KAZAKH KOREAN LATIN LUXEMBOURGISH MACEDONIAN MALAY MALTESE
    PERSIAN PORTUGUESE ROMANSH RUSSIAN SERBIAN SWAHILI TAGALOG TAMIL THAI UKRAIANAN URDU UZBEK WELSH
"""
PLAIN = frozenset(_PLAIN_NAMES.split())
"""Collations without rules of their own."""

_CODES = """
    ar ARABIC bg BULGARIAN ca CATALAN cs CZEC da DANISH de GERMAN el GREEK en ENGLISH es SPANISH et ESTONIAN
    fi FINNISH fr FRENCH he HEBREW hr CROATIAN hu HUNGARIAN is ICELANDIC it ITALIAN ja JAPANESE ko KOREAN
    lt LITHUANIAN lv LATVIAN nb NORWEGIAN_BOKMÅL nl DUTCH nn NORWEGIAN_NYNORSK no NORWEGIAN pl POLISH
    pt PORTUGUESE ro ROMANIAN ru RUSSIAN sk SLOVAKIAN sl SLOVENE sv SWEDISH th THAI tr TURKISH uk UKRAIANAN
    vi VIETNAMESE zh CHINESE
"""
LANGUAGES = dict(zip(_CODES.split()[::2], _CODES.split()[1::2], strict=True))
"""The collation of a language by its code; any other has the plain one."""

_END = b"\0"
_GROUPS = {"Z": 1, "C": 1, "P": 2, "S": 3, "N": 5}
_LETTERS = 6


def is_collation(name: str) -> bool:
    """Whether a collation is known by that name."""
    return name in RULES or name in PLAIN


def of_locale(locale: str) -> str:
    """The collation of a locale such as de_DE or sv."""
    return LANGUAGES.get(re.split(r"[_@-]", locale)[0].lower(), "DEFAULT")


class Rules:
    """The letters that a language has for itself, each with the letter that it follows, or counts as."""

    def __init__(self, text: str) -> None:
        self.places: dict[str, tuple[str, int]] = {}
        for chain in text.split():
            base, *behind = chain.split("<")
            base, *same = base.split("=")
            for each in same:
                self.places[each] = (base, 0)
            for number, letters in enumerate(behind, 1):
                for each in letters.split("="):
                    self.places[each] = (base, number)
        longest_first = sorted(self.places, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


@lru_cache(maxsize=64)
def _rules(name: str) -> Rules:
    return Rules(RULES.get(name, ""))


def sort_key(text: str, name: str) -> bytes:
    """A key that sorts as the text does in a collation."""
    rules = _rules(name)
    primary, secondary, tertiary = bytearray(), bytearray(), bytearray()
    composed = unicodedata.normalize("NFC", text)
    if name == "TURKISH":
        composed = composed.replace("I", "ı").replace("İ", "i")
    lowered = composed.lower()
    at = 0
    while at < len(lowered):
        match = rules.pattern.match(lowered, at) if rules.pattern is not None else None
        found = match.group() if match is not None else lowered[at]
        is_upper = len(lowered) == len(composed) and composed[at] != lowered[at]
        if match is not None:
            base, offset = rules.places[found]
            for letter in base:
                primary += _place(letter, offset)
                offset = 0
            secondary.append(1 + (found != base))
        else:
            _add_plain(found, primary, secondary)
        tertiary.append(2 if is_upper else 1)
        at += len(found)
    return bytes(primary + _END + secondary + _END + tertiary)


def _add_plain(character: str, primary: bytearray, secondary: bytearray) -> None:
    """A character without a rule: its plain letters, and its accents."""
    letters = _EXPANDED.get(character) or _LIKE.get(character)
    if letters is not None:
        for each in letters:
            primary += _place(each, 0)
        secondary.append(2)
        return
    decomposed = unicodedata.normalize("NFKD", character)
    accents = [each for each in decomposed if unicodedata.combining(each)]
    for each in decomposed:
        if not unicodedata.combining(each):
            primary += _place(each, 0)
    secondary.append(min(255, 1 + sum(ord(each) - 0x2FF for each in accents if ord(each) > 0x2FF)))


@lru_cache(maxsize=8192)
def _place(character: str, offset: int) -> bytes:
    category = unicodedata.category(character)
    group = 4 if category == "Sc" else _GROUPS.get(category[0], _LETTERS)
    return bytes([group]) + ord(character).to_bytes(3, "big") + bytes([1 + offset])
