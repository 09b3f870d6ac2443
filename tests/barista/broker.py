"""A real Apache Kafka for tests: one KRaft node, its jars from Maven, its data in the test's folder."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from localcloud.ports import LOOPBACK, free_port
from tests.alone import alone
from tests.programs import skip_or_fail

PROJECT = Path(__file__).parents[2]
POM = Path(__file__).parent / "kafka" / "pom.xml"
JARS = PROJECT / "test-artefacts" / "kafka"
PATIENCE = 60

PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller}
log.dirs={folder}/data
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
"""


def jars() -> Path:
    """The folder with Kafka's jars, fetched once; skips where Maven or Java is missing."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            # Not among what CI installs: there this runs on machines that have both.
            pytest.skip(f"{tool} is not installed, so there is no real Kafka to try")
    stamp = JARS / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    with alone("kafka"):
        if not stamp.exists():
            shutil.rmtree(JARS, ignore_errors=True)
            fetched = subprocess.run(
                ["mvn", "-q", "-B", "-f", POM, "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"],
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            if fetched.returncode:
                skip_or_fail(f"Maven cannot fetch Kafka:\n{fetched.stdout[-2000:]}")
            stamp.touch()
    return JARS


class RealKafka:
    """One broker process that can be stopped, frozen and killed, and comes back on the same port."""

    def __init__(self, folder: Path, **properties: str) -> None:
        self._folder = folder
        self._port = free_port()
        self._java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars()}/*"]
        self._process: subprocess.Popen[bytes] | None = None
        text = PROPERTIES.format(host=LOOPBACK, port=self._port, controller=free_port(), folder=folder)
        text += "".join(f"{name.replace('_', '.')}={value}\n" for name, value in properties.items())
        self._properties = folder / "server.properties"
        self._properties.write_text(text)
        cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "_")
        self.run("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties))
        self.start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def run(self, *command: str) -> None:
        """Run one of Kafka's own tools, a class of its jars, to its end."""
        subprocess.run([*self._java, *command], check=True, capture_output=True, timeout=PATIENCE)

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java, "kafka.Kafka", str(self._properties)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                AdminClient({"bootstrap.servers": self.address, "log_level": 2}).list_topics(timeout=1)
                return
            except KafkaException:
                time.sleep(0.1)
        pytest.fail(f"Kafka does not start:\n{(self._folder / 'kafka.log').read_text()[-3000:]}")

    def create(self, topic: str, partitions: int = 4, **config: str) -> None:
        """Create a topic, with its configuration."""
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 2})
        new = NewTopic(topic, partitions, 1, config={k.replace("_", "."): v for k, v in config.items()})
        admin.create_topics([new])[topic].result(PATIENCE)

    def limit(self, topic: str, **config: str) -> None:
        """Change the configuration of a topic."""
        resource = ConfigResource(
            ConfigResource.Type.TOPIC,
            topic,
            incremental_configs=[
                ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
                for name, value in config.items()
            ],
        )
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 2})
        admin.incremental_alter_configs([resource])[resource].result(PATIENCE)

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.signal(signal.SIGKILL)
        assert self._process
        self._process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self.kill()
