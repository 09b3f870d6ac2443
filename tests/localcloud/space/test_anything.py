"""Whatever stands in a file of a project: it starts, or a sentence says why not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.cloudfoundry import PROJECT
from localcloud.space.declared import ProjectError
from localcloud.space.destinations import about_destinations, declared_variables
from localcloud.space.environment import environment_of
from localcloud.space.plan import Options, PortsInUse, settle
from localcloud.space.services import descriptor_of
from localcloud.xsuaa.descriptor import DescriptorError, read_descriptor

pytestmark = pytest.mark.timeout(300)

ODD: tuple[Any, ...] = (
    None,
    "${x}",
    "~{x/y}",
    -1,
    True,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"x": []},
    "\0",
    {"=": "="},
)
Way = tuple[str | int, ...]


def places(document: Any, way: Way = ()) -> Iterator[Way]:
    """The way to every value in a document."""
    yield way
    children = dict(enumerate(document)) if isinstance(document, list) else document
    for key, value in children.items() if isinstance(children, dict) else ():
        yield from places(value, (*way, key))


def changed(document: Any, way: Way, value: Any) -> Any:
    if not way:
        return value
    made = copy.deepcopy(document)
    holder = made
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = value
    return made


def start(project: Path) -> None:
    """Everything that is done before the first process starts."""
    plan = settle(Options(project, port=0), PortsInUse(any_port=True))
    for app in plan.apps:
        env = declared_variables(app, plan.places, {})
        assert all(about_destinations(app, env, plan.places))
        environment_of(app, 1, env, {}, {})
    for service in plan.services:
        if service.label == "xsuaa":
            _, document = descriptor_of(service, plan.space.folder)
            read_descriptor({**document, "xsappname": document.get("xsappname") or "x"})


def odd_project(name: str, file: str, folder: Path) -> tuple[Path, Any]:
    """A copy of a project of these tests without its packages, and the document in one of its files."""
    for source in (PROJECT / "tests" / "projects" / name).rglob("*"):
        target = folder / source.relative_to(PROJECT / "tests" / "projects" / name)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    (folder / "node_modules" / ".bin").mkdir(parents=True)
    return folder, yaml.safe_load((folder / file).read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("florist", "manifest.yml"),
        ("library", "mta.yaml"),
        ("library", "xs-security.json"),
        ("library", "srv/package.json"),
    ],
)
def test_odd_values_anywhere_are_taken_or_refused_in_a_sentence(tmp_path: Path, name: str, file: str) -> None:
    project, document = odd_project(name, file, tmp_path / "project")
    start(project)
    refused: list[str] = []
    for way in places(document):
        for value in ODD:
            (project / file).write_text(json.dumps(changed(document, way, value), default=str))
            try:
                start(project)
            except (ProjectError, DescriptorError) as error:
                refused.append(str(error))
    assert len(refused) > 10
    assert [sentence for sentence in refused if len(sentence.splitlines()) != 1] == []
