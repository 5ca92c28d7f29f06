"""Is the process alive, and can it do its work: each part that it needs, by name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connections
from django.http import HttpRequest, JsonResponse

from governance import audit
from governance.errors import GovernanceError
from governance.evidence import witness
from governance.keyring.keys import check_root_key
from governance.ledger.gate import compare
from governance.ledger.shipping import refuse_restored

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503. Says which, never why: this page needs no key.

    A second witness that is behind is shown, and does not make the service unready.
    """
    shown = parts()
    ready = "failed" not in shown.values()
    return JsonResponse({"status": "ready" if ready else "not ready", **shown}, status=200 if ready else 503)


def parts() -> dict[str, str]:
    """Each part by name: ok or failed; the witness, which makes nothing unready, may be off or behind."""
    found = {name: "ok" if _works(name, check) else "failed" for name, check in CHECKS.items()}
    return found | {"witness": _witness()}


def _works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseFailure, GovernanceError) as error:
        log.error("not_ready", extra={"fields": {"part": name, "problem": type(error).__name__}})  # noqa: TRY400 - no text
        return False


def _truth(alias: str, question: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


def _can_audit() -> bool:
    audit.try_out()
    return True


def _ledger_keeps_up() -> bool:
    """It can be reached, agrees with both databases, and none of them was restored since the start."""
    if not compare().in_step:
        refuse_restored()
    return True


def _witness() -> str:
    """Of this process. It may fall behind for a while without harm: what may then be read is guard's to say."""
    if settings.MEMSTORE_WITNESS == "none:":
        return "off"
    state = witness.state()
    return "behind" if state is not None and state.is_behind else "ok"


CHECKS: dict[str, Callable[[], bool]] = {
    "database": lambda: _truth("default", "SELECT count(*) >= 0 FROM memstore_memory"),
    "keys": lambda: _truth("keys", "SELECT count(*) >= 0 FROM keyring_datakey"),
    "root_key": lambda: check_root_key() >= 1,
    "audit": _can_audit,
    "ledger": _ledger_keeps_up,
}
