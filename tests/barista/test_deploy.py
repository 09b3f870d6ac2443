"""What lies in deploy/dataflow wires a barista, and asks it what it answers."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from barista import __version__
from barista.wiring import Wiring
from tests.barista.test_actuator import PROBES

DATAFLOW = Path(__file__).parents[2] / "deploy" / "dataflow"
KUBERNETES = {each["kind"]: each for each in yaml.safe_load_all((DATAFLOW / "kubernetes.yml").read_text())}
TOPICS = ("orders", "hotDrinks", "coldDrinks")


def test_the_config_map_of_kubernetes_is_a_whole_wiring() -> None:
    wiring = Wiring.read([], {**KUBERNETES["ConfigMap"]["data"], "SPRING_CLOUD_STREAM_INSTANCE_INDEX": "1"})
    assert (wiring.orders, wiring.hot, wiring.cold) == TOPICS
    assert wiring.transactional_id == "barista-bar-pipeline-1"


def test_the_properties_of_the_stream_are_a_whole_wiring_but_for_the_brokers() -> None:
    lines = (DATAFLOW / "bar-pipeline.properties").read_text().splitlines()
    arguments = [line.replace("app.barista.", "--") for line in lines if line.startswith("app.barista.")]
    # Data Flow's platform gives these to every application.
    brokers = {"SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS": "kafka:9092"}
    wiring = Wiring.read(arguments, brokers)
    assert (wiring.orders, wiring.hot, wiring.cold) == TOPICS


def test_every_probe_has_an_answer() -> None:
    files = [DATAFLOW / name for name in ("kubernetes.yml", "bar-pipeline.properties", "cloudfoundry.yml")]
    asked = {path for file in files for path in re.findall(r"/actuator\S+", file.read_text())}
    assert asked
    assert asked <= set(PROBES)


def test_the_port_that_is_probed_is_the_default() -> None:
    [container] = KUBERNETES["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    ports = [port["containerPort"] for port in container["ports"]]
    assert ports == [Wiring.read([], KUBERNETES["ConfigMap"]["data"]).port]


def test_the_network_policy_holds_for_the_pods_and_lets_out_what_they_need() -> None:
    policy = KUBERNETES["NetworkPolicy"]["spec"]
    pod = KUBERNETES["StatefulSet"]["spec"]["template"]
    assert policy["podSelector"] == {"matchLabels": pod["metadata"]["labels"]}
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    [container] = pod["spec"]["containers"]
    [caller] = policy["ingress"]
    assert caller["from"]
    assert [port["port"] for port in caller["ports"]] == [port["name"] for port in container["ports"]]
    brokers = Wiring.read([], KUBERNETES["ConfigMap"]["data"]).brokers.split(",")
    let_out = {(each["protocol"], each["port"]) for rule in policy["egress"] for each in rule["ports"]}
    name_service = {("UDP", 53), ("TCP", 53)}
    assert let_out == name_service | {("TCP", int(broker.rpartition(":")[2])) for broker in brokers}


def test_the_operators_password_comes_from_a_secret_that_may_be_missing() -> None:
    [container] = KUBERNETES["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["valueFrom"] for each in container["env"]}
    source = environment.pop("SPRING_SECURITY_USER_PASSWORD")["secretKeyRef"]
    assert source == {"name": "barista", "key": "password", "optional": True}
    told = {**KUBERNETES["ConfigMap"]["data"], "SPRING_SECURITY_USER_PASSWORD": "0123456789abcdef"}
    assert Wiring.read([], told).operator == "user:0123456789abcdef"


def test_the_images_carry_the_version() -> None:
    for name in ("deploy.shell", "kubernetes.yml", "cloudfoundry.yml"):
        assert re.findall(r"/barista:(\S+)", (DATAFLOW / name).read_text()) == [__version__]


def test_on_cloud_foundry_it_is_off_until_somebody_scales_it_up() -> None:
    [app] = yaml.safe_load((DATAFLOW / "cloudfoundry.yml").read_text())["applications"]
    [process] = app["processes"]
    assert process["instances"] == 0
    assert app["no-route"] is True
