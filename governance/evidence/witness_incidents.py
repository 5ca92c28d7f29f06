"""What happened to the second witness, on the record: lines dropped, or a file that somebody took away."""

from __future__ import annotations

from django.db import connection

from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.vocabulary import Action, SystemJob


def record_loss(n_dropped: int) -> None:
    """Under no tenant, since a process witnesses for all of them. 0: what was told before is gone.

    Called by the witness's thread, which has a connection of its own and keeps none. Raises AccessRefused,
    AuditUnavailable or DatabaseError.
    """
    try:
        caller = system_caller(NIL, SystemJob.WITNESS)
        grant = authorize(caller=caller, action=Action.WITNESS_LOST)
        with grant.effect():
            grant.record_under_lock(n_items=n_dropped)
    finally:
        connection.close()
