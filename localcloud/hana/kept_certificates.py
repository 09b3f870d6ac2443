"""The certificate of a local HANA that clients go on trusting from one start to the next."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from localcloud.certificates import LOOPBACK_NAMES, Authority, write_trust
from localcloud.server_certificate import ServerCertificate

_LEFT = timedelta(days=1)
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


def certificates(folder: Path, names: tuple[str, ...] = ()) -> tuple[Path, ServerCertificate]:
    """The root's file and the server's certificate, for loopback and for `names`; kept in `folder`.

    New ones are made where there are none, where they lack a name, or where they are about to expire.
    Raises OSError where the folder cannot be used, ValueError where what lies there is no certificate.
    """
    hosts = tuple(dict.fromkeys((*LOOPBACK_NAMES, *names)))
    root, server, key = folder / "authority.pem", folder / "server.pem", folder / "server.key"
    if root.exists() and server.exists() and key.exists() and _is_good(server, key, hosts):
        write_trust(root.read_text(), folder)
        return root, ServerCertificate(server.read_text(), key.read_text())
    authority = Authority("Local HANA")
    certificate = authority.issue(hosts)
    certificate.write(folder, "server")
    return write_trust(authority.certificate, folder), certificate


def _is_good(server: Path, key: Path, hosts: tuple[str, ...]) -> bool:
    try:
        kept = x509.load_pem_x509_certificate(server.read_bytes())
        load_pem_private_key(key.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        text = f"{server.parent}: {server.name} and {key.name} are no certificate and its key"
        raise ValueError(text) from None
    names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    has_all = {*hosts} <= {*names.get_values_for_type(x509.DNSName)}
    return has_all and kept.not_valid_after_utc - datetime.now(UTC) > _LEFT


def host_names(text: str) -> tuple[str, ...]:
    """The names, or addresses, between commas. A type for argparse."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise argparse.ArgumentTypeError(f"{name!r} is not the name of a machine")
    return names


def address(text: str) -> str:
    """An IPv4 address to listen on. A type for argparse."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IPv4 address") from None
