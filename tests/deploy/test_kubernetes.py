"""deploy/kubernetes/tokonoma.yml says of the service what is true, and its bindings are enough to run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.certificates import Authority
from localcloud.cloudfoundry import PROJECT
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.mounted import mount, of_the_operator
from tokonoma import __version__
from tokonoma.app import create_app
from tokonoma.settings import Settings

OBJECTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((PROJECT / "deploy" / "kubernetes" / "tokonoma.yml").read_text())
)


def named(kind: str) -> dict[str, dict[str, Any]]:
    """The specifications of a kind, by name."""
    return {each["metadata"]["name"]: each["spec"] for each in OBJECTS if each["kind"] == kind}


DEPLOYMENT = named("Deployment")["tokonoma"]
POD = DEPLOYMENT["template"]["spec"]
[CONTAINER] = POD["containers"]
ENVIRONMENT = {each["name"]: each["value"] for each in CONTAINER["env"]}
ROOT = Path(ENVIRONMENT["SERVICE_BINDING_ROOT"])
MOUNTS = {each["mountPath"]: each for each in CONTAINER["volumeMounts"]}
VOLUMES = {each["name"]: each for each in POD["volumes"]}
BOUND = {
    Path(path).name: VOLUMES[each["name"]] for path, each in MOUNTS.items() if ROOT in Path(path).parents
}


def test_every_selector_means_the_pods_of_the_deployment() -> None:
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    selectors = [
        DEPLOYMENT["selector"]["matchLabels"],
        named("Service")["tokonoma"]["selector"],
        named("NetworkPolicy")["tokonoma"]["podSelector"]["matchLabels"],
    ]
    assert selectors == [labels] * 3


def test_every_binding_is_a_secret_of_the_operator_and_mounted_to_be_read() -> None:
    bindings, instances = named("ServiceBinding"), named("ServiceInstance")
    assert {name: volume["secret"]["secretName"] for name, volume in BOUND.items()} == {
        name: binding["secretName"] for name, binding in bindings.items()
    }
    for binding in bindings.values():
        assert binding["serviceInstanceName"] in instances
    assert {each["serviceOfferingName"] for each in instances.values()} == {"hana", "xsuaa"}
    assert all(MOUNTS[str(ROOT / name)]["readOnly"] for name in BOUND)
    group = POD["securityContext"]["fsGroup"]
    assert group == POD["securityContext"]["runAsUser"]
    assert {volume["secret"]["defaultMode"] for volume in BOUND.values()} == {0o440}


def test_the_services_are_those_of_cloud_foundry() -> None:
    manifest = yaml.safe_load((PROJECT / "manifest.yml").read_text())
    [app] = [each for each in manifest["applications"] if each["name"] == "myapp"]
    assert set(BOUND) == set(app["services"])
    [process] = app["processes"]
    assert CONTAINER["resources"]["limits"]["memory"] == f"{process['memory']}i"
    assert DEPLOYMENT["replicas"] == process["instances"]


def test_the_service_runs_on_what_is_mounted(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    authority_file: Path,
    hana: LocalHana,
    xsuaa: LocalXsuaa,
    alice: dict[str, str],
) -> None:
    """Secrets as the operator writes them, mounted as Kubernetes does; nothing else in the environment."""
    credentials = {"hana": hana.binding(), "xsuaa": xsuaa.binding()}
    for name, binding in named("ServiceBinding").items():
        offering = named("ServiceInstance")[binding["serviceInstanceName"]]["serviceOfferingName"]
        mount(tmp_path / name, of_the_operator(offering, credentials[offering]))
    for name in ("VCAP_SERVICES", "VCAP_APPLICATION", "VCAP_SERVICES_FILE_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value.replace(str(ROOT), str(tmp_path)))
    client = create_app().test_client()
    assert client.get("/", headers=alice).text.startswith("Current time is: ")
    assert client.get("/").status_code == 403


def test_every_probe_has_an_answer_that_does_not_ask_hana(
    bind: Callable[..., None], authority: Authority, xsuaa: LocalXsuaa
) -> None:
    probes = [CONTAINER[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")]
    with LocalHana(authority=authority) as own:
        bind(pyhana=("hana", "hdi-shared", own.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
        client = create_app().test_client()
        assert [client.get(probe["path"]).status_code for probe in probes] == [200] * 3
        assert own.connections == 0
    assert {probe["port"] for probe in probes} == {"http"}


def test_the_port_is_the_default_everywhere() -> None:
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": Settings().port}]
    assert named("Service")["tokonoma"]["ports"] == [
        {"name": "http", "port": Settings().port, "targetPort": "http"}
    ]


def test_the_settings_are_right() -> None:
    assert Settings.read(ENVIRONMENT) == Settings()


def test_the_image_carries_the_version() -> None:
    assert CONTAINER["image"].rpartition(":")[2] == __version__


def test_nothing_may_be_written_but_what_is_the_pod_s_own() -> None:
    security = CONTAINER["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["automountServiceAccountToken"] is False
    [user] = set(re.findall(r"^USER (\d+):\1$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)) - {"0"}
    assert POD["securityContext"]["runAsUser"] == int(user)
    writable = {path for path, each in MOUNTS.items() if not each.get("readOnly")}
    assert writable == {"/tmp"}  # noqa: S108
    assert "sizeLimit" in VOLUMES[MOUNTS["/tmp"]["name"]]["emptyDir"]  # noqa: S108


def test_the_approuter_comes_in_and_names_hana_and_xsuaa_are_reached() -> None:
    policy = named("NetworkPolicy")["tokonoma"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    [way_in] = policy["ingress"]
    assert way_in["from"] == [{"podSelector": {"matchLabels": {"app": "web"}}}]
    assert way_in["ports"] == [{"protocol": "TCP", "port": "http"}]
    out = {(port["protocol"], port["port"]) for rule in policy["egress"] for port in rule["ports"]}
    assert out == {("UDP", 53), ("TCP", 53), ("TCP", 443)}


def test_there_is_time_to_finish() -> None:
    """The pause before SIGTERM, and the ten seconds in which the service ends itself."""
    [_, pause] = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]
    assert int(pause) + 10 < POD["terminationGracePeriodSeconds"]
