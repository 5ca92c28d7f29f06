"""The demo tenant's staff, signed in over HTTP with password and second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.attacks.staff import token
from tests.attacks.target import Target

if TYPE_CHECKING:
    from tests.e2e.tree import Tree


def target_of(tree: Tree) -> Target:
    """What attacks are told of this service."""
    return Target(tree.url, tree.home)


def tokens(tree: Tree) -> dict[str, str]:
    """By name without `demo-`: admin, dpo, dpo-2, reviewer, auditor, keys."""
    target = target_of(tree)
    names = [person["username"].removeprefix("demo-") for person in target.demo["console"]]
    return {name: token(target, name) for name in names}
