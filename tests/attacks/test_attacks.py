"""Each attack against a real process tree: it gets nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attacks.catalogue import attacks
from tests.attacks.target import Target
from tests.e2e.tree import start

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("tree")]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    tree = start(tmp_path_factory.mktemp("attacked"))
    yield Target(tree.url, tree.home)
    tree.stop()


@pytest.mark.parametrize("name", attacks())
def test_the_attack_gets_nothing(name: str, target: Target) -> None:
    outcome = attacks()[name](target)
    assert outcome.held, outcome.seen
