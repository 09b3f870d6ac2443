"""One file of certificates that every app trusts, and the variables by which each runtime is told of it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""OpenSSL's own, with Python, Go and Ruby; Python's requests; curl; Node."""
TRUST_FILE = VARIABLES[0]
"""One of them, for who has to find the file again."""


def write_trust_file(folder: Path, root: str) -> dict[str, str]:
    """Write `trust.pem`, with `root` and what this machine trusts, and return the variables that name it.

    The machine's own roots are there too, because most of the variables replace them.
    """
    file = folder / "trust.pem"
    file.write_text(root + "".join(_of_the_machine()))
    return dict.fromkeys(VARIABLES, str(file))


def _of_the_machine() -> list[str]:
    paths = ssl.get_default_verify_paths()
    roots = next(filter(None, (os.environ.get("SSL_CERT_FILE"), paths.cafile, _of_certifi())), None)
    extra = os.environ.get("NODE_EXTRA_CA_CERTS")
    texts = []
    for name in filter(None, (roots, extra)):
        try:
            texts.append(Path(name).read_text(errors="replace"))
        except OSError:
            continue
    return texts


def _of_certifi() -> str | None:
    try:
        import certifi
    except ImportError:
        return None
    return certifi.where()
