"""The allow-list of addresses to which a browser may be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.xsuaa.redirects import is_allowed


@pytest.mark.parametrize(
    ("pattern", "uri"),
    [
        ("https://app.example.com/login/callback", "https://app.example.com/login/callback"),
        ("https://app.example.com/login/callback", "HTTPS://APP.example.com/login/callback"),
        ("https://app.example.com/login/callback", "https://app.example.com:443/login/callback"),
        ("https://app.example.com", "https://app.example.com/login/callback?x=y"),
        ("https://app.example.com/**", "https://app.example.com/login/callback"),
        ("https://app.example.com/**", "https://app.example.com/"),
        ("https://app.example.com/**", "https://app.example.com"),
        ("https://app.example.com/my/**", "https://app.example.com/my"),
        ("https://app.example.com/my/**", "https://app.example.com/my/a/b"),
        ("https://app.example.com/**/callback", "https://app.example.com/callback"),
        ("https://app.example.com/**/callback", "https://app.example.com/a/b/callback"),
        ("https://app.example.com/*/callback", "https://app.example.com/login/callback"),
        ("https://app.example.com/log?n", "https://app.example.com/log1n"),
        ("https://*.example.com/callback/**", "https://app.example.com/callback/x"),
        ("https://*.example.com/**", "https://a.b.example.com/x"),
        ("https://app-*.example.com/**", "https://app-dev.example.com/x"),
        ("http://localhost:*/**", "http://localhost:5000/login/callback"),
        ("http://localhost:*/**", "http://localhost/login/callback"),
        ("http://localhost:5000/**", "http://localhost:5000/login/callback"),
    ],
)
def test_allowed(pattern: str, uri: str) -> None:
    assert is_allowed(uri, ["https://elsewhere.example/", pattern])


@pytest.mark.parametrize(
    ("pattern", "uri"),
    [
        ("https://app.example.com/login/callback", "http://app.example.com/login/callback"),
        ("https://app.example.com/login/callback", "https://app.example.com/login/callback/"),
        ("https://app.example.com/login/callback", "https://app.example.com/login/callback/more"),
        ("https://app.example.com/login/callback", "https://app.example.com/login"),
        ("https://app.example.com/login/callback", "https://app.example.com/Login/callback"),
        ("https://app.example.com/login/callback", "https://app.example.com/login/callback?x=y"),
        ("https://app.example.com/login/callback", "https://app.example.com:8443/login/callback"),
        ("https://app.example.com/my/**", "https://app.example.com/mypage"),
        ("https://app.example.com/my/**", "https://app.example.com/my/../secret"),
        ("https://app.example.com/my/**", "https://app.example.com/my/%2e%2e/secret"),
        ("https://app.example.com/my/**", "https://app.example.com/my/%252e%252e/secret"),
        ("https://app.example.com/*/callback", "https://app.example.com/a/b/callback"),
        ("https://app.example.com/log?n", "https://app.example.com/log/n"),
        ("https://*.example.com/**", "https://example.com/"),
        ("https://*.example.com/**", "https://app.example.com.evil.example/"),
        ("https://*.example.com/**", "https://evil.example/x.example.com/"),
        ("https://*.example.com/**", "https://evil.example?.example.com/"),
        ("https://*.example.com/**", "https://evil.example#.example.com/"),
        ("https://*.example.com/**", "https://evil.example\\.example.com/"),
        ("https://*.example.com/**", "https://evilexample.com/"),
        ("https://*.example.com/**", "https://a;script-src.example.com/"),
        ("https://*.example.com/**", "https://ünsafe.example.com/"),
        ("https://*.com/**", "https://evil.com/"),
        ("https://*/**", "https://evil.example/"),
        ("https://*.com*/**", "https://evil.com.example/"),
        ("https://app*/**", "https://app.evil.example/"),
        ("http://localhost:5000/**", "http://localhost:5000@evil.example/"),
        ("http://localhost:5000/**", "http://localhost:5001/"),
        ("http://localhost:5000/**", "http://localhost/"),
        ("http://localhost:5000/**", "http://127.0.0.1:5000/"),
        ("http://localhost:5000/**", "http://localhost:5000/x#fragment"),
        ("http://localhost:5000/**", "http://localhost:5000/x\r\nSet-Cookie: a=b"),
        ("http://localhost:5000/**", "http://localhost:5000/a b"),
        ("http://localhost:5000/**", "http://localhost:99999999/"),
        ("http://localhost:5000/**", "http://localhost:port/"),
        ("http://localhost:5000/**", "//localhost:5000/"),
        ("http://localhost:5000/**", "/login/callback"),
        ("http://localhost:5000/**", "javascript:alert(1)"),
        ("http://localhost:5000/**", "http://[::1"),
        ("http://localhost:5000/**", ""),
        ("not a pattern", "not a pattern"),
    ],
)
def test_refused(pattern: str, uri: str) -> None:
    assert not is_allowed(uri, [pattern])


def test_without_a_list_nothing_is_allowed() -> None:
    assert not is_allowed("http://localhost:5000/", [])


@given(st.text(), st.text())
def test_no_text_is_allowed_by_accident(uri: str, pattern: str) -> None:
    assert is_allowed(uri, [pattern]) in (True, False)
    assert not is_allowed(uri, ["https://app.example.com/only/this/one"])


@given(st.from_regex(r"[a-z0-9./@:?#%\\-]{0,30}", fullmatch=True))
def test_behind_a_wildcard_the_host_is_always_the_owners(rest: str) -> None:
    uri = "https://" + rest
    if is_allowed(uri, ["https://*.example.com/**"]):
        assert uri.partition("://")[2].split("/")[0].partition(":")[0].endswith(".example.com")
