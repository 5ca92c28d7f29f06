"""Checks: verifications whose outcome is stored and on the record, and logged as an error when they find tampering."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from governance.evidence.key_use_comparison import unwraps_without_event
from governance.evidence.verify_stored_trail import verify
from governance.evidence.witness_comparison import compare_witness
from governance.guard.authorize import authorize, system_caller
from governance.guard.witness_sinks import witness_files
from governance.models import AuditCheck
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import Action, Problem, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from governance.evidence.verify_stored_trail import Progress, Verdict

log = logging.getLogger(__name__)
# An hour of unwrappings is judged when it is over, so a check goes back a day behind the last one.
OVERLAP = timedelta(days=1)
EVER = datetime(2020, 1, 1, tzinfo=UTC)


def check_all() -> list[Verdict]:
    """Check every tenant that was never checked, or not for MEMSTORE_AUDIT_CHECK_HOURS. Return the verdicts.

    A check that fails is logged and does not keep the other tenants waiting.
    """
    # A check that keeps failing shows by itself: the age of the last check grows.
    checked = for_each_tenant("audit_check", _check_if_due, with_nil=True)
    return [verdict for verdict in checked.values() if verdict is not None]


def _check_if_due(tenant_id: UUID) -> Verdict | None:
    return check(tenant_id, job=SystemJob.AUDIT_CHECK) if _is_due(tenant_id) else None


def check(tenant_id: UUID, *, job: SystemJob, progress: Progress | None = None) -> Verdict:
    """Verify one trail, compare it with the other witnesses, and store the outcome.

    Raises AnchorUnavailable, AuditUnavailable, OSError (a witness file that cannot be read).
    """
    caller = system_caller(tenant_id, job)
    grant = authorize(caller=caller, action=Action.VERIFY_AUDIT)
    verdict = _heard(verify(tenant_id, progress), _since(tenant_id))
    if verdict.problem is not None:
        fields = {"tenant": str(tenant_id), "problem": verdict.problem.value, "index": verdict.index}
        log.error("audit_tampered", extra={"fields": fields})
    with grant.effect():
        row = AuditCheck.objects.create(
            tenant_id=tenant_id,
            problem=verdict.problem or "",
            size=verdict.size,
            anchored_size=verdict.anchored_size,
            unsealed=verdict.unsealed,
            first_bad_index=verdict.index,
            seconds=verdict.seconds,
        )
        grant.record(object_id=row.id, n_items=min(verdict.size, 2**31 - 1))
    return verdict


def _heard(verdict: Verdict, since: datetime) -> Verdict:
    """Return the verdict after the other two witnesses: what each process reported, and how often keys were used."""
    if verdict.problem is not None:
        return verdict
    kind, _, place = settings.MEMSTORE_WITNESS.partition(":")
    if kind == "file":
        heard = compare_witness(verdict.tenant_id, witness_files(Path(place)), since)
        if not heard.agrees:
            first = (heard.missing or [difference.event_id for difference in heard.differing])[0]
            detail = f"the second witness was told of {heard.n_missing} events that are not there and of"
            detail += f" {heard.n_differing} that are different by now; the first is {first}"
            return replace(verdict, problem=Problem.WITNESS_DIFFERS, detail=detail)
    unseen = unwraps_without_event(verdict.tenant_id, since, datetime.now(UTC))
    if unseen:
        detail = f"keys of {len({one.subject_id for one in unseen})} persons were used without any event about them,"
        detail += f" first in the hour of {unseen[0].hour.isoformat()}, of person {unseen[0].subject_id}"
        return replace(verdict, problem=Problem.KEY_USED_UNSEEN, detail=detail)
    return verdict


def _since(tenant_id: UUID) -> datetime:
    """Return the moment from which the other witnesses are compared: a day before the last check that found nothing."""
    with tenant_context(tenant_id):
        last = AuditCheck.objects.filter(problem="").order_by("-at").values_list("at", flat=True).first()
    return last - OVERLAP if last is not None else EVER


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check. `problem` empty: nothing was found. `anchored_size` None: there was no anchor to compare with."""

    at: datetime
    problem: str
    first_bad_index: int | None
    size: int
    anchored_size: int | None
    unsealed: int
    seconds: float


def last_checks(limit: int = 20) -> list[CheckView]:
    """Return the newest checks first, `limit` at most. Call it inside the tenant's context."""
    return [
        CheckView(
            at=row.at,
            problem=row.problem,
            first_bad_index=row.first_bad_index,
            size=row.size,
            anchored_size=row.anchored_size,
            unsealed=row.unsealed,
            seconds=row.seconds,
        )
        for row in AuditCheck.objects.order_by("-at")[:limit]
    ]


def _is_due(tenant_id: UUID) -> bool:
    with tenant_context(tenant_id):
        last = AuditCheck.objects.order_by("-at").values_list("at", flat=True).first()
    return last is None or datetime.now(UTC) - last >= timedelta(hours=settings.MEMSTORE_AUDIT_CHECK_HOURS)
