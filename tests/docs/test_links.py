"""Every link of the documents to a place in this project leads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), PROJECT / "bench" / "README.md"]
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(document: Path) -> Iterator[tuple[str, str]]:
    """File and anchor of each link that stays here; code blocks show links, but have none."""
    for target in _LINK.findall(_FENCED.sub("", document.read_text())):
        if "://" not in target and not target.startswith("mailto:"):
            file, _, anchor = target.partition("#")
            yield file, anchor


def anchors(document: Path) -> set[str]:
    """The anchors that headings get: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    lost = []
    for file, anchor in links(document):
        target = document.parent / file if file else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(f"{file}#{anchor}")
    assert not lost


def test_every_document_is_linked_from_another_one() -> None:
    linked = {(each.parent / file).resolve() for each in DOCUMENTS for file, _ in links(each) if file}
    assert {each for each in DOCUMENTS if each.parent.name == "docs"} <= linked
