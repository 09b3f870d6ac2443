"""Roles that nobody can hold."""

from __future__ import annotations

import pytest

from tokonoma.data.policy.file import parse
from tokonoma.data.policy.reach import unreached


@pytest.mark.parametrize(
    ("names", "kinds", "said"),
    [
        ('xsuaa = "$XSAPPNAME.Display"', ("ias",), "says nothing for ias"),
        ('xsuaa = "$XSAPPNAME.Display"', ("xsuaa", "ias"), ""),
        ('cumulocity = "ROLE_X"', ("xsuaa", "ias"), "says nothing for xsuaa or ias"),
        ('cumulocity = "ROLE_X"', (), ""),
        ('ias = "Tokonoma Viewer"', ("ias",), "has 'group:' in front"),
        ('ias = "group: Tokonoma Viewer"', ("ias",), "blanks"),
        ('ias = "group:Tokonoma Viewer "', (), "blanks"),
        ('ias = "group:Tokonoma Viewer\u00a0"', (), "blanks"),
        ('ias = "group:Tokonoma\u00a0Viewer"', ("ias",), ""),
        ('ias = "openid"', ("ias",), ""),
        ('ias = "$XSAPPNAME.Operate"', ("ias",), ""),
    ],
)
def test_a_role_that_nobody_holds_is_told(names: str, kinds: tuple[str, ...], said: str) -> None:
    found = list(unreached(parse(f"[roles]\nviewer = {{ {names} }}\n"), kinds))
    assert len(found) == bool(said)
    assert all("'viewer'" in each and said in each for each in found)
