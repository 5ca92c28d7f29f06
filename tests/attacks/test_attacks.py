"""Each attack against a real process tree: it gets nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attacks.catalogue import attacks
from tests.e2e.people import target_of

if TYPE_CHECKING:
    from tests.attacks.target import Target
    from tests.e2e.tree import Tree

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("shared-tree")]


@pytest.fixture(scope="module")
def target(shared_tree: Tree) -> Target:
    return target_of(shared_tree)


@pytest.mark.parametrize("name", attacks())
def test_the_attack_gets_nothing(name: str, target: Target) -> None:
    outcome = attacks()[name](target)
    assert outcome.held, outcome.seen
