"""The wiring comes out the same, however Data Flow hands it over."""

from __future__ import annotations

import json
import os
import random
import string
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barista import properties
from barista.properties import PropertiesError
from barista.wiring import Wiring, WiringError
from tokonoma.errors import BindingError

BINDINGS = "spring.cloud.stream.bindings"
BINDER = "spring.cloud.stream.kafka.binder"
COMPLETE = {
    f"{BINDINGS}.orders.destination": "orders",
    f"{BINDINGS}.hot.drink.destination": "hotDrinks",
    f"{BINDINGS}.cold.drink.destination": "coldDrinks",
    f"{BINDER}.brokers": "kafka:9092",
}
SECRET = "very-secret"

Style = Callable[[Mapping[str, str]], tuple[list[str], dict[str, str]]]


def in_exec_style(properties: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    return [f"--{name}={value}" for name, value in properties.items()], {}


def in_shell_style(properties: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """As Data Flow's deployer does it: capitals, and of all signs only the dot is replaced."""
    return [], {name.upper().replace(".", "_"): value for name, value in properties.items()}


def in_boot_style(properties: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    return [], {"SPRING_APPLICATION_JSON": json.dumps(properties)}


def in_nested_boot_style(properties: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    tree: dict[str, Any] = {}
    for name, value in properties.items():
        *way, last = name.split(".")
        branch = tree
        for step in way:
            branch = branch.setdefault(step, {})
        branch[last] = value
    return [], {"SPRING_APPLICATION_JSON": json.dumps(tree)}


STYLES: list[Style] = [in_exec_style, in_shell_style, in_boot_style, in_nested_boot_style]

topics = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=249).filter(
    lambda name: name not in (".", "..")
)
hosts = st.from_regex(r"\A[a-z]([a-z0-9.-]{0,20}[a-z0-9])?\Z")
brokers = st.lists(st.builds("{}:{}".format, hosts, st.integers(1, 65535)), min_size=1, max_size=4)
noise = st.lists(
    st.sampled_from(["3.2.1", "--", "--debug", "=", "--=x", "-Dx=y", "--empty=", "x=y", "", "--a.b"])
)


@given(
    named=st.lists(topics, min_size=3, max_size=3, unique=True),
    brokers=brokers,
    scheme=st.sampled_from(["", "PLAINTEXT://", "plaintext://", "kafka://"]),
    noise=noise,
    chooser=st.randoms(use_true_random=False),
)
def test_every_style_gives_the_same_wiring(
    named: list[str], brokers: list[str], scheme: str, noise: list[str], chooser: random.Random
) -> None:
    orders, hot, cold = named
    properties = {
        f"{BINDINGS}.orders.destination": orders,
        f"{BINDINGS}.hot.drink.destination": hot,
        f"{BINDINGS}.cold.drink.destination": cold,
        f"{BINDER}.brokers": ",".join(scheme + broker for broker in brokers),
        f"{BINDINGS}.orders.group": "bar",
        "spring.cloud.stream.instance-index": "2",
    }
    wirings = []
    for style in STYLES:
        arguments, environ = style(properties)
        arguments = [*arguments, *noise]
        chooser.shuffle(arguments)
        wirings.append(Wiring.read(arguments, {"HOME": "/", "_": "x", **environ}))
    assert wirings == [wirings[0]] * len(wirings)
    wiring = wirings[0]
    assert (wiring.orders, wiring.hot, wiring.cold) == (orders, hot, cold)
    assert wiring.brokers == ",".join(brokers)
    assert wiring.transactional_id == "barista-bar-2"


@given(chooser=st.randoms(use_true_random=False), extra=st.dictionaries(topics, st.text(max_size=20)))
def test_the_wiring_may_come_in_parts(chooser: random.Random, extra: dict[str, str]) -> None:
    arguments: list[str] = []
    environ: dict[str, str] = {}
    texts: dict[str, str] = {}
    for name, value in COMPLETE.items():
        style = chooser.choice([in_exec_style, in_shell_style, in_boot_style])
        if style is in_boot_style:
            texts[name] = value
        else:
            more, variables = style({name: value})
            arguments += more
            environ |= variables
    environ |= {f"X{name}": value for name, value in extra.items()}
    environ["SPRING_APPLICATION_JSON"] = json.dumps(texts)
    assert Wiring.read(arguments, environ) == Wiring.read(*in_exec_style(COMPLETE))


def test_arguments_go_before_json_and_json_before_the_environment() -> None:
    name = f"{BINDINGS}.orders.destination"
    arguments, _ = in_exec_style({name: "fromArguments"})
    _, text = in_boot_style({name: "fromJson"})
    _, variables = in_shell_style({**COMPLETE, name: "fromEnvironment"})
    assert Wiring.read(arguments, {**variables, **text}).orders == "fromArguments"
    assert Wiring.read([], {**variables, **text}).orders == "fromJson"
    assert Wiring.read([], variables).orders == "fromEnvironment"


@pytest.mark.parametrize(
    ("text", "brokers"),
    [
        ("kafka", "kafka:9092"),
        ("kafka:29092", "kafka:29092"),
        ("PLAINTEXT://kafka-broker:9092", "kafka-broker:9092"),
        ("PLAINTEXT://a:1, PLAINTEXT://b:2", "a:1,b:2"),
        ("PLAINTEXT://a:1,b:2", "a:1,b:2"),
        ("[::1]:9092,10.0.0.1", "[::1]:9092,10.0.0.1:9092"),
        ("kafka:9092/", "kafka:9092"),
    ],
)
def test_brokers_come_with_or_without_scheme_and_port(text: str, brokers: str) -> None:
    assert Wiring.read(*in_exec_style({**COMPLETE, f"{BINDER}.brokers": text})).brokers == brokers


def test_brokers_come_as_a_list_of_any_form() -> None:
    rest = {name: value for name, value in COMPLETE.items() if not name.endswith("brokers")}
    several = {f"{BINDER}.brokers[{place}]": f"kafka-{place}" for place in range(12)}
    together = ",".join(f"kafka-{place}:9092" for place in range(12))
    tree = {**rest, f"{BINDER}.brokers": [f"kafka-{place}" for place in range(12)]}
    assert Wiring.read(*in_exec_style({**rest, **several})).brokers == together
    assert Wiring.read([], {"SPRING_APPLICATION_JSON": json.dumps(tree)}).brokers == together
    variables = {f"SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS_{n}_": f"kafka-{n}" for n in range(12)}
    assert Wiring.read(in_exec_style(rest)[0], variables).brokers == together
    repeated = [f"--{BINDER}.brokers=kafka-{place}" for place in range(12)]
    assert Wiring.read([*in_exec_style(rest)[0], *repeated], {}).brokers == together


def test_the_default_port_of_the_binder_is_heeded() -> None:
    properties = {**COMPLETE, f"{BINDER}.brokers": "a,b:1", f"{BINDER}.defaultBrokerPort": "29092"}
    assert Wiring.read(*in_exec_style(properties)).brokers == "a:29092,b:1"


def sentences(arguments: list[str], environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(WiringError) as caught:
        Wiring.read(arguments, environ)
    return str(caught.value).splitlines()


def test_each_missing_property_has_its_sentence() -> None:
    said = sentences([], {})
    assert [sentence.split()[0] for sentence in said] == [
        f"{BINDER}.brokers",
        f"{BINDINGS}.orders.destination",
        f"{BINDINGS}.hot.drink.destination",
        f"{BINDINGS}.cold.drink.destination",
    ]
    assert all("is missing" in sentence for sentence in said)


def test_an_empty_value_counts_as_missing() -> None:
    [sentence] = sentences(*in_shell_style({**COMPLETE, f"{BINDINGS}.orders.destination": ""}))
    assert sentence.startswith(f"{BINDINGS}.orders.destination is missing")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        (f"{BINDER}.brokers", "http://kafka:9092", "host:port"),
        (f"{BINDER}.brokers", "kafka:0", "host:port"),
        (f"{BINDER}.brokers", "kafka:99999", "host:port"),
        (f"{BINDER}.brokers", f"user:{SECRET}@kafka:9092", "host:port"),
        (f"{BINDER}.brokers", "PLAINTEXT://a:1,SSL://b:1", "different schemes"),
        (f"{BINDINGS}.orders.destination", "or ders", "no topic"),
        (f"{BINDINGS}.orders.destination", "..", "no topic"),
        (f"{BINDINGS}.orders.destination", "hotDrinks", "circle"),
        ("server.port", "http", "whole number"),
        ("server.port", "0", "whole number"),
        ("server.port", "¹²", "whole number"),
        ("server.port", "0000000080809999", "whole number"),
        ("server.port", "1" + "0" * 5000, "whole number"),
        (f"{BINDER}.default-broker-port", "0" * 5000, "host:port"),
        (f"{BINDINGS}.orders.group", "a\0b", "no name"),
        (f"{BINDINGS}.orders.group", "\udcff", "no name"),
        (f"{BINDINGS}.orders.group", "g" * 250, "no name"),
        ("spring.cloud.stream.instance-index", "\udcff", "no name"),
        (f"{BINDER}.transaction.transaction-id-prefix", "x" * 40_000, "no name"),
        ("barista.batch.orders", "-1", "whole number"),
        ("barista.logs", "xml", "one of auto, json, text"),
        ("spring.security.user.password", SECRET, "no password"),
        ("spring.security.user.password", f"{SECRET}-and-long\udcff", "no password"),
        (f"{BINDER}.configuration.security.protocol", "TLS", "one of PLAINTEXT"),
        (f"{BINDER}.configuration.security.protocol", "SASL_SSL", "sasl.username is missing"),
    ],
)
def test_a_wrong_value_has_one_sentence_that_does_not_quote_it(name: str, value: str, word: str) -> None:
    brokers = {f"{BINDER}.brokers": "kafka"}
    said = sentences(*in_exec_style({**COMPLETE, **brokers, name: value}))
    assert word in said[0]
    assert SECRET not in " ".join(said)


@pytest.mark.parametrize("text", ["{", "[]", "7", '"x"', "[" * 100_000])
def test_json_that_is_no_object_is_one_sentence(text: str) -> None:
    with pytest.raises(PropertiesError, match="SPRING_APPLICATION_JSON is not a JSON object"):
        Wiring.read([], {"SPRING_APPLICATION_JSON": text})


def test_a_password_asks_for_tls_and_is_not_shown() -> None:
    given = {f"{BINDER}.configuration.sasl.{name}": SECRET for name in ("username", "password")}
    wiring = Wiring.read(*in_exec_style({**COMPLETE, **given}))
    clients = wiring.clients()
    assert clients["security.protocol"] == "SASL_SSL"
    assert (clients["sasl.mechanism"], clients["sasl.password"]) == ("PLAIN", SECRET)
    assert SECRET not in repr(wiring)


@pytest.mark.parametrize(("name", "operator"), [("", "user"), ("anna", "anna")])
def test_the_operator_has_a_name_and_a_password_that_is_not_shown(name: str, operator: str) -> None:
    given = {"spring.security.user.name": name, "spring.security.user.password": SECRET * 2}
    for style in (in_exec_style, in_shell_style):
        wiring = Wiring.read(*style({**COMPLETE, **given}))
        assert wiring.operator == f"{operator}:{SECRET * 2}"
        assert SECRET not in repr(wiring)


@pytest.mark.parametrize(("name", "word"), [("a:b", "colon"), ("a\0b", "no name")])
def test_an_operator_without_a_usable_name_is_one_sentence(name: str, word: str) -> None:
    given = {"spring.security.user.name": name, "spring.security.user.password": SECRET * 2}
    [sentence] = sentences(*in_exec_style({**COMPLETE, **given}))
    assert word in sentence
    assert SECRET not in sentence


def test_without_a_password_there_is_no_operator() -> None:
    assert Wiring.read(*in_exec_style({**COMPLETE, "spring.security.user.name": "anna"})).operator == ""


def test_a_scheme_chooses_the_protocol() -> None:
    wiring = Wiring.read(*in_exec_style({**COMPLETE, f"{BINDER}.brokers": "SSL://kafka:9093"}))
    assert wiring.clients()["security.protocol"] == "SSL"


@pytest.mark.parametrize(
    "variables",
    [{"SPRING_CLOUD_STREAM_INSTANCE_INDEX": "3"}, {"INSTANCE_INDEX": "3"}, {"CF_INSTANCE_INDEX": "3"}],
)
def test_a_numbered_instance_is_called_by_its_number(variables: dict[str, str]) -> None:
    wiring = Wiring.read(in_exec_style(COMPLETE)[0], variables)
    assert wiring.transactional_id == "barista-barista-3"
    assert wiring.instance == "3"


def test_the_number_comes_from_the_file_that_data_flow_writes_on_kubernetes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "application.properties"
    monkeypatch.setattr(properties, "FILE", file)
    file.write_text("# by the init container\nINSTANCE_INDEX=4\nINSTANCE_INDEX\n")
    assert Wiring.read(*in_exec_style(COMPLETE)).transactional_id == "barista-barista-4"
    file.write_bytes(b"\xff\xfe=1")
    assert Wiring.read(*in_exec_style(COMPLETE)).instance == ""


def test_a_place_in_a_list_may_be_as_long_as_it_likes() -> None:
    arguments, environ = in_exec_style({**COMPLETE, f"{BINDER}.brokers[{'1' * 5000}]": "b:1"})
    assert Wiring.read(arguments, environ).brokers == "kafka:9092"


def test_two_instances_without_a_number_on_one_host_have_different_names() -> None:
    names = {
        Wiring.read(*in_exec_style({**COMPLETE, "server.port": port})).transactional_id
        for port in ("8080", "8081")
    }
    assert len(names) == 2


def test_the_streams_name_is_the_group_and_names_the_dead_letters() -> None:
    wiring = Wiring.read(in_exec_style(COMPLETE)[0], {"SPRING_CLOUD_APPLICATION_GROUP": "bar-pipeline"})
    assert (wiring.group, wiring.dead) == ("bar-pipeline", "error.orders.bar-pipeline")
    named = {**COMPLETE, "spring.cloud.stream.kafka.bindings.orders.consumer.dlq-name": "spilled"}
    assert Wiring.read(*in_exec_style(named)).dead == "spilled"


@pytest.fixture
def bind(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mapping[str, str]]:
    """Play the platform: cfenv looks into the process's own environment."""

    def bind(*services: dict[str, Any]) -> Mapping[str, str]:
        filled = [{"label": "user-provided", "tags": [], **service} for service in services]
        monkeypatch.setenv("VCAP_SERVICES", json.dumps({"user-provided": filled}))
        monkeypatch.setenv("VCAP_APPLICATION", "{}")
        return os.environ

    return bind


BOUND: dict[str, Any] = {
    "name": "kafka",
    "credentials": {
        "brokers": ["a:9093", "b:9093"],
        "username": "bar",
        "password": SECRET,
        "orders": "orders",
        "hot_drink": "hotDrinks",
        f"{BINDINGS}.cold.drink.destination": "coldDrinks",
    },
}


def test_on_cloud_foundry_the_wiring_comes_from_the_bound_service(
    bind: Callable[..., Mapping[str, str]],
) -> None:
    wiring = Wiring.read([], {**bind(BOUND), "CF_INSTANCE_INDEX": "0", "PORT": "8081"})
    assert wiring.clients() == {
        "bootstrap.servers": "a:9093,b:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "bar",
        "sasl.password": SECRET,
    }
    assert (wiring.orders, wiring.hot, wiring.cold, wiring.port) == (
        "orders",
        "hotDrinks",
        "coldDrinks",
        8081,
    )


def test_a_bound_service_is_found_by_name_or_tag_and_never_guessed(
    bind: Callable[..., Mapping[str, str]],
) -> None:
    tagged = {**BOUND, "name": "events", "tags": ["kafka"]}
    other = {"name": "mail", "credentials": {"brokers": "no:1"}}
    assert Wiring.read([], bind(other, tagged)).brokers == "a:9093,b:9093"
    assert Wiring.read([], bind({**other, "tags": 5}, tagged)).brokers == "a:9093,b:9093"
    with pytest.raises(BindingError, match=r"events, kafka.*BARISTA_KAFKA_SERVICE"):
        Wiring.read([], bind(BOUND, tagged))
    assert Wiring.read(["--barista.kafka.service=events"], bind(BOUND, tagged)).orders == "orders"
    with pytest.raises(BindingError, match="'nobody'"):
        Wiring.read([], {**bind(BOUND), "BARISTA_KAFKA_SERVICE": "nobody"})


@pytest.mark.parametrize("variable", ["VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"])
def test_the_bound_service_may_be_a_file_or_a_folder(
    bind: Callable[..., Mapping[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    services = bind(BOUND)["VCAP_SERVICES"]
    monkeypatch.delenv("VCAP_SERVICES")
    if variable == "SERVICE_BINDING_ROOT":
        place = tmp_path
        (tmp_path / "kafka").mkdir()
        texts = {**BOUND["credentials"], "brokers": "a:9093,b:9093", "type": "kafka"}
        for name, text in texts.items():
            (tmp_path / "kafka" / name).write_text(text)
    else:
        place = tmp_path / "vcap_services"
        place.write_text(services)
    monkeypatch.setenv(variable, str(place))
    wiring = Wiring.read([], os.environ)
    assert (wiring.brokers, wiring.orders, wiring.cold) == ("a:9093,b:9093", "orders", "coldDrinks")
    monkeypatch.setenv(variable, str(tmp_path / "nowhere"))
    with pytest.raises(BindingError, match=f"{variable} leads to a place, which cannot be read"):
        Wiring.read([], os.environ)


def test_what_is_said_elsewhere_goes_before_the_bound_service(bind: Callable[..., Mapping[str, str]]) -> None:
    wiring = Wiring.read([f"--{BINDINGS}.orders.destination=others"], bind(BOUND))
    assert wiring.orders == "others"


def test_without_wiring_the_program_says_what_is_missing_and_leaves_with_code_2() -> None:
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", "barista", "3.2.1"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 5
    assert f"{BINDINGS}.hot.drink.destination is missing" in ended.stderr
    assert "Traceback" not in ended.stderr
