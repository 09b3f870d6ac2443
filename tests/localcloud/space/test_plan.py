"""What is settled before anything starts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from localcloud.ports import PortTakenError
from localcloud.space.declared import ProjectError
from localcloud.space.plan import Options, PortsInUse, StartPlan, settle
from tests.localcloud.space.files import write

MANIFEST = """
    applications:
      - {name: inner, command: sh inner.sh, services: [inner-db, inner-uaa], env: {HOST: ((host))}}
      - {name: router, path: web, command: sh web.sh, services: [inner-uaa]}
    """
ROUTER = {"web/xs-app.json": "{}"}


def planned(folder: Path, files: dict[str, str] | None = None, **options: Any) -> StartPlan:
    write(folder, {"manifest.yml": MANIFEST, **ROUTER, **(files or {})})
    return settle(Options(folder, **{"port": 0, **options}), PortsInUse(any_port=True))


def test_people_open_the_approuter_and_everything_has_a_port_of_its_own(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"vars.yml": "host: x.example.com"})
    assert plan.front is not None
    assert plan.front.name == "router"
    assert len(set(plan.ports.values())) == 2
    assert plan.places.places["router"].url == f"http://localhost:{plan.ports['router']}"
    assert plan.places.places["inner"].url == f"http://127.0.0.1:{plan.ports['inner']}"
    assert plan.commands == {"inner": {"web": "sh inner.sh"}, "router": {"web": "sh web.sh"}}
    assert plan.apps[0].env == {"HOST": "x.example.com"}


def test_without_an_approuter_people_open_the_first_app(tmp_path: Path) -> None:
    plan = planned(tmp_path, without=frozenset({"router"}))
    assert [app.name for app in plan.apps] == ["inner"]
    assert plan.front is plan.apps[0]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"^Port {port} is taken; choose another"):
            planned(tmp_path, port=port)


def test_services_without_a_label_are_told_by_their_names_or_by_an_option(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    assert [(each.label, each.plan) for each in plan.services] == [
        ("hana", "hdi-shared"),
        ("xsuaa", "application"),
    ]
    assert plan.notes == (
        "inner-db is taken for hana by its name; if not: --service inner-db=FILE",
        "inner-uaa is taken for xsuaa by its name; if not: --service inner-uaa=FILE",
    )
    plan = planned(tmp_path, services={"inner-db": "xsuaa", "inner-uaa": "key.json"})
    assert [each.label for each in plan.services] == ["xsuaa", ""]
    assert plan.notes == ()


def test_tables_are_the_seed_of_the_option_before_those_of_the_project(tmp_path: Path) -> None:
    assert planned(tmp_path).tables == {"inner-db": None}
    files = {"db/T.hdbtable": "TABLE T (A INTEGER)", "seed.sql": "", "other.sql": ""}
    assert planned(tmp_path, files).tables == {"inner-db": tmp_path / "db"}
    seeds = {"": tmp_path / "seed.sql"}
    assert planned(tmp_path, seeds=seeds).tables == {"inner-db": tmp_path / "seed.sql"}
    seeds["inner-db"] = tmp_path / "other.sql"
    assert planned(tmp_path, seeds=seeds).tables == {"inner-db": tmp_path / "other.sql"}
    assert planned(tmp_path, services={"inner-db": "key.json"}).tables == {}


def test_models_that_are_not_built_are_told(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"db/schema.cds": "entity T {}"})
    assert plan.notes[-1] == (
        "inner-db: db/ holds CDS models, and no tables: `npx cds build --for hana` makes some"
    )


def test_variables_of_a_named_file_come_before_the_usual_one_and_those_of_an_option_before_both(
    tmp_path: Path,
) -> None:
    files = {"vars.yml": "host: usual", "vars-dev.yml": "host: of-dev\nport: 1"}
    assert planned(tmp_path, files).apps[0].env == {"HOST": "usual"}
    named = {"variable_files": (tmp_path / "vars-dev.yml",)}
    assert planned(tmp_path, files, **named).apps[0].env == {"HOST": "of-dev"}
    assert planned(tmp_path, files, variables={"host": "of-option"}, **named).apps[0].env == {
        "HOST": "of-option"
    }


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            {"without": frozenset({"nobody"})},
            "there is no app nobody in the project; there are: inner, router",
        ),
        ({"commands": {"nobody": "x"}}, "there is no app nobody"),
        ({"services": {"nobody": "hana"}}, "there is no service nobody in the project; there are: inner-db"),
        ({"seeds": {"nobody": Path("x")}}, "there is no service nobody"),
        ({"seeds": {"": Path("/nowhere")}}, "inner-db: there is no /nowhere to fill it from"),
        ({"without": frozenset({"inner", "router"})}, "{file}: no app is left to be started"),
        ({"commands": {"inner": "nobody-has-this", "router": "nor-this"}}, "inner: nobody-has-this is not"),
        ({"variable_files": (Path("/nowhere.yml"),)}, "/nowhere.yml: cannot be read"),
        ({"file": Path("/nowhere.yml")}, "/nowhere.yml: cannot be read"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ProjectError) as refusal:
        planned(tmp_path, **options)
    assert str(refusal.value).startswith(complaint.format(file=tmp_path / "manifest.yml"))
    if "commands" in options and "inner" in options["commands"]:
        assert "router: nor-this is not installed" in str(refusal.value)


def test_a_folder_that_declares_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r": there is none of manifest\.yml, manifest\.yaml, mta\.yaml"):
        settle(Options(tmp_path), PortsInUse(any_port=True))


def test_the_file_of_the_option_counts_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"mta.yaml": "ID: shop\nmodules: [{name: m, parameters: {command: sh m.sh}}]"})
    assert [app.name for app in planned(tmp_path).apps] == ["inner", "router"]
    assert [app.name for app in planned(tmp_path, file=tmp_path / "mta.yaml").apps] == ["m"]
    write(tmp_path, {"deployment.yml": (tmp_path / "mta.yaml").read_text()})
    assert [app.name for app in planned(tmp_path, file=tmp_path / "deployment.yml").apps] == ["m"]
