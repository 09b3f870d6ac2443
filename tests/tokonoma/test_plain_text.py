"""One rule for the names of people, groups and roles."""

from __future__ import annotations

import pytest

from tokonoma.data.policy.file import parse
from tokonoma.errors import PolicyError
from tokonoma.plain_text import is_plain


@pytest.mark.parametrize("text", ["Zürich ラボ", "no\u00a0break", "thin\u2009space", "family\u200d"])
def test_a_group_of_a_token_can_be_named_in_the_policy(text: str) -> None:
    assert is_plain(text)
    assert parse(f'[roles]\nviewer = {{ ias = "group:{text}" }}\n').roles["viewer"]["ias"] == f"group:{text}"


@pytest.mark.parametrize("escape", ["\\u0000", "\\n", "\\u2028", "\\u0085"])
def test_what_breaks_lines_is_no_name(escape: str) -> None:
    assert not is_plain(escape.encode().decode("unicode_escape"))
    with pytest.raises(PolicyError, match="printable"):
        parse(f'[roles]\nviewer = {{ ias = "group:{escape}" }}\n')
