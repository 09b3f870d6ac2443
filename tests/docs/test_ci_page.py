"""docs/ci.md: its files fit the image, and what they give to a client opens a connection."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from hdbcli import dbapi

from localcloud.cloudfoundry import PROJECT, process_environment
from localcloud.ports import free_port
from tests.docs.local_hana_page import column
from tests.programs import PATIENCE, TOOLS, needs_node, running
from tests.wheel import Installed

PAGE = (PROJECT / "docs" / "ci.md").read_text()
DOCKERFILE = (PROJECT / "localcloud" / "Dockerfile").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
[WORKFLOW, COMPOSE] = [yaml.safe_load(text) for language, text in BLOCKS if language == "yaml"]
IN_CI, IN_COMPOSE = WORKFLOW["jobs"]["test"]["services"]["hana"], COMPOSE["services"]["hana"]
TESTCONTAINERS = {language: text for language, text in BLOCKS if language in {"java", "js", "python", "go"}}
READY = "Local HANA at"
NODE = shutil.which("node", path=str(TOOLS)) or "node"


def of_the_image(instruction: str) -> str:
    [found] = re.findall(rf"^{instruction} (.*)$", DOCKERFILE, re.MULTILINE)
    return str(found)


def test_it_first_says_what_it_is_not() -> None:
    first = PAGE.partition("\n## ")[0]
    for missing in ("speed", "SQLScript", "spatial", "vector"):
        assert missing in first


def test_every_variable_is_an_option() -> None:
    options = {f"LOCAL_HANA_{name.strip('-').upper().replace('-', '_')}" for name in column("option")}
    named = set(re.findall(r"LOCAL_HANA_\w+", PAGE + DOCKERFILE))
    assert named
    assert named <= options - {"LOCAL_HANA_PORT"}


@pytest.mark.parametrize("service", [IN_CI, IN_COMPOSE], ids=["GitHub Actions", "compose"])
def test_a_service_publishes_the_port_of_the_image(service: dict[str, Any]) -> None:
    assert [each.partition(":")[2] for each in service["ports"]] == [of_the_image("EXPOSE")]


def test_what_compose_mounts_is_what_the_image_reads_and_keeps() -> None:
    places = {each.split(":")[1] for each in IN_COMPOSE["volumes"]}
    assert places == {"/seed", *of_the_image("VOLUME").split()}
    assert "LOCAL_HANA_SEED=/seed" in DOCKERFILE


def asked_by_node(credentials: dict[str, Any], folder: Path) -> str:
    """What npm's hdb is answered, with the options that CAP makes of credentials."""
    needs_node()
    script = f"""
        const {{ encrypt, ...credentials }} = {json.dumps(credentials)};
        const client = require('hdb').createClient({{ ...credentials, useTLS: encrypt }});
        client.connect((error) => {{
          if (error) throw error;
          client.exec('SELECT * FROM DUMMY', (error, rows) => {{
            console.log(error || JSON.stringify(rows));
            client.end();
          }});
        }});
    """
    trust = {"NODE_EXTRA_CA_CERTS": str(folder / "certificates" / "authority.pem")}
    return subprocess.run(
        [NODE, "-e", script],
        cwd=PROJECT / "tests" / "node",
        env=process_environment(trust, TOOLS),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    ).stdout.strip()


def test_the_client_of_the_compose_file_gets_in(installed: Installed, tmp_path: Path) -> None:
    """With the names, the user and the password that stand there; here both are on one machine."""
    client = COMPOSE["services"]["bookshop"]["environment"]
    credentials = json.loads(client["CDS_CONFIG"])["requires"]["db"]["credentials"]
    assert credentials["port"] == of_the_image("EXPOSE")
    assert client["NODE_EXTRA_CA_CERTS"] == "/certificates/authority.pem"
    [names] = re.findall(r"LOCAL_HANA_NAMES=(\S+)", DOCKERFILE)
    environment = installed.environment(**IN_COMPOSE["environment"], LOCAL_HANA_NAMES=names)
    port, output = free_port(), tmp_path / "output"
    command = f"exec {installed.tools[0]}/local-hana --certificates certificates --port {port}"
    with running(command, environment, tmp_path, output, port) as program:
        program.wait_until_it_says(READY)
        connection = dbapi.connect(
            address="127.0.0.1",
            port=port,
            user=credentials["user"],
            password=credentials["password"],
            encrypt=credentials["encrypt"],
            sslTrustStore=str(tmp_path / "certificates" / "authority.pem"),
            sslHostNameInCertificate=credentials["host"],
            currentSchema=credentials["schema"],
        )
        with closing(connection):
            assert connection.isconnected()
        assert (
            asked_by_node({**credentials, "host": "localhost", "port": port}, tmp_path) == '[{"DUMMY":"X"}]'
        )
        [shown] = [text for language, text in BLOCKS if language == "text"]
        first = program.output.partition("\n")[0]
        assert first == shown.strip().replace("0.0.0.0:39015", f"127.0.0.1:{port}")


@pytest.mark.parametrize("language", TESTCONTAINERS)
def test_a_container_of_testcontainers_is_told_what_the_image_takes(language: str) -> None:
    text = TESTCONTAINERS[language]
    for needed in ("local-hana", "LOCAL_HANA_PASSWORD", "Hana1234", of_the_image("EXPOSE"), READY, "/seed"):
        assert needed in text, needed
    assert re.search(r"/certificates/authority\.(pem|p12)", text)


def test_what_can_be_parsed_here_is(tmp_path: Path) -> None:
    compile(TESTCONTAINERS["python"], "ci.md", "exec")
    needs_node()
    file = tmp_path / "example.js"
    file.write_text(TESTCONTAINERS["js"])
    assert subprocess.run([NODE, "--check", file], check=False).returncode == 0
