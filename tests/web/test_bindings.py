"""The approuter's bindings, out of VCAP_SERVICES or of a file, or one sentence without what they hold."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.web.wire import node, start, told_by_node

SECRET = "hidden-value"
LARGEST = 1_000_000


def redis(**other: Any) -> str:
    """VCAP_SERVICES with one Redis that differs; what is None is left out."""
    service = {
        "label": "redis-cache",
        "name": "pyredis",
        "tags": ["redis"],
        "credentials": {"hostname": "localhost", "password": SECRET},
        "other": SECRET,
        **other,
    }
    return json.dumps({"redis-cache": [{key: value for key, value in service.items() if value is not None}]})


GARBLED = {
    "cut short": redis()[:-2],
    "a word too many": redis().replace('"name"', f'{SECRET} "name"'),
    "no JSON": SECRET,
    "null": "null",
    "a list": f'["{SECRET}"]',
    "a text": f'"{SECRET}"',
    "a number": "7",
    "a byte order mark": "\ufeff" + redis(),
    "too deep": "[" * 100_000,
    "a list that is null": '{"redis-cache": null}',
    "a list that is an object": f'{{"redis-cache": {{"credentials": {{"password": "{SECRET}"}}}}}}',
    "a list that is a text": f'{{"redis-cache": "{SECRET}"}}',
    "a service that is null": '{"redis-cache": [null]}',
    "a service that is a text": f'{{"redis-cache": ["{SECRET}"]}}',
    "a service that is a list": f'{{"redis-cache": [["{SECRET}"]]}}',
    "no name": redis(name=None),
    "a name that is an object": redis(name={"a": SECRET}),
    "tags that are numbers": redis(tags=[1, 2]),
    "tags that are a text": redis(tags=SECRET),
    "tags that are an object": redis(tags={"a": SECRET}),
    "no credentials": redis(credentials=None),
    "credentials that are a text": redis(credentials=SECRET),
    "credentials that are a list": redis(credentials=[SECRET]),
}
UNUSABLE = {
    "a password that is an object": redis(credentials={"password": {"a": SECRET}}),
    "a password that is a number": redis(credentials={"password": 1234}),
    "an empty password": redis(credentials={"password": ""}),
    "no password": redis(credentials={"hostname": SECRET}),
}


def assert_one_sentence(answer: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (answer.returncode, answer.stdout) == (1, "")
    [line] = answer.stderr.splitlines()
    assert sentence in line
    assert line.endswith(".")
    assert SECRET not in line


@pytest.mark.parametrize("text", GARBLED.values(), ids=GARBLED.keys())
def test_garbled_services_stop_the_start_in_one_sentence(text: str, tmp_path: Path) -> None:
    assert_one_sentence(start(VCAP_SERVICES=text), "VCAP_SERVICES is not the JSON that Cloud Foundry writes")
    file = tmp_path / "vcap_services"
    file.write_text(text)
    assert_one_sentence(
        start(VCAP_SERVICES_FILE_PATH=str(file)),
        "The file that VCAP_SERVICES_FILE_PATH names is not the JSON that Cloud Foundry writes",
    )


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_redis_without_a_password_stops_the_start_in_one_sentence(text: str) -> None:
    assert_one_sentence(start(VCAP_SERVICES=text), "The Redis service pyredis has no password")


def test_a_name_of_two_lines_is_one_line() -> None:
    answer = start(VCAP_SERVICES=redis(name="one\ntwo", credentials={}))
    assert_one_sentence(answer, r"The Redis service one\ntwo has no password")


@pytest.mark.parametrize("text", ["null", "[]", f"{{ {SECRET}"])
def test_a_garbled_application_stops_the_start_in_one_sentence(text: str) -> None:
    answer = start(VCAP_APPLICATION=text, VCAP_SERVICES="{}")
    assert_one_sentence(answer, "VCAP_APPLICATION is not the JSON that Cloud Foundry writes.")


def services(**environment: str) -> Any:
    """The names of the services that `bindings.js` finds, and what it leaves to the approuter."""
    script = (
        "const { services } = require('./bindings.js');"
        "const { VCAP_SERVICES: text, VCAP_SERVICES_FILE_PATH: path } = process.env;"
        "console.log(JSON.stringify([services.map(({ name }) => name), text, path]))"
    )
    return told_by_node(script, **environment)


@pytest.mark.parametrize("tags", [None, [], ["a"]])
def test_what_cloud_foundry_writes_is_read(tags: list[str] | None) -> None:
    text = redis(tags=tags)
    assert services(VCAP_SERVICES=text) == [["pyredis"], text, None]


def test_tags_that_are_null_are_none() -> None:
    text = redis().replace('["redis"]', "null")
    assert services(VCAP_SERVICES=text)[0] == ["pyredis"]


def test_without_bindings_there_are_no_services() -> None:
    assert services() == [[], None, None]
    assert services(VCAP_SERVICES="", VCAP_SERVICES_FILE_PATH="") == [[], "", ""]


def test_the_file_counts_and_the_variable_does_not(tmp_path: Path) -> None:
    text = redis(name="of-the-file", other="ä")
    file = tmp_path / "vcap_services"
    file.write_text(text, encoding="utf-8")
    path = str(file)
    assert services(VCAP_SERVICES_FILE_PATH=path) == [["of-the-file"], text, None]
    assert services(VCAP_SERVICES_FILE_PATH=path, VCAP_SERVICES=redis())[0] == ["of-the-file"]
    assert services(VCAP_SERVICES_FILE_PATH=path, VCAP_SERVICES="{")[0] == ["of-the-file"]


def test_a_link_to_the_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "vcap_services").write_text(redis())
    (tmp_path / "link").symlink_to("vcap_services")
    assert services(VCAP_SERVICES_FILE_PATH=str(tmp_path / "link"))[0] == ["pyredis"]


def test_the_largest_file_that_the_platform_writes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "vcap_services"
    file.write_text(redis().ljust(LARGEST))
    assert services(VCAP_SERVICES_FILE_PATH=str(file))[0] == ["pyredis"]
    file.write_text(redis().ljust(LARGEST + 1))
    assert_one_sentence(start(VCAP_SERVICES_FILE_PATH=str(file)), "more than 1000000 bytes")


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "cannot be read (ENOENT)"),
    "a folder": (lambda path: path.mkdir(), "is no file"),
    "a pipe": (os.mkfifo, "is no file"),
    "a circle of links": (lambda path: path.symlink_to(path), "cannot be read (ELOOP)"),
    "no UTF-8": (lambda path: path.write_bytes(b'{"\xff": []}'), "cannot be read"),
    "empty": (lambda path: path.touch(), "is not the JSON that Cloud Foundry writes"),
}


@pytest.mark.parametrize(("make", "complaint"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_cannot_be_read_stops_the_start_in_one_sentence(
    make: Callable[[Path], object], complaint: str, tmp_path: Path
) -> None:
    make(tmp_path / SECRET)
    answer = start(VCAP_SERVICES_FILE_PATH=str(tmp_path / SECRET), VCAP_SERVICES=redis())
    assert_one_sentence(answer, f"The file that VCAP_SERVICES_FILE_PATH names {complaint}")


def test_the_redis_of_a_file_keeps_the_sessions(tmp_path: Path) -> None:
    file = tmp_path / "vcap_services"
    file.write_text(redis())
    answer = node(
        "require('./sessions.js'); console.log(JSON.parse(process.env.EXT_SESSION_MGT).instanceName)",
        {"VCAP_SERVICES_FILE_PATH": str(file)},
    )
    assert answer.stdout == "pyredis\n"


def test_people_sign_in_at_an_approuter_whose_bindings_are_a_file(
    own_xsuaa: LocalXsuaa, router_port: int, run_router: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "vcap_services"
    file.write_text(cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", own_xsuaa.binding())}))
    # The platform sets no VCAP_SERVICES then; an empty one counts as none.
    bound = {"VCAP_SERVICES": "", "VCAP_SERVICES_FILE_PATH": str(file)}
    with run_router(router_port, **bound) as router, Person(router.port) as person:
        person.sign_in("alice")
        assert person.get("/user-api/currentUser").json()["name"] == "alice"
