"""Beside the app: redirect addresses and destinations, as the platform reads them."""

from __future__ import annotations

import pytest

from tests.tokonoma.doctor.fake_cf import WEB, Space
from tests.tokonoma.doctor.test_beside import internal, judged, redirects


@pytest.mark.parametrize(
    ("pattern", "failures"),
    [
        ("https://*.cfapps.eu20.hana.ondemand.com/**", set()),
        (f"https://{WEB}", set()),
        (f"HTTPS://{WEB.upper()}:443/login/callback", set()),
        (f"https://{WEB}/*", {"cf.redirect"}),
        ("https://*/**", {"cf.redirect"}),
    ],
)
def test_a_pattern_of_the_descriptor_counts_as_the_platform_reads_it(
    pattern: str, failures: set[str]
) -> None:
    space = Space()
    redirects(pattern)(space)
    assert judged(space).failures == failures


@pytest.mark.parametrize("address", ["http://myapp.apps.internal:8080", "https://myapp.apps.internal:61443"])
def test_an_internal_route_with_its_port_has_no_failure(address: str) -> None:
    space = Space()
    internal(address)(space)
    assert judged(space).failures == set()


@pytest.mark.parametrize("pattern", ["http://u:Geheim-1@web/**", "http://web.example.com/x?Geheim-1"])
def test_what_is_told_of_a_redirect_address_holds_no_secret(pattern: str) -> None:
    space = Space()
    redirects(f"https://{WEB}/login/callback", pattern)(space)
    told = judged(space)
    assert told.failures == {"cf.redirect_form"}
    assert "http://web" in told.detail("cf.redirect_form")
    assert "Geheim" not in str(told.findings)
