"""When the certificates in a binding's credentials end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from tokonoma.doctor.checkup import Seen

SOON = 7
"""Days before its end from which a certificate is worth a note; XSUAA's own last seven."""
_BEGIN = "-----BEGIN CERTIFICATE-----"


def ends(name: str, credentials: Mapping[str, Any], *, roots: bool = False) -> Iterator[Seen]:
    """What is to be said of the certificate in the binding `name`; of `roots` the last one counts."""
    moments: list[datetime] = []
    pem, told = credentials.get("certificate"), credentials.get("certificate_expires_at")
    try:
        if isinstance(pem, str) and pem:
            chain = x509.load_pem_x509_certificates(pem[pem.index(_BEGIN) :].encode())
            # A client's own certificate comes first, those that vouch for it behind it.
            moments += [
                max(each.not_valid_after_utc for each in chain) if roots else chain[0].not_valid_after_utc
            ]
        if told:
            moments.append(_moment(told))
    except (ValueError, TypeError):
        yield Seen(f"the certificate in the binding {name!r} cannot be read", "certificate.unreadable")
    if moments:
        yield _judged(name, min(moments))


def _judged(name: str, end: datetime) -> Seen:
    days = (end - datetime.now(UTC)).total_seconds() / 86400
    day = end.date().isoformat()
    if days <= 0:
        return Seen(f"the certificate in the binding {name!r} expired on {day}", "certificate.expired")
    if days <= SOON:
        return Seen(f"the certificate in the binding {name!r} ends on {day}", "certificate.ends")
    return Seen(f"the certificate in the binding {name!r} is good until {day}")


def _moment(text: object) -> datetime:
    """ISO 8601, as brokers write it. Raises ValueError or TypeError."""
    if not isinstance(text, str):
        raise TypeError
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
