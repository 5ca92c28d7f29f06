"""Incidents of the second witness, put on the record: lines dropped, or its file removed or replaced."""

from __future__ import annotations

from django.db import connection

from governance.guard.authorize import authorize, system_caller
from governance.ids import NIL
from governance.vocabulary import Action, SystemJob


def record_loss(n_dropped: int) -> None:
    """Record that the witness dropped lines; 0 means that its file is gone, with all that was reported before.

    The event is of the nil tenant, since a process witnesses for all tenants. The witness's thread calls this; it has a
    connection of its own and keeps none. Raises AccessRefused, AuditUnavailable or DatabaseError.
    """
    try:
        caller = system_caller(NIL, SystemJob.WITNESS)
        grant = authorize(caller=caller, action=Action.WITNESS_LOST)
        with grant.effect():
            grant.record_under_lock(n_items=n_dropped)
    finally:
        connection.close()
