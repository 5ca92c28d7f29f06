"""Check of the whole ledger, line by line, while the service runs: else a line in its middle is never read."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings

from governance.errors import LedgerRefuses, LedgerUnavailable
from governance.evidence.ledger.start_gate import compare
from governance.guard.alarms import raise_alarm
from governance.vocabulary import Action

log = logging.getLogger(__name__)
_lock = threading.Lock()
_sound_at: float | None = None  # by `time.monotonic()`, in this process


def check_ledger_when_due() -> bool | None:
    """Check the ledger if that is due. Return its result, or None when it is not due.

    It is due after a start, for as long as something is wrong, and MEMSTORE_AUDIT_CHECK_HOURS after the last check of
    this process that found nothing.
    """
    pause = timedelta(hours=settings.MEMSTORE_AUDIT_CHECK_HOURS).total_seconds()
    with _lock:
        if _sound_at is not None and time.monotonic() - _sound_at < pause:
            return None
    return check_ledger()


def check_ledger() -> bool:
    """Return whether every line has its hash, follows the one before, and is what both databases have seen.

    A line that is not raises an alarm. A place that cannot be reached does not: readiness reports it, and the result is
    False. Raises AuditUnavailable.
    """
    global _sound_at  # noqa: PLW0603 - when this process last found it sound
    try:
        standing = compare(thoroughly=True)
    except LedgerRefuses as refused:
        log.error("ledger_damaged", extra={"fields": {"problem": str(refused)}})  # noqa: TRY400 - numbers, no person
        with _lock:
            _sound_at = None
        raise_alarm(Action.LEDGER_DAMAGED)
        return False
    except LedgerUnavailable:
        return False
    with _lock:
        _sound_at = time.monotonic()
    log.info("ledger_checked", extra={"fields": {"lines": standing.ledger}})
    return True
