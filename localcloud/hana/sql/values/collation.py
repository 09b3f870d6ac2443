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
_LIKE = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "ς": "σ"}
"""Letters that no decomposition makes of a plain one and an accent."""

_NORDIC = "z<å<ä=æ<ö=ø"
_DANISH = "z<æ=ä<ø=ö<å=aa"
_SOUTH_SLAVIC = "c<č<ć d<dž<đ l<lj n<nj s<š z<ž"
RULES = {
    "AZERBAIJANI": "c<ç e<ə g<ğ h<x<ı k<q o<ö s<ş u<ü z<w",
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
    AFRIKAANS ALBANIAN ARABIC ARMENIAN BASQUE BENGALI BRETON BULGARIAN CATALAN CHINESE
    CHINESE_HANS CHINESE_HANT DEFAULT DUTCH ENGLISH ESPERANTO FAROESE FRENCH GALICIAN GEORGIAN GERMAN GREEK
    HEBREW HINDI INDONESIAN IRISH ITALIAN JAPANESE KAZAKH KOREAN LATIN LUXEMBOURGISH MACEDONIAN MALAY MALTESE
    PERSIAN PORTUGUESE ROMANSH RUSSIAN SERBIAN SWAHILI TAGALOG TAMIL THAI UKRAIANAN URDU UZBEK WELSH
"""
PLAIN = frozenset(_PLAIN_NAMES.split())
"""Collations without rules of their own."""

_CODES = """
    ar ARABIC az AZERBAIJANI bg BULGARIAN ca CATALAN cs CZEC da DANISH de GERMAN el GREEK en ENGLISH
    es SPANISH et ESTONIAN fi FINNISH fr FRENCH he HEBREW hr CROATIAN hu HUNGARIAN is ICELANDIC it ITALIAN
    ja JAPANESE ko KOREAN lt LITHUANIAN lv LATVIAN nb NORWEGIAN_BOKMÅL nl DUTCH nn NORWEGIAN_NYNORSK
    no NORWEGIAN pl POLISH pt PORTUGUESE ro ROMANIAN ru RUSSIAN sk SLOVAKIAN sl SLOVENE sv SWEDISH th THAI
    tr TURKISH uk UKRAIANAN vi VIETNAMESE zh CHINESE
"""
LANGUAGES = dict(zip(_CODES.split()[::2], _CODES.split()[1::2], strict=True))
"""The collation of a language by its code; any other has the plain one."""

_DOTLESS = {"I": "ı", "İ": "i"}
_SMALL = {"AZERBAIJANI": _DOTLESS, "TURKISH": _DOTLESS}
"""The small letters of a language that are not everybody's."""
_KEPT_DOT = re.compile("([iIjJ]\u0328?)\u0307(?=[\u0300\u0301\u0303])")
"""The dot that Lithuanian keeps below another accent; it makes no difference."""

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
    """The letters that a language has for itself.

    `places` has for each the letter that it follows or counts as, how far behind that it is, and which of
    the letters of that place it is.
    """

    def __init__(self, text: str) -> None:
        self.places: dict[str, tuple[str, int, int]] = {}
        for chain in text.split():
            base, *behind = chain.split("<")
            base, *same = base.split("=")
            for variant, each in enumerate(same, 1):
                self.places[each] = (base, 0, variant)
            for number, letters in enumerate(behind, 1):
                for variant, each in enumerate(letters.split("=")):
                    self.places[each] = (base, number, variant)
        longest_first = sorted(self.places, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def letter_at(self, text: str, at: int) -> tuple[str, str, str]:
        """What stands there: its characters, which letter that is, and the accents on that letter."""
        match = self.pattern.match(text, at) if self.pattern is not None else None
        if match is not None:
            return match[0], match[0], ""
        character = text[at]
        letter, *accents = list(unicodedata.normalize("NFD", character))
        for number, accent in enumerate(accents):
            if (own := unicodedata.normalize("NFC", letter + accent)) in self.places:
                return character, own, "".join(accents[:number] + accents[number + 1 :])
        return character, character, ""


@lru_cache(maxsize=64)
def _rules(name: str) -> Rules:
    return Rules(RULES.get(name, ""))


def sort_key(text: str, name: str) -> bytes:
    """A key that sorts as the text does in a collation."""
    rules = _rules(name)
    primary, secondary, tertiary = bytearray(), bytearray(), bytearray()
    small, capitals = _small(text, name)
    at = 0
    while at < len(small):
        found, letter, accents = rules.letter_at(small, at)
        if letter in rules.places:
            base, offset, variant = rules.places[letter]
            for each in base:
                primary += _place(each, offset)
                offset = 0
            secondary.append(min(255, 1 + variant + _weight(accents)))
        else:
            _add_plain(letter, primary, secondary)
        tertiary += capitals[at : at + len(found)]
        at += len(found)
    return bytes(primary + _END + secondary + _END + tertiary)


def _small(text: str, name: str) -> tuple[str, bytes]:
    """The text in small letters, and for each character 2 if it was a capital, else 1."""
    if name == "LITHUANIAN":
        text = _KEPT_DOT.sub(r"\1", unicodedata.normalize("NFD", text))
    own = _SMALL.get(name, {})
    letters, capitals = [], bytearray()
    for character in unicodedata.normalize("NFC", text):
        small = own.get(character) or character.lower()
        letters.append(small)
        capitals += bytes((1 + (small != character),)) * len(small)
    return "".join(letters), bytes(capitals)


def _add_plain(character: str, primary: bytearray, secondary: bytearray) -> None:
    """A character without a rule: its plain letters, and its accents."""
    letters = _EXPANDED.get(character) or _LIKE.get(character)
    if letters is not None:
        for each in letters:
            primary += _place(each, 0)
        secondary.append(2)
        return
    decomposed = unicodedata.normalize("NFKD", character)
    accents = "".join(each for each in decomposed if unicodedata.combining(each))
    for each in decomposed:
        if not unicodedata.combining(each):
            primary += _place(each, 0)
    secondary.append(min(255, 1 + _weight(accents)))


def _weight(accents: str) -> int:
    return sum(ord(each) - 0x2FF for each in accents if ord(each) > 0x2FF)


@lru_cache(maxsize=8192)
def _place(character: str, offset: int) -> bytes:
    category = unicodedata.category(character)
    group = 4 if category == "Sc" else _GROUPS.get(category[0], _LETTERS)
    return bytes([group]) + ord(character).to_bytes(3, "big") + bytes([1 + offset])
