"""The glossary and SECURITY.md against the repository: words in order, links, files, and the attacks that are kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.attacks.catalogue import attacks

ROOT = Path(__file__).parent.parent
GLOSSARY, SECURITY = ROOT / "docs" / "glossary.md", ROOT / "SECURITY.md"
PAGES = [
    GLOSSARY,
    SECURITY,
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "answers.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "README.md",
]
COLUMNS = "| word | meaning | source | in |"  # of a table that explains words
LINK = re.compile(r"\]\(([^)#\s]*)#?([^)\s]*)\)")


def first_cells(table: str) -> list[str]:
    """The first cell of each row of a Markdown table, without its head."""
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    return [row.split("|")[1].strip() for row in rows[1:]]


def rooms() -> dict[str, list[str]]:
    """The words of each room of the glossary, in their order."""
    sections = GLOSSARY.read_text("utf-8").split("\n## ")[1:]
    return {text.splitlines()[0]: first_cells(text) for text in sections if COLUMNS in text}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as hosts of repositories make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("room", rooms())
def test_the_words_of_a_room_are_in_alphabetical_order(room: str) -> None:
    words = rooms()[room]
    assert words == sorted(words, key=lambda word: re.sub(r"[^a-z0-9 ]", "", word.casefold()))


def test_a_word_is_explained_once() -> None:
    words = [word for room in rooms().values() for word in room]
    assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_its_heading(page: Path) -> None:
    links = [(link, anchor) for link, anchor in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert links or page.name == "architecture.md"  # which names files
    for link, anchor in links:
        target = page.parent / link if link else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}#{anchor}"


def test_security_names_every_attack_that_is_kept() -> None:
    table = SECURITY.read_text("utf-8").split("| file in `tests/attacks/` |")[1]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(attacks())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"`((?:api|governance|memstore|tests|tools)/[\w./]+)`", page.read_text("utf-8")))
    assert not sorted(path for path in named if not (ROOT / path).exists())
