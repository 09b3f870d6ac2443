"""What an app in Java needs: its jar, its port, and a trust store, which is all that a JVM reads."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning

from localcloud.certificates import TRUST_STORE_PASSWORD

_BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts")
_JARS = ("target/*-exec.jar", "target/*.jar", "build/libs/*.jar")
_NO_APP = re.compile(r"(-plain|-sources|-javadoc|-tests)\.jar$|^original-")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_JAVA = re.compile(r"(^|[\s/;&])java\s")


def jar_command(folder: Path) -> str:
    """The command for the jar that a build has left in a folder; empty where there is none."""
    for pattern in _JARS:
        found = [file for file in folder.glob(pattern) if not _NO_APP.search(file.name)]
        if found:
            newest = max(found, key=lambda file: file.stat().st_mtime)
            return f"exec java -jar {shlex.quote(str(newest.relative_to(folder)))}"
    return ""


def placed(path: Path, command: str) -> tuple[Path, str]:
    """The folder of an app and its command; what is pushed may be a jar."""
    if path.suffix != ".jar":
        return path, command
    return path.parent, command or f"exec java -jar {shlex.quote(path.name)}"


def is_java(folder: Path, commands: Iterable[str]) -> bool:
    """Whether an app runs on a JVM, as its build or its commands say."""
    return any((folder / name).is_file() for name in _BUILDS) or any(map(_JAVA.search, commands))


def java_variables(port: int, trust: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Where to listen, as Spring Boot reads it, and what to trust; `trust` is a file of roots (PEM)."""
    options = (
        f"-Djavax.net.ssl.trustStore={_store(trust)} -Djavax.net.ssl.trustStoreType=PKCS12 "
        f"-Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}"
    )
    return {
        "SERVER_PORT": env.get("SERVER_PORT", str(port)),
        "JAVA_TOOL_OPTIONS": f"{env.get('JAVA_TOOL_OPTIONS', '')} {options}".strip(),
    }


def _store(trust: Path) -> Path:
    """Write the roots of a file as a trust store beside it."""
    store = trust.with_suffix(".p12")
    roots = []
    # Machines trust some roots that the library takes with a warning, and will not take for ever.
    with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
        for text in _CERTIFICATE.findall(trust.read_text()):
            with suppress(ValueError):
                roots.append(x509.load_pem_x509_certificate(text.encode()))
    entries = [pkcs12.PKCS12Certificate(root, str(number).encode()) for number, root in enumerate(roots)]
    encryption = serialization.BestAvailableEncryption(TRUST_STORE_PASSWORD.encode())
    store.write_bytes(pkcs12.serialize_java_truststore(entries, encryption))
    return store
