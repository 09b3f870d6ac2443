"""What must hold of every wing: no circles of imports, no stale names in docstrings, no hidden internals."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
WINGS = ("tokonoma", "localcloud", "barista")

CIRCLES = {
    frozenset(
        {"calls", "expressions", "hierarchies", "json_clauses", "queries", "text_search"}
    ): "an expression may hold a query, and a query expressions",
    frozenset(
        {
            "aggregates",
            "calls",
            "conditions",
            "expressions",
            "from_clause",
            "queries",
            "special_functions",
        }
    ): "as in the parser: an expression may hold a query, and a query expressions",
    frozenset({"tokens", "zone"}): "for typing only: a zone signs by functions that read the zone",
}
"""Files of one folder that import each other, and why they may."""

LAYERS = {
    "localcloud.hana": (
        *("errors", "dates", "model", "faults", "releases", "wire", "sql"),
        *("source_files", "artefacts", "csv_rows", "table_data", "access_role", "loading", "hdi"),
    ),
    "localcloud.hana.sql": ("values", "functions", "parser", "catalogue", "compiler", "ddl", "engine"),
}
"""The rooms of the local HANA from the ground up: each imports only those before it."""

FOREIGN_NAMES = {
    "NOT": "a word of SQL's",
    "_xHHHH_": "a form of names",
    "amr": "a claim of UAA's",
    "dbapi.Error": "a class of hdbcli's",
    "export": "a command of the shell",
    "get_attribute": "a method of sap-xssec's",
    "granted_scopes": "a claim of UAA's",
    "hdi_user": "a credential of HANA's bindings",
    "idp": "a parameter of XSUAA's",
    "invalid_client": "an error of OAuth's",
    "logging.config.dictConfig": "a function of Python's",
    "login_hint": "a parameter of OpenID Connect's",
    "math": "a module of Python's",
    "nohup": "a command",
    "nonce": "a claim of UAA's",
    "rooms": "an attribute of a user, as an example",
    "secretRootKey": "a setting of SAP's BTP service operator",
    "server_processing_time": "a method of hdbcli's",
    "setquerytimeout": "a method of hdbcli's",
    "spring.cloud.stream.kafka.binder.configuration": "a property of Spring's",
    "time.monotonic": "a function of Python's",
    "tokonoma": "the service",
    "with": "a word of Python's",
}
"""What docstrings may name though the wing does not."""

DOCUMENTED = frozenset(
    {"_replace", "os._exit", "KafkaError._FATAL", "KafkaError._FENCED", "KafkaError._QUEUE_FULL"}
)
"""Names that look private, and stand in the documentation of their libraries all the same."""

UNDOCUMENTED = frozenset({"JWSRegistry", "ThreadedWSGIServer", "WSGIRequestHandler", "werkzeug.socket"})
"""Names that look public, and stand in no documentation of their libraries."""

UNDOCUMENTED_MODULES = ("gunicorn.http", "gunicorn.util", "gunicorn.workers", "sap.xssec.")
"""Modules that look public, by how their names begin, and stand in no documentation of their libraries."""


@dataclass(frozen=True)
class Source:
    """One file of a wing: its dotted name, its text and its tree."""

    module: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def path(self) -> list[str]:
        """The folders and the file; that of a package is `__init__`."""
        return [*self.module.split("."), *(["__init__"] if self.is_package else [])]


@cache
def sources(wing: str) -> list[Source]:
    found = []
    for file in sorted((PROJECT / wing).rglob("*.py")):
        parts = file.relative_to(PROJECT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        found.append(Source(".".join(parts[:-1] if is_package else parts), file.read_text(), is_package))
    return found


# Circles ----------------------------------------------------------------------------------------


def imported(source: Source, known: Collection[str]) -> set[str]:
    """The modules of `known` that a file imports, inside of functions and for typing too."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = source.path[: -node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= names
            if names - set(known):
                found.add(module)
    return found & set(known)


def siblings(files: Collection[Source]) -> dict[str, dict[str, set[str]]]:
    """For each folder what its files and folders import of each other: folder -> importer -> imported."""
    paths = {file.module: file.path for file in files}
    found: dict[str, dict[str, set[str]]] = {}
    for file in files:
        for target in imported(file, paths):
            ours, theirs = file.path, paths[target]
            pairs = enumerate(zip(ours, theirs, strict=False))
            depth = next((index for index, (our, their) in pairs if our != their), 0)
            if depth:
                folder = found.setdefault(".".join(ours[:depth]), {})
                folder.setdefault(ours[depth], set()).add(theirs[depth])
    return found


def circles(graph: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """The largest sets of names that reach each other."""

    def reached(start: str) -> set[str]:
        seen, waiting = set[str](), [start]
        while waiting:
            for name in graph.get(waiting.pop(), set()) - seen:
                seen.add(name)
                waiting.append(name)
        return seen

    below = {name: reached(name) for name in graph}
    found = {
        frozenset(other for other in below[name] if name in below.get(other, ()))
        for name in graph
        if name in below[name]
    }
    return sorted(found, key=sorted)


def circles_of(files: Collection[Source]) -> dict[str, list[frozenset[str]]]:
    found = {folder: circles(graph) for folder, graph in siblings(files).items()}
    return {folder: each for folder, each in found.items() if each}


@pytest.mark.parametrize("wing", WINGS)
def test_imports_run_in_no_circle_but_those_that_have_a_reason(wing: str) -> None:
    files = sources(wing)
    folders = {".".join(file.path[:-1]) for file in files}
    for folder, found in circles_of(files).items():
        for circle in found:
            inside = {name for name in circle if f"{folder}.{name}" in folders}
            assert not inside, f"folders of {folder} import each other: {sorted(circle)}"
            assert circle in CIRCLES, f"files of {folder} import each other: {sorted(circle)}"


def test_every_reason_for_a_circle_is_still_needed() -> None:
    found = {circle for wing in WINGS for each in circles_of(sources(wing)).values() for circle in each}
    assert set(CIRCLES) <= found


@pytest.mark.parametrize("folder", LAYERS)
def test_imports_run_downward(folder: str) -> None:
    graph = siblings(sources("localcloud"))[folder]
    for index, room in enumerate(LAYERS[folder]):
        assert graph.get(room, set()) <= set(LAYERS[folder][:index]), room


def test_the_wire_side_and_the_sql_side_do_not_know_each_other() -> None:
    graph = siblings(sources("localcloud"))["localcloud.hana"]
    assert graph["wire"].isdisjoint({"sql"})
    assert graph["sql"] <= {"dates", "errors", "model", "releases"}


def test_a_circle_is_found_between_folders_and_between_files() -> None:
    files = [
        Source("wing.one.first", "from wing.two import second"),
        Source("wing.two.second", "def late() -> None:\n    from ..one.first import name"),
        Source("wing.two.third", "from . import fourth"),
        Source("wing.two.fourth", "import wing.two.third"),
        Source("wing.two.fifth", "from .third import name"),
        Source("wing.three", "from .sixth import name", is_package=True),
        Source("wing.three.sixth", "from wing.three import door"),
    ]
    assert circles_of(files) == {
        "wing": [frozenset({"one", "two"})],
        "wing.two": [frozenset({"third", "fourth"})],
        "wing.three": [frozenset({"__init__", "sixth"})],
    }


# Names in docstrings ----------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts that stand alone as statements: of modules, classes and functions, and behind names."""
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Expr) else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text


def defined(tree: ast.Module) -> set[str]:
    """What a module defines for others: functions, classes and names, its classes' members included."""
    found: set[str] = set()
    for node in [*tree.body, *(each for top in tree.body for each in getattr(top, "body", []))]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            targets = [name for each in node.targets for name in getattr(each, "elts", [each])]
            found |= {each.id for each in targets if isinstance(each, ast.Name)}
    return found


def texts_of(tree: ast.Module) -> set[str]:
    """The texts in the code of a file, as they are."""
    without = {id(each) for each in docstrings(tree)}
    constants = (
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in without
    )
    return {node.value for node in constants if isinstance(node.value, str)}


def spoken_of(tree: ast.Module) -> set[str]:
    """Every name and every text in the code of a file, and the words of the texts."""
    found = texts_of(tree)
    found |= {word for text in found for word in re.findall(r"\w+", text)}
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(name := getattr(node, field, None), str):
                found |= {name, *name.split(".")}
    return found


def stale_names(files: Collection[Source]) -> list[str]:
    """The names in backticks that are neither in the code of the same file nor defined by another one."""
    modules: dict[str, set[str]] = {}
    for file in files:
        modules.setdefault(file.module.rpartition(".")[2], set()).update(defined(file.tree))
        for node in file.tree.body:
            if isinstance(node, ast.ClassDef):
                modules.setdefault(node.name, set()).update(defined(ast.Module([node], [])))
    everywhere = {*modules, *(file.module for file in files), *FOREIGN_NAMES}.union(*modules.values())
    everywhere.update(*(texts_of(file.tree) for file in files))
    found = []
    for file in files:
        known = everywhere | spoken_of(file.tree)
        for text in docstrings(file.tree):
            for quoted in re.findall(r"`([^`\n]+)`", str(text.value)):
                name = quoted.removesuffix("()")
                module, _, member = name.rpartition(".")
                if not _NAME.fullmatch(name) or name in known or member in modules.get(module, ()):
                    continue
                found.append(f"{file.module}:{text.lineno} `{quoted}`")
    return found


@pytest.mark.parametrize("wing", WINGS)
def test_the_names_in_docstrings_exist(wing: str) -> None:
    assert stale_names(sources(wing)) == []


def test_a_name_that_is_gone_is_found_in_a_docstring() -> None:
    text = (
        '"""Turns `given` into `made.Thing` or `made.Other` by `back_to`."""\n\n'
        'def turn(given: int) -> None:\n    """Not `taken`; `SELECT …` is no name."""'
    )
    files = [Source("wing.turning", text), Source("wing.made", "class Other: ...")]
    assert stale_names(files) == [
        "wing.turning:1 `made.Thing`",
        "wing.turning:1 `back_to`",
        "wing.turning:4 `taken`",
    ]


def test_every_foreign_name_is_still_spoken_of() -> None:
    files = [file for wing in WINGS for file in sources(wing)]
    texts = " ".join(str(text.value) for file in files for text in docstrings(file.tree))
    assert {name for name in FOREIGN_NAMES if f"`{name}`" not in texts} == set()


# Names of classes -------------------------------------------------------------------------------

TWICE = {
    "Caller": "that of the reader is what it needs to know of the gate's, which it may not import",
}
"""Classes of one name, in one wing, that are two, and why."""
PICTURED = "tokonoma.pages."
"""Pages draw what `data` computes, and call the picture as the thing: a line, a bucket, a reference."""


def repeated_classes(files: Collection[Source]) -> set[str]:
    """The public names that more than one file gives to a class."""
    seen = [file for file in files if not file.module.startswith(PICTURED)]
    names = [node.name for file in seen for node in file.tree.body if isinstance(node, ast.ClassDef)]
    return {name for name in names if names.count(name) > 1 and not _is_private(name)}


def test_a_name_stands_for_one_class_of_a_wing() -> None:
    found = {wing: repeated_classes(sources(wing)) for wing in WINGS}
    assert found == {"tokonoma": set(TWICE), "localcloud": set(), "barista": set()}


def test_a_name_that_stands_for_two_classes_is_found() -> None:
    files = [
        Source("wing.one", "class Part: ...\nclass _Own: ..."),
        Source("wing.two", "class Part: ...\nclass Other: ...\nclass _Own: ..."),
    ]
    assert repeated_classes(files) == {"Part"}


# Library internals ------------------------------------------------------------------------------


def private_members(files: Collection[Source]) -> set[str]:
    """The private members of the classes of some files."""
    classes = [node for file in files for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)]
    return {
        name
        for each in classes
        for name in defined(ast.Module([each], [])) - {each.name}
        if _is_private(name)
    }


def private_names(source: Source, inherited: Collection[str] = ()) -> list[str]:
    """What a file uses of others' private names: attributes that it does not define, and imports.

    What its classes may have `inherited` from others of the project is theirs.
    """
    own, found = defined(source.tree), []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            own.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr) and node.attr not in own:
            is_own = isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in inherited
            if not is_own and node.attr not in DOCUMENTED:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "setattr", "hasattr"):
            names = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
            found += [
                name for name in names if isinstance(name, str) and _is_private(name) and name not in own
            ]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            words = [word for name in imported_names(node) for word in name.split(".")]
            found += [word for word in words if _is_private(word) and word != "_typeshed"]
    return [name for name in found if name not in DOCUMENTED]


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """What an import statement names, with the module in front."""
    module = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
    return [f"{module}{alias.name}" for alias in node.names]


def undocumented_names(source: Source) -> set[str]:
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {name for node in imports for name in imported_names(node)}
    return (spoken_of(source.tree) & UNDOCUMENTED) | {
        name for name in modules if name.startswith(UNDOCUMENTED_MODULES)
    }


def says_so(source: Source) -> bool:
    """Whether a comment or docstring of the file has the word."""
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return any(
        "undocumented" in text for text in (*comments, *(str(each.value) for each in docstrings(source.tree)))
    )


def hidden_internals(source: Source, inherited: Collection[str] = ()) -> list[str]:
    found = sorted({*private_names(source, inherited), *undocumented_names(source)})
    return [] if found and says_so(source) else found


@pytest.mark.parametrize("wing", WINGS)
def test_a_file_that_uses_library_internals_says_so(wing: str) -> None:
    inherited = private_members(sources(wing))
    hidden = {file.module: hidden_internals(file, inherited) for file in sources(wing)}
    assert {module: names for module, names in hidden.items() if names} == {}


def test_library_internals_are_found() -> None:
    text = "import library\nfrom library._deep import thing\nlibrary.thing._inner()\nThreadedWSGIServer()\n"
    found = hidden_internals(Source("wing.file", text))
    assert found == ["ThreadedWSGIServer", "_deep", "library.thing._inner"]
    assert hidden_internals(Source("wing.file", f"# undocumented: all of it\n{text}")) == []
    ways = (
        "import library._deep",
        "import library._deep as deep",
        "getattr(library, '_deep')",
        "from gunicorn.http import wsgi",
        "from gunicorn import util",
        "import gunicorn.workers.gthread",
    )
    for way in ways:
        assert hidden_internals(Source("wing.file", way)), way
    assert hidden_internals(Source("wing.file", "from library import thing\ngetattr(thing, 'part')")) == []
    own = "class Own:\n    def _part(self) -> None:\n        self._part()\n"
    assert hidden_internals(Source("wing.file", own)) == []
    child = Source("wing.child", "class Child(Own):\n    def part(self) -> None:\n        self._part()\n")
    assert hidden_internals(child) == ["self._part"]
    assert hidden_internals(child, private_members([Source("wing.file", own)])) == []


def test_nothing_is_listed_that_is_not_used() -> None:
    files = [file for wing in WINGS for file in sources(wing)]
    used = set[str]().union(*(undocumented_names(file) for file in files))
    modules = {name for name in used if name.startswith(UNDOCUMENTED_MODULES)}
    assert used - modules == UNDOCUMENTED
    assert all(any(name.startswith(each) for name in modules) for each in UNDOCUMENTED_MODULES)
    nodes = [node for file in files for node in ast.walk(file.tree)]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    assert {name for node in attributes for name in (ast.unparse(node), node.attr)} >= DOCUMENTED
