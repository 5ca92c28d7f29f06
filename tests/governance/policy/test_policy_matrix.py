"""The whole policy as a table: each cell is what a person wrote down, and `docs/policy.md` says the same."""

from __future__ import annotations

import re
import sys

import pytest

from governance.policy import decide
from governance.policy.roles import VIEWS
from governance.vocabulary import MemoryState, Role, View
from tests.governance.policy.matrix import (
    ASKERS,
    DOCUMENT,
    PERSONS,
    PURPOSES,
    SECTIONS,
    USUAL,
    Cells,
    Place,
    matrix,
    rewrite,
    written,
)

# Written by hand, and to be changed by hand: this is where a change of `governance/policy/roles.py` is looked at.
#
# A cell is: content of ordinary, confidential, special and criminal memories; labels and evidence.
# c clear, m masked, . hidden. `+ person` says what differs for another person than the one who consented; a person
# who is not listed under a purpose sees no difference there.
EXPECTED = """
                         active    restricted  quarantined  superseded  erased

key with recall
  support                cc.. c.   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        cc.. c.   .... ..     .... ..      .... ..     .... ..
    + no consent         .... ..   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  care                   cc.. c.   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..

key with recall and recall.special
  support                cc.. c.   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        cc.. c.   .... ..     .... ..      .... ..     .... ..
    + no consent         .... ..   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  care                   ccc. c.   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..

reviewer
  support                mm.. cc   .... ..     mm.. cc      mm.. cc     .... ..
  personalisation        mm.. cc   .... ..     mm.. cc      mm.. cc     .... ..
  care                   mmm. cc   .... ..     mmm. cc      mmm. cc     .... ..

dpo
  support                mm.. cc   mm.. cc     mm.. cc      mm.. cc     .... ..
  personalisation        mm.. cc   mm.. cc     mm.. cc      mm.. cc     .... ..
  care                   mmm. cc   mmm. cc     mmm. cc      mmm. cc     .... ..

break-glass, by a reviewer
  support                cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  personalisation        cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  care                   ccc. cc   ccc. cc     ccc. cc      ccc. cc     .... ..

break-glass, by a dpo
  support                cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  personalisation        cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  care                   ccc. cc   ccc. cc     ccc. cc      ccc. cc     .... ..

auditor
  support                .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        .... ..   .... ..     .... ..      .... ..     .... ..
  care                   .... ..   .... ..     .... ..      .... ..     .... ..

administrator
  support                .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        .... ..   .... ..     .... ..      .... ..     .... ..
  care                   .... ..   .... ..     .... ..      .... ..     .... ..

key_officer
  support                .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        .... ..   .... ..     .... ..      .... ..     .... ..
  care                   .... ..   .... ..     .... ..      .... ..     .... ..

system
  support                .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        .... ..   .... ..     .... ..      .... ..     .... ..
  care                   .... ..   .... ..     .... ..      .... ..     .... ..

the person, known to be it
  support                cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  personalisation        cc.. cc   cc.. cc     cc.. cc      cc.. cc     .... ..
  care                   ccc. cc   ccc. cc     ccc. cc      ccc. cc     .... ..

the person, by the link of a key that reads
  support                cc.. cc   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        cc.. cc   .... ..     .... ..      .... ..     .... ..
    + no consent         .... ..   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..
  care                   cc.. cc   .... ..     .... ..      .... ..     .... ..
    + restricted         .... ..   .... ..     .... ..      .... ..     .... ..

the person, by the link of who may not read
  support                .... ..   .... ..     .... ..      .... ..     .... ..
  personalisation        .... ..   .... ..     .... ..      .... ..     .... ..
  care                   .... ..   .... ..     .... ..      .... ..     .... ..
"""
LETTERS = {"c": View.CLEAR, "m": View.MASKED, ".": View.HIDDEN}


def expected() -> dict[Place, Cells]:
    """Return the table above, with the persons that it does not list filled in."""
    head, *lines = [line for line in EXPECTED.splitlines() if line.strip()]
    states = [MemoryState(word) for word in head.split()]
    found: dict[Place, Cells] = {}
    asker = purpose = ""
    for line in lines:
        name, *row = re.split(r"\s{2,}", line.strip())
        if not row:
            asker = name
            continue
        persons = [name.removeprefix("+ ")] if name.startswith("+ ") else [USUAL, *(set(PERSONS) - {USUAL})]
        purpose = purpose if name.startswith("+ ") else name
        for state, cell in zip(states, row, strict=True):
            views = tuple(LETTERS[letter] for letter in cell.replace(" ", ""))
            found |= {(asker, purpose, person, state): views for person in persons}
    return found


@pytest.mark.parametrize("asker", ASKERS)
def test_every_cell_is_what_a_person_wrote_down(asker: str) -> None:
    real = {place: cells for place, cells in matrix().items() if place[0] == asker}
    hand = {place: cells for place, cells in expected().items() if place[0] == asker}
    assert len(real) == len(PURPOSES) * len(PERSONS) * len(MemoryState)
    assert set(hand) == set(real)
    assert {place: cells for place, cells in real.items() if cells != hand[place]} == {}


def test_the_table_has_nobody_else_in_it() -> None:
    assert {asker for asker, *_ in expected()} == set(ASKERS)
    # every row of the table of views is asked for by a role, so none is left out here
    rows = {
        "recall",
        "recall.special",
        "break_glass",
        "own.read",
        "own.read_all",
        *(role.value for role in set(Role) - {Role.API_KEY}),
    }
    assert set(VIEWS) == rows
    assert {asker.role for asker in ASKERS.values()} == set(Role)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_document_says_what_the_code_does(section: str) -> None:
    rendered = SECTIONS[section]()
    sys.stdout.write(f"\n{rendered}\n")  # shown by pytest -s
    hint = (
        f"`{section}` of docs/policy.md is out of date: run `python -m tests.governance.policy.matrix`, read the diff"
    )
    assert written(DOCUMENT.read_text(), section) == rendered, hint


def test_rewriting_changes_nothing_but_what_is_between_the_markers() -> None:
    text = DOCUMENT.read_text()
    assert rewrite(text) == text
    assert rewrite(text.replace("* `approve_key`\n", "")) == text


def test_the_document_tells_the_order_of_the_module() -> None:
    told = re.findall(r"^\d+\. \*\*(.+?)\.?\*\*", DOCUMENT.read_text(), re.MULTILINE)
    steps = re.findall(r"^\d+\. (.+)$", decide.__doc__ or "", re.MULTILINE)
    assert len(told) == len(steps) == 10
    for head, step in zip(told, steps, strict=True):
        assert step.lower().startswith(head.lower())
