"""Who am I: the first question of every client, on the record like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.guard.authorize import authorize
from governance.vocabulary import Action

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.policy.decide import Principal


def connect(*, caller: Caller) -> Principal:
    """The caller's own principal, for whoever has a valid key or session."""
    grant = authorize(caller=caller, action=Action.CONNECT)
    with grant.effect():
        grant.record()
    return caller.principal
