"""Connect: the first call of every client, which returns its own principal and is on the record like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.guard.authorize import authorize
from governance.vocabulary import Action

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.policy.decide import Principal


def connect(*, caller: Caller) -> Principal:
    """Return the principal of the caller, which has a valid key or session. Raises AccessRefused."""
    grant = authorize(caller=caller, action=Action.CONNECT)
    with grant.effect():
        grant.record()
    return caller.principal
