"""A server's certificate and key as texts. Who only shows one does not wait for what makes them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ServerCertificate:
    """A certificate chain and its private key, both PEM text."""

    certificate: str
    key: str = field(repr=False)

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write `<name>.pem` and `<name>.key` (readable by the owner only) and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_text(self.certificate)
        key.touch(mode=0o600)
        key.write_text(self.key)
        return certificate, key

    def ssl_context(self, folder: Path, name: str = "server") -> ssl.SSLContext:
        """A server-side context; `folder` holds the two files that `ssl` insists on reading."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.write(folder, name))
        return context
