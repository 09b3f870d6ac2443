"""The files of a project: whatever is wrong in one is told with its name and place, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.space.declared import ProjectError
from localcloud.space.documents import Section, as_text, read_json, read_yaml


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [1\nb: 2", ":2: is not YAML (expected ',' or ']', but got ':')"),
        ("a: \t- x", ":1: is not YAML (found character '\\t' that cannot start any token)"),
        ("- a\n- b", ": must be a mapping of names to values"),
        ("just words", ": must be a mapping of names to values"),
        ("when: 2025-99-99", ": is not YAML (month must be in 1..12)"),
        ("a: &a [*a]", ": is nested too deep"),
        ('a: ["b\\0c"]', ": has a NUL character in a text"),
        ('a: {"b\\0c": d}', ": has a NUL character in a text"),
        ('a: "\\ud800"', ": has half a character in a text"),
        ("a: !!python/object:os.system x", ":1: is not YAML (could not determine a constructor for the tag"),
        ("a: \x00", ": is not YAML (unacceptable character #x0000"),
    ],
)
def test_a_file_that_is_no_yaml_mapping_is_told_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "manifest.yml"
    file.write_text(text)
    with pytest.raises(ProjectError) as refusal:
        read_yaml(file)
    assert str(refusal.value).startswith(f"{file}{complaint}")


@pytest.mark.parametrize("form", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_that_repeat_without_bound_are_refused(tmp_path: Path, form: str) -> None:
    file = tmp_path / "manifest.yml"
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} " + form.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12)]
    file.write_text("\n".join(lines))
    with pytest.raises(ProjectError, match=r"manifest\.yml: has aliases that make more than 100000 values"):
        read_yaml(file)
    file.write_text("\n".join(lines[:3]))
    assert set(read_yaml(file).entries) == {"a0", "a1", "a2"}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"gone\.yml: cannot be read \(No such file or directory\)$"):
        read_yaml(tmp_path / "gone.yml")
    file = tmp_path / "latin.json"
    file.write_bytes(b'{"a": "\xe4"}')
    with pytest.raises(ProjectError, match=r"latin\.json: not in UTF-8$"):
        read_json(file)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{\n"a": 1\n"b": 2}', ":3: is not JSON (Expecting ',' delimiter)"),
        ("[]", ": must be a mapping of names to values"),
        ("[" * 100_000, ": is not JSON that can be read"),
    ],
)
def test_a_file_that_is_no_json_object_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "xs-security.json"
    file.write_text(text)
    with pytest.raises(ProjectError) as refusal:
        read_json(file)
    assert str(refusal.value).startswith(f"{file}{complaint}")


def test_an_empty_file_declares_nothing(tmp_path: Path) -> None:
    file = tmp_path / "vars.yml"
    file.write_text("# nothing\n")
    assert read_yaml(file).entries == {}


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    file = tmp_path / "package.json"
    file.write_bytes(b'\xef\xbb\xbf{"name": "x"}')
    assert read_json(file).text("name") == "x"


def test_keys_are_texts_however_deep_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yml"
    file.write_text("a: {b: {2025-01-02: c, 3: d, true: 2025-01-02}}")
    assert (
        as_text(read_yaml(file).entries["a"]) == '{"b": {"2025-01-02": "c", "3": "d", "true": "2025-01-02"}}'
    )


def test_values_are_the_texts_that_an_environment_carries() -> None:
    given = [True, False, 3, 1.5, None, "x", {"a": [1, "ä"]}]
    assert [as_text(each) for each in given] == [
        "true",
        "false",
        "3",
        "1.5",
        "",
        "x",
        '{"a": [1, "\\u00e4"]}',
    ]


@pytest.mark.parametrize(
    ("entries", "read", "complaint"),
    [
        ({"a": [1]}, lambda part: part.text("a"), "f: a must be a text"),
        ({"a": {"b": 1}}, lambda part: part.texts("a"), "f: a must be a list of texts"),
        ({"a": [None]}, lambda part: part.texts("a"), "f: a must be a list of texts"),
        ({"a": "x"}, lambda part: part.part("a"), "f: a: must be a mapping of names to values"),
        ({"a": "x"}, lambda part: part.parts("a"), "f: a must be a list"),
        ({"a": [{}, 1]}, lambda part: part.parts("a"), "f: a no. 2: must be a mapping of names to values"),
        (
            {"a": [{"name": "n"}]},
            lambda part: part.parts("a")[0].count("b", -1),
            "f: a n: b must be a number",
        ),
        ({"a": "-1"}, lambda part: part.count("a", 0), "f: a must be a number"),
        ({}, lambda part: part.name(), "f: a name is missing"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_place(entries, read, complaint) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ProjectError) as refusal:
        read(Section("f", entries))
    assert str(refusal.value) == complaint
