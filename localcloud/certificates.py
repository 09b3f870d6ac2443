"""A certificate authority for one laptop, so that every client can keep its validation switched on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .server_certificate import ServerCertificate

LOOPBACK_NAMES = ("localhost", "127.0.0.1")


class Authority:
    """Issues certificates that are good for a month; a new authority is a new, unrelated root."""

    def __init__(self, common_name: str = "Tokonoma local cloud") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_CA_KEY_USAGE, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        """The root, PEM text: what a client puts into its trust store."""

    def issue(
        self, hosts: tuple[str, ...] = LOOPBACK_NAMES, valid_for: timedelta = timedelta(days=30)
    ) -> ServerCertificate:
        """Issue a certificate for `hosts`; a negative `valid_for` makes one that has expired already.

        hdbcli looks at DNS names only, so an address stands among them as well and ignores addresses.
        """
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
        for host in hosts:
            try:
                names.append(x509.IPAddress(ip_address(host)))
            except ValueError:
                continue
        alternative = x509.SubjectAlternativeName(names)
        return self._issue(hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, valid_for, alternative)

    def issue_client(self, name: str, valid_for: timedelta = timedelta(days=30)) -> ServerCertificate:
        """Issue a certificate that a client shows; `name` is its subject's common name."""
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, valid_for)

    def _issue(
        self,
        name: str,
        purpose: x509.ObjectIdentifier,
        valid_for: timedelta,
        alternative: x509.SubjectAlternativeName | None = None,
    ) -> ServerCertificate:
        key = ec.generate_private_key(ec.SECP256R1())
        end = datetime.now(UTC) + valid_for
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(end, datetime.now(UTC)) - timedelta(hours=1))
            .not_valid_after(end)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if alternative:
            builder = builder.add_extension(alternative, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return ServerCertificate(
            certificate.public_bytes(serialization.Encoding.PEM).decode(),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        )


TRUST_STORE_PASSWORD = "changeit"  # noqa: S105 - Java wants one, but what lies in the store is public
"""The password of the trust stores for Java, which is Java's own default."""


def write_trust(certificate: str, folder: Path, name: str = "authority") -> Path:
    """Write a root (PEM text) in the forms that clients read, and return the path of `<name>.pem`.

    Beside it lie `<name>.cer` in DER, for Rust, and `<name>.p12`, a trust store for Java.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = x509.load_pem_x509_certificate(certificate.encode())
    store = pkcs12.serialize_java_truststore(
        [pkcs12.PKCS12Certificate(root, name.encode())],
        serialization.BestAvailableEncryption(TRUST_STORE_PASSWORD.encode()),
    )
    pem = folder / f"{name}.pem"
    pem.write_text(certificate)
    (folder / f"{name}.cer").write_bytes(root.public_bytes(serialization.Encoding.DER))
    (folder / f"{name}.p12").write_bytes(store)
    return pem


_CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
