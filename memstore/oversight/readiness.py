"""Readiness of the service, part by part: whether each part works now, never why it does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connections

from governance.errors import GovernanceError
from governance.evidence.ledger.shipping import refuse_restored
from governance.evidence.ledger.start_gate import compare
from governance.guard import audit_event, witness
from governance.ids import NIL
from governance.keyring.keys import check_root_key

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
WORKS, FAILED = "ok", "failed"


def parts() -> dict[str, str]:
    """Return the state of each part by name: "ok" or "failed".

    The witness, which makes nothing unready, is "ok", "off" or "behind".
    """
    found = {name: WORKS if _works(name, check) else FAILED for name, check in CHECKS.items()}
    return found | {"witness": _witness()}


def _works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseFailure, GovernanceError) as error:
        log.error("not_ready", extra={"fields": {"part": name, "problem": type(error).__name__}})  # noqa: TRY400 - no text
        return False


def _answers(alias: str, question: str) -> bool:
    """Return whether the database can be read.

    It asks for a row that never exists, which costs the same in any store.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute(question, [NIL])
        return bool(cursor.fetchone()[0])


def _can_audit() -> bool:
    audit_event.try_out()
    return True


def _ledger_keeps_up() -> bool:
    """Return True if the ledger agrees with both databases, or none of them was restored since the start.

    Raises LedgerRefuses, LedgerUnavailable.
    """
    if not compare().in_step:
        refuse_restored()
    return True


def _witness() -> str:
    """Return the state of this process's witness.

    It may fall behind for a while without harm: the guard decides what may then be read.
    """
    if settings.MEMSTORE_WITNESS == "none:":
        return "off"
    state = witness.state()
    return "behind" if state is not None and state.is_behind else "ok"


CHECKS: dict[str, Callable[[], bool]] = {
    "database": lambda: _answers("default", "SELECT count(*) >= 0 FROM memstore_memory WHERE id = %s"),
    "keys": lambda: _answers("keys", "SELECT count(*) >= 0 FROM keyring_datakey WHERE id = %s"),
    "root_key": lambda: check_root_key() >= 1,
    "audit": _can_audit,
    "ledger": _ledger_keeps_up,
}
