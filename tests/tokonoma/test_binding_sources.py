"""Bindings as files: Cloud Foundry's one file, and the folders of servicebinding.io."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from localcloud import cloudfoundry
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.mounted import mount, of_the_operator, write
from tokonoma.app import create_app
from tokonoma.binding_sources import MAX_BYTES, MAX_ENTRIES
from tokonoma.bindings import platform_environment, read_hana
from tokonoma.errors import BindingError

SECRET = "s3cret-"
HANA = {"host": "hana.example", "port": "443", "user": "APP_RT", "password": f"{SECRET}pw", "schema": "APP"}
OTHER = {**HANA, "host": "other.example"}


def vcap(credentials: dict[str, str]) -> str:
    return cloudfoundry.vcap_services({"pyhana": ("hana", "hdi-shared", credentials)})


@pytest.fixture(autouse=True)
def nothing_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VCAP_SERVICES", "VCAP_APPLICATION", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that Cloud Foundry writes."""
    file = tmp_path / "vcap_services"
    monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", str(file))
    return file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of servicebinding.io."""
    root = tmp_path / "bindings"
    root.mkdir()
    monkeypatch.setenv("SERVICE_BINDING_ROOT", str(root))
    return root


def refusal() -> str:
    """The sentence, which names the place and quotes nothing."""
    with pytest.raises(BindingError) as raised:
        platform_environment()
    said = str(raised.value)
    assert said.endswith(".")
    assert said.isprintable()
    assert SECRET not in said
    assert raised.value.__cause__ is None
    return said


def test_the_file_of_cloud_foundry_is_read(file: Path) -> None:
    file.write_text(vcap(HANA))
    assert read_hana(platform_environment()).host == "hana.example"


def test_the_file_counts_alone(file: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the platform says now; the others may be left over in an image."""
    file.write_text(vcap(HANA))
    for broken_or_not in (vcap(OTHER), "{"):
        monkeypatch.setenv("VCAP_SERVICES", broken_or_not)
        assert read_hana(platform_environment()).host == "hana.example"
    file.write_text("{}")
    with pytest.raises(BindingError, match="No service with label 'hana' is bound"):
        read_hana(platform_environment())


def test_an_empty_path_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", "")
    monkeypatch.setenv("VCAP_SERVICES", vcap(HANA))
    assert read_hana(platform_environment()).host == "hana.example"


def test_a_file_that_no_variable_could_hold_is_read(file: Path) -> None:
    """What it is for: bindings of more than 130 kB."""
    file.write_text(vcap({**HANA, "padding": "x" * 900_000}))
    assert read_hana(platform_environment()).host == "hana.example"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        f'"{SECRET}"',
        '{"hana": null}',
        '{"hana": [null]}',
        f'{{"hana": [{{"credentials": "{SECRET}"}}]}}',
        f'{{"{SECRET}": ',
        "\ufeff{}",
        "[" * 100_000,
    ],
    ids=lambda content: content[:20],
)
def test_a_garbled_file_is_one_sentence_without_its_content(file: Path, content: str) -> None:
    file.write_text(content)
    assert refusal() == (
        "VCAP_SERVICES_FILE_PATH or VCAP_APPLICATION is not the JSON that Cloud Foundry writes."
    )


def test_a_file_that_is_not_there_is_one_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no reason to look elsewhere."""
    monkeypatch.setenv("VCAP_SERVICES", vcap(OTHER))
    assert refusal() == (
        "VCAP_SERVICES_FILE_PATH leads to a place, which cannot be read (No such file or directory)."
    )


@pytest.mark.parametrize("variable", ["VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"])
@pytest.mark.parametrize(
    "went_astray", [vcap(HANA), vcap({**HANA, "password": f"{SECRET}/"}), SECRET, f"/{SECRET}/"]
)
def test_credentials_in_the_place_of_a_path_are_not_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, went_astray: str
) -> None:
    monkeypatch.delenv("VCAP_SERVICES", raising=False)
    monkeypatch.setenv(variable, went_astray)
    with pytest.raises(BindingError) as error:
        platform_environment()
    assert str(error.value).startswith(f"{variable} leads to a place, which cannot be read (")
    assert SECRET not in str(error.value)
    assert HANA["password"] not in str(error.value)


def test_a_file_that_is_too_large_is_not_read(file: Path) -> None:
    file.write_text(vcap({**HANA, "padding": "x" * MAX_BYTES}))
    assert "is too large: at most 1,048,576 bytes are read" in refusal()


def test_a_file_that_is_not_utf_8_is_one_sentence(file: Path) -> None:
    file.write_bytes(b'{"hana": "\xff' + SECRET.encode() + b'"}')
    assert "is not text in UTF-8" in refusal()


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "circle"])
@pytest.mark.timeout(20)
def test_what_is_no_file_is_not_waited_for(file: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match kind:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "device":
            monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", "/dev/zero")
        case _:
            file.symlink_to(file)
    assert refusal().endswith(("which is not a file.", "(Too many levels of symbolic links)."))


def test_a_folder_for_each_binding_is_read(root: Path) -> None:
    """As Cloud Foundry writes it: text as it is, other values as JSON, and no metadata."""
    write(root / "pyhana", {**HANA, "type": "hana", "provider": "hana", "tags": '["hana", "database"]'})
    environment = platform_environment()
    [service] = environment.services
    assert (service.name, service.env["label"]) == ("pyhana", "hana")
    assert service.env["tags"] == ["hana", "database"]
    assert service.credentials == HANA
    assert read_hana(environment).port == 443
    assert read_hana(environment, "pyhana").host == "hana.example"


@pytest.mark.parametrize("secret_key", ["", "credentials"])
def test_a_secret_of_saps_operator_is_read(root: Path, secret_key: str) -> None:
    """By its metadata, through the links of Kubernetes; a text that looks like JSON stays one."""
    credentials = {**HANA, "password": "123", "domains": ["a.example"], "user": '{"a": 1}'}
    mount(root / "pyhana", of_the_operator("hana", credentials, secret_key))
    [service] = platform_environment().services
    assert service.credentials == credentials
    assert (service.name, service.env["label"], service.env["tags"]) == ("pyhana", "hana", ["hana"])


def test_a_secret_with_all_in_one_file_is_read(root: Path) -> None:
    """The operator's `secretRootKey`."""
    facts = {"type": "hana", "label": "hana", "plan": "any", "instance_name": "mine"}
    mount(root / "pyhana", {"binding": json.dumps({**HANA, **facts})})
    [service] = platform_environment().services
    assert (service.name, service.env["label"], service.credentials) == ("pyhana", "hana", HANA)


def test_what_has_no_type_is_no_binding(root: Path) -> None:
    write(root / "lost+found", {})
    write(root / "notes", {"one": "1", "two": "2"})
    write(root / "readme", {"text": f"{SECRET} and no JSON"})
    write(root / "list", {"text": '["hana"]'})
    write(root / ".hidden", {"type": "hana", **OTHER})
    (root / "a-file").write_text("")
    write(root / "pyhana", {"type": "hana", **HANA})
    assert [service.name for service in platform_environment().services] == ["pyhana"]


def test_the_newline_of_an_editor_is_not_part_of_a_value_of_one_line(root: Path) -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"
    files = {name: f"{text}\n" for name, text in HANA.items()}
    write(root / "pyhana", {"type": "hana\n", **files, "certificate": pem})
    binding = read_hana(platform_environment())
    assert (binding.user, binding.password, binding.certificate) == ("APP_RT", f"{SECRET}pw", pem)


def test_the_variable_counts_before_the_folder_unless_it_holds_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "pyhana", {"type": "hana", **HANA})
    for nothing in ("", "{}", " {} "):
        monkeypatch.setenv("VCAP_SERVICES", nothing)
        assert read_hana(platform_environment()).host == "hana.example"
    monkeypatch.setenv("VCAP_SERVICES", vcap(OTHER))
    assert read_hana(platform_environment()).host == "other.example"


def test_two_folders_of_one_type_ask_for_a_name(root: Path) -> None:
    write(root / "one", {"type": "hana", **HANA})
    write(root / "two", {"type": "hana", **OTHER})
    with pytest.raises(BindingError, match=r"label 'hana' \(one, two\): name one in TOKONOMA_HANA_SERVICE"):
        read_hana(platform_environment())
    assert read_hana(platform_environment(), "two").host == "other.example"


def test_a_folder_that_is_not_there_is_one_sentence(root: Path) -> None:
    root.rmdir()
    assert refusal() == (
        "SERVICE_BINDING_ROOT leads to a place, which cannot be read (No such file or directory)."
    )


METADATA = [
    "",
    "[]",
    "null",
    f'"{SECRET}"',
    '{"credentialProperties": 7}',
    '{"credentialProperties": "text"}',
    '{"credentialProperties": [null]}',
    '{"credentialProperties": [{}]}',
    '{"credentialProperties": [{"name": 7}]}',
    '{"credentialProperties": [{"name": "../../etc/passwd"}]}',
    '{"credentialProperties": [{"name": ".."}]}',
    '{"credentialProperties": [{"name": "a\\u0000b"}]}',
    '{"credentialProperties": [{"name": "gone"}]}',
    '{"credentialProperties": [{"name": "host", "container": true}]}',
    '{"credentialProperties": [{"name": "host", "format": "json"}]}',
]


@pytest.mark.parametrize("metadata", METADATA)
def test_metadata_of_any_shape_are_one_sentence(root: Path, metadata: str) -> None:
    write(root / "pyhana", {"type": "hana", "host": f"{SECRET}host", ".metadata": metadata})
    said = refusal()
    assert said.startswith("SERVICE_BINDING_ROOT leads to 'pyhana")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "password").write_bytes(b"\xff"),
        lambda folder: (folder / "password").write_text("x" * (MAX_BYTES + 1)),
        lambda folder: [(folder / f"part{n}").write_text("x" * (MAX_BYTES // 2)) for n in range(3)],
        lambda folder: [(folder / f"key{n}").touch() for n in range(MAX_ENTRIES + 1)],
        lambda folder: (folder / "dangling").symlink_to("nowhere"),
        lambda folder: (folder / "circle").symlink_to("circle"),
        lambda folder: (folder / "..data").symlink_to("nowhere"),
    ],
    ids=["no-text", "large", "large-together", "many", "dangling", "circle", "dangling-data"],
)
def test_a_binding_that_cannot_be_read_is_one_sentence(root: Path, spoil: Callable[[Path], object]) -> None:
    """And not a start without it."""
    write(root / "pyhana", {"type": "hana", **HANA})
    spoil(root / "pyhana")
    assert refusal().startswith("SERVICE_BINDING_ROOT leads to 'pyhana")


def test_more_folders_than_there_are_bindings_are_refused(root: Path) -> None:
    for n in range(MAX_ENTRIES + 1):
        (root / f"folder{n}").mkdir()
    assert "holds more than 1,000 entries" in refusal()


@pytest.mark.parametrize("where", ["file", "folder", "operator"])
def test_the_service_runs_on_bindings_as_files(
    where: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    authority_file: Path,
    hana: LocalHana,
    xsuaa: LocalXsuaa,
    alice: dict[str, str],
) -> None:
    """The real library checks the token, the real driver asks HANA."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    bound = {
        "pyhana": ("hana", "hdi-shared", hana.binding()),
        "pyuaa": ("xsuaa", "application", xsuaa.binding()),
    }
    if where == "file":
        request.getfixturevalue("file").write_text(cloudfoundry.vcap_services(bound))
    else:
        root = request.getfixturevalue("root")
        for name, (label, _, credentials) in bound.items():
            if where == "folder":
                write(root / name, {"type": label, **credentials})
            else:
                mount(root / name, of_the_operator(label, credentials))
    app: Flask = create_app()
    assert app.test_client().get("/", headers=alice).text.startswith("Current time is: ")
