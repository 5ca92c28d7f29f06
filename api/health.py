"""Is the process alive, and can it do its work: each part that it needs, by name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse

from governance.errors import GovernanceError
from governance.keyring.keys import check_root_key

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503. Says which, never why: this page needs no key."""
    parts = {name: _works(name, check) for name, check in CHECKS.items()}
    ready = all(parts.values())
    shown = {name: "ok" if works else "failed" for name, works in parts.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", **shown}, status=200 if ready else 503)


def _works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, GovernanceError) as error:
        log.error("not_ready", extra={"fields": {"part": name, "problem": type(error).__name__}})  # noqa: TRY400 - no text
        return False


def _truth(alias: str, question: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])


CHECKS: dict[str, Callable[[], bool]] = {
    "database": lambda: _truth("default", "SELECT count(*) >= 0 FROM memstore_memory"),
    "keys": lambda: _truth("keys", "SELECT count(*) >= 0 FROM keyring_datakey"),
    "root_key": lambda: check_root_key() >= 1,
    "audit": lambda: _truth("default", "SELECT has_table_privilege('governance_auditevent', 'INSERT')"),
}
