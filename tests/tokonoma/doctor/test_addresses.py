"""Addresses from outside: what is told of them holds no secret, and what is none breaks nothing."""

from __future__ import annotations

import pytest

from tokonoma.doctor.addresses import NONE, host_of, is_address, joined, told


@pytest.mark.parametrize(
    ("address", "shown", "host"),
    [
        ("https://web.example.com/login", "https://web.example.com/login", "web.example.com"),
        ("https://u:Geheim@web:8443/x?Geheim#Geheim", "https://web:8443/x", "web:8443"),
        ("https://u:p@Geheim@web/x", "https://web/x", "web"),
        ("u:Geheim@idp.example.com?Geheim", "idp.example.com", "idp.example.com"),
        ("https://[::1]:443/x", "https://[::1]:443/x", "[::1]:443"),
        ("https://*.example.com/**", "https://*.example.com/**", "*.example.com"),
        ("https://u:Geheim/x@web/", NONE, NONE),
        ("https://u/Geheim@web/", "https://u", "u"),
        ("https://u:1?Geheim@web/", "https://u:1", "u:1"),
        ("http://[Geheim", NONE, NONE),
        ("", NONE, NONE),
    ],
)
def test_an_address_is_told_without_what_may_be_a_secret(address: str, shown: str, host: str) -> None:
    assert (told(address), host_of(address)) == (shown, host)


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://web:8443/x", True),
        ("https://[::1]/", True),
        *((each, False) for each in ("http://[", "https://", "https://web:port", "https://web:0", "web", "")),
    ],
)
def test_an_address_names_a_host(url: str, is_one: bool) -> None:
    assert is_address(url) is is_one


@pytest.mark.parametrize(
    ("location", "found"),
    [("/next", "https://web/next"), ("https://idp/", "https://idp/"), ("https://[x/", ""), ("http:///x", "")],
)
def test_a_redirect_leads_to_an_address_or_nowhere(location: str, found: str) -> None:
    assert joined("https://web/x", location) == found
