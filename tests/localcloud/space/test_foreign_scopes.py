"""References to the scopes of other applications."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.space.foreign_scopes import without_foreign_scopes
from localcloud.xsuaa.descriptor import read_descriptor

OTHER = "$XSAPPNAME(application,other).Read"


def test_what_refers_to_other_applications_is_left_out_and_told() -> None:
    own, gone = without_foreign_scopes(
        {
            "xsappname": "shop",
            "scopes": [{"name": "$XSAPPNAME.Buy"}],
            "authorities": ["$ACCEPT_GRANTED_AUTHORITIES", "$XSAPPNAME(application,third).Write"],
            "role-templates": [
                {
                    "name": "Buyer",
                    "scope-references": ["$XSAPPNAME.Buy", OTHER],
                    "foreign-scope-references": [OTHER, "uaa.user"],
                }
            ],
        }
    )
    assert gone == ["$XSAPPNAME(application,third).Write", OTHER]
    [collection] = read_descriptor(own).role_collections
    assert collection.scopes == ("shop!t1.Buy", "uaa.user")


@pytest.mark.parametrize(
    "document",
    [{}, {"authorities": 1}, {"role-templates": [1, {"scope-references": {}}]}, {"role-templates": "x"}],
)
def test_what_has_another_form_is_left_to_the_xsuaa(document: dict[str, Any]) -> None:
    assert without_foreign_scopes(document) == (document, [])
