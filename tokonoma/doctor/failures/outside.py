"""What can be wrong as somebody sees it who opens the address; and what the doctor itself can meet."""

from __future__ import annotations

from tokonoma.doctor.failures.failure import BIND_ANEW, DOCTOR_ITSELF, LOGIN, NO_ROUTE, TLS, Failure, note

OUTSIDE = (
    Failure(
        "url.unreachable", "the address is wrong, or the network does not lead there", "cf app web", "502"
    ),
    Failure("url.certificate", "a proxy opens TLS, or roots are missing here", "SSL_CERT_FILE", TLS),
    Failure("url.route", "the address is wrong, the app stopped, or no instance ready", "cf apps", NO_ROUTE),
    Failure(
        "url.answer", "something else than the approuter answers", "cf app web; cf logs web --recent", "502"
    ),
    Failure(
        "url.login",
        "nobody is sent to sign in",
        "cf logs web --recent; cf services: is pyuaa or pyias bound to web?",
        "500-from-the-approuter",
    ),
    Failure(
        "url.redirect",
        "the identity provider does not know this address",
        "vars.yml; make deployment; cf update-service pyuaa -c xs-security.json",
        LOGIN,
    ),
    Failure("url.client", "web has a client that the identity provider does not know", BIND_ANEW, "401"),
    Failure(
        "url.foreign",
        "web is bound to another instance than myapp, which refuses its tokens",
        "bind the same to both, cf restage",
        "401",
    ),
    Failure(
        "url.authorize",
        "the identity provider does not show its sign-in page",
        "the platform's status page",
        "500-from-the-approuter",
    ),
    note("url.headers", "a proxy takes them away, or another xs-app.json was pushed", "cf push web", "502"),
    note(
        "url.cookie",
        "they could be read on the way, or by scripts",
        "COOKIES in manifest.yml; cf push web",
        "401",
    ),
    Failure(
        "url.scope",
        "a role template lacks the scope uaa.user",
        "scope-references of xs-security.json: uaa.user; cf update-service pyuaa -c xs-security.json",
        LOGIN,
    ),
    note(
        "url.frame",
        "browsers keep such a cookie out of frames: people sign in for ever",
        "a page of its own; or COOKIES with SameSite None and Partitioned",
        "401",
    ),
    note(
        "url.sticky",
        "with two instances the other one knows neither state nor session",
        "a Redis (docs/scaling.md), or one instance; the session cookie is JSESSIONID",
        "401",
    ),
)

DOCTOR = (
    Failure("doctor.slow", "it takes longer than it should", "once more; the network", DOCTOR_ITSELF),
    Failure("doctor.failed", "a fault of the doctor's own", "tell us the line", DOCTOR_ITSELF),
)
