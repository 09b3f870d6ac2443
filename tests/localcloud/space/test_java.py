"""Apps in Java: which jar is meant, and what a JVM is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from localcloud.certificates import TRUST_STORE_PASSWORD, Authority
from localcloud.space.declared import App
from localcloud.space.environment import environment_of
from localcloud.space.java import is_java, jar_command, java_variables, placed
from localcloud.space.trust import write_trust_file
from tests.localcloud.space.files import write


def test_the_jar_is_the_newest_one_that_can_be_started(tmp_path: Path) -> None:
    assert jar_command(tmp_path) == ""
    for age, name in enumerate(("a-sources.jar", "original-a.jar", "a b.jar", "old.jar")):
        file = write(tmp_path, {f"target/{name}": ""}) / "target" / name
        os.utime(file, (1000 - age, 1000 - age))
    assert jar_command(tmp_path) == "exec java -jar 'target/a b.jar'"
    write(tmp_path, {"target/a-exec.jar": ""})
    assert jar_command(tmp_path) == "exec java -jar target/a-exec.jar"


def test_a_jar_that_is_pushed_is_started_in_its_folder() -> None:
    assert placed(Path("srv/target/a.jar"), "") == (Path("srv/target"), "exec java -jar a.jar")
    assert placed(Path("srv/target/a.jar"), "run") == (Path("srv/target"), "run")
    assert placed(Path("srv"), "") == (Path("srv"), "")


@pytest.mark.parametrize(
    ("command", "java"),
    [
        ("java -jar a.jar", True),
        ("exec java Main.java", True),
        ("/opt/jdk/bin/java -jar a.jar", True),
        ("node java.js", False),
        ("javac x", False),
    ],
)
def test_a_jvm_is_known_by_the_command_or_the_build(tmp_path: Path, command: str, java: bool) -> None:
    assert is_java(tmp_path, [command]) == java
    assert is_java(write(tmp_path, {"pom.xml": ""}), [command])


def test_a_jvm_gets_the_roots_of_the_trust_file_and_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "machine.pem").write_text(Authority("machine").certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "machine.pem"))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    trust = write_trust_file(tmp_path, Authority("ours").certificate)
    file = Path(trust["SSL_CERT_FILE"])
    file.write_text(f"{file.read_text()}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    app = App("shop", write(tmp_path, {"pom.xml": ""}))
    found = environment_of(app, 3000, {"JAVA_TOOL_OPTIONS": "-Xmx64m"}, {}, trust)
    assert found["SERVER_PORT"] == "3000"
    assert found["JAVA_TOOL_OPTIONS"].startswith(f"-Xmx64m -Djavax.net.ssl.trustStore={tmp_path}/trust.p12 ")
    store = pkcs12.load_pkcs12((tmp_path / "trust.p12").read_bytes(), TRUST_STORE_PASSWORD.encode())
    names = {each.certificate.subject.rfc4514_string() for each in store.additional_certs}
    assert names == {"CN=ours", "CN=machine"}
    assert java_variables(1, file, {"SERVER_PORT": "8080"})["SERVER_PORT"] == "8080"
