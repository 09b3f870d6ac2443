from __future__ import annotations

import babel
import pytest

from tokonoma.pages.locales import LOCALES


@pytest.mark.parametrize("tag", LOCALES)
def test_a_locale_is_as_unicode_has_it(tag: str) -> None:
    """By Babel, which carries Unicode's CLDR."""
    right = babel.Locale.parse(tag, sep="-")
    signs = right.number_symbols.get("latn", right.number_symbols)
    names = right.day_periods["format"]["abbreviated"]
    ours = LOCALES[tag]
    assert ours.language == right.language
    assert (ours.group, ours.decimal) == (signs["group"], signs["decimal"])
    assert ours.months == tuple(right.months["format"]["abbreviated"][month] for month in range(1, 13))
    assert ours.periods == (names["am"], names["pm"])
    assert ours.day == str(right.date_formats["medium"].format)
    assert ours.clock == str(right.time_formats["medium"].format)
    assert ours.month_of_year == str(right.datetime_skeletons["yMMM"].format)
    assert ours.day_of_month == str(right.datetime_skeletons["MMMd"].format)
    assert ours.minute == str(right.time_formats["short"].format)
