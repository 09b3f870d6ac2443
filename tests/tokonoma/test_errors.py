"""The tree of errors, and the table from error to HTTP answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tokonoma import errors
from tokonoma.errors import (
    UNEXPECTED,
    AccessError,
    Answer,
    ConfigurationError,
    HanaError,
    HanaUnavailable,
    ScopeMissing,
    TokenMissing,
    TokonomaError,
    answer_to,
)

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TokonomaError)]
LEAVES = [each for each in ALL if not each.__subclasses__() and not issubclass(each, ConfigurationError)]


def drawn() -> Iterator[tuple[int, str]]:
    """Depth and name of each error in the tree of the module's docstring."""
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ((?:[│├└─ ]{4})*)([A-Z]\w+)( |$)", line):
            yield len(found[1]) // 4, found[2]


def test_the_tree_in_the_docstring_is_that_of_the_classes() -> None:
    above: dict[int, str] = {}
    seen = {}
    for depth, name in drawn():
        above[depth] = name
        seen[name] = above.get(depth - 1)
    real = {each.__name__: each.__bases__[0].__name__ for each in ALL if each is not TokonomaError}
    assert seen == {"TokonomaError": None, **real}


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_that_a_caller_can_meet_has_an_answer(kind: type[TokonomaError]) -> None:
    assert kind in errors._ANSWERS or any(base in errors._ANSWERS for base in kind.__mro__)


def test_a_kind_without_a_row_gets_that_of_its_nearest_ancestor() -> None:
    class Deeper(HanaUnavailable):
        pass

    assert answer_to(Deeper("pyhana")) is answer_to(HanaUnavailable("pyhana"))


@pytest.mark.parametrize("error", [ValueError("secret"), KeyboardInterrupt(), TokonomaError("root")])
def test_what_is_in_no_row_is_unexpected(error: BaseException) -> None:
    assert answer_to(error) is UNEXPECTED
    assert UNEXPECTED.status == 500


def test_a_problem_has_one_status_and_one_title() -> None:
    rows: dict[str, set[tuple[int, str]]] = {}
    for kind, answer in errors._ANSWERS.items():
        if answer.problem != "login-required":  # the tutorial's 403, and RFC 9110's 401 on Cumulocity
            rows.setdefault(answer.problem, set()).add((answer.status, answer.title))
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", answer.problem), kind
    assert {problem for problem, found in rows.items() if len(found) > 1} == set()


def test_only_what_passes_by_itself_says_when_to_come_again() -> None:
    again = {answer.status for answer in errors._ANSWERS.values() if answer.retry_after}
    assert again == {503}


def test_whoever_is_not_let_in_is_challenged() -> None:
    for kind, answer in errors._ANSWERS.items():
        if issubclass(kind, AccessError) and answer.status in (401, 403):
            assert answer.challenge, kind
    assert answer_to(TokenMissing()).challenge == "Bearer"
    assert 'error="insufficient_scope"' in answer_to(ScopeMissing("Display")).challenge


@pytest.mark.parametrize("kind", [each for each in LEAVES if issubclass(each, HanaError)])
def test_what_a_caller_reads_of_hana_has_no_address(kind: type[HanaError]) -> None:
    assert not re.search(r"\d{4}|://|\{", str(kind("pyhana")))


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Answer(500, "p", "t").status = 200  # type: ignore[misc]
