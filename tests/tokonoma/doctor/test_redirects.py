"""The rules of redirect addresses, which are those of the local XSUAA."""

from __future__ import annotations

import pytest

from localcloud.xsuaa.redirects import is_allowed
from tokonoma.doctor.redirects import is_registered

ADDRESS = "https://web.eu10.example.com/login/callback"
FITTING = [
    *(ADDRESS, "https://web.eu10.example.com", "HTTPS://WEB.eu10.example.com:443/login/callback"),
    *("https://*.example.com/**", "https://w*.eu10.example.com/**", "https://web.eu10.example.com:*/**"),
    *("https://web.eu10.example.com/*/callback", "https://web.eu10.example.com/login/callbac?"),
    *("https://web.eu10.example.com/**/callback", "https://*.*.example.com/login/*"),
]
OTHERS = [
    *("https://web.eu10.example.com/*", "https://*/**", "https://*.com/**", "https://web*/**", ""),
    *(
        "http://web.eu10.example.com/**",
        "https://web.eu10.example.com:8443/**",
        "https://eu10.example.com/**",
    ),
    *("https://web.eu10.example.com/login/callback?authType=ias", "https://web.eu10.example.com/"),
    *(
        "https://web.eu10.example.com/Login/callback",
        "web.eu10.example.com",
        "https://[x/**",
        "https://*.eu10/**",
    ),
]


@pytest.mark.parametrize(("pattern", "fits"), [(p, True) for p in FITTING] + [(p, False) for p in OTHERS])
def test_an_address_fits_a_pattern_as_xsuaa_says(pattern: str, fits: bool) -> None:
    assert is_registered(ADDRESS, [pattern]) is fits
    assert is_allowed(ADDRESS, [pattern]) is fits


def test_what_is_no_address_is_not_registered() -> None:
    assert not is_registered("https://[x/login/callback", ["https://*.example.com/**"])
