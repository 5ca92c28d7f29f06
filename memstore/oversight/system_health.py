"""State of the service for staff: each part that must work or must not fall behind, with its meaning.

The numbers are of this tenant alone, except for parts that all tenants share, and the witness, which is of this
process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from governance.evidence.trail_health import alarms
from governance.guard import witness
from governance.guard.alarms import damaged_since
from governance.guard.authorize import authorize
from governance.models import AuditAnchor, AuditCheck, AuditQueued, Tenant, TreeHead
from governance.paging import count_of, first_of
from governance.vocabulary import Action
from memstore.forget.sweep import late
from memstore.models import Job, JobStatus
from memstore.oversight.readiness import FAILED, parts

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.guard.witness import WitnessState

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Seconds from which an age is to be looked at, and from which it is an alarm.
SEALED_LATE, JOB_LATE = (60, 600), (300, 3_600)
ANCHORED_LATE = 5  # times the pause between two anchors, ten minutes at least


class HealthState(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One line.

    `value`: a number, of seconds or hours if `name` says so; None for a part that works or not, or never ran.
    """

    name: str
    state: HealthState
    value: int | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Facts about the service from a tenant's rows. `check_problem` empty: the last check found nothing."""

    unsealed: int
    unsealed_since: datetime | None
    head_size: int | None
    head_at: datetime | None
    anchored_size: int | None
    anchored_at: datetime | None
    check_problem: str | None
    checked_at: datetime | None
    jobs_waiting: int
    oldest_job_at: datetime | None
    jobs_failed: int
    overdue: int
    damaged: int


# The meaning of each line, and what to do if it is not well.
_MEANING = {
    "database": _("Memories are kept here."),
    "keys": _("Every person's keys are kept here; without them nothing is read or written."),
    "root_key": _("It opens the keys. Where it fails, look at the keeper of the root key."),
    "audit": _("Nothing is read or written while it cannot be recorded."),
    "ledger": _("What no restored backup may take back. Where it fails: restore-check."),
    "witness_backlog": _("Events that the second witness of this process has not written yet."),
    "unsealed_events": _("Events that have no leaf in the signed tree yet."),
    "seal_lag_seconds": _("Age of the oldest of them. Where it grows, the sealer does not run."),
    "audit_check_hours": _("Since the trail was last verified. A problem is an alarm: see the state of the trail."),
    "anchor_lag_seconds": _("For how long the newest signed root has not been put outside the database."),
    "jobs_waiting": _("Work that was accepted and is not done."),
    "oldest_job_seconds": _("Age of the oldest of it. Where it grows, the worker does not run or cannot keep up."),
    "jobs_failed_last_day": _("Work that was given up in the last 24 hours; its error is in the list of jobs."),
    "damaged_values_last_week": _(
        "Must be 0: sealed values that do not open and were left out; the trail (damage_found) says which."
        " Restore them from a backup, or forget them."
    ),
    "clock_jumps_last_day": _("Must be 0: the database's clock jumped, or is not this machine's. Look at its time."),
    "ledger_damaged_last_day": _("Must be 0: a line of the protective ledger was changed. See the production guide."),
    "messages_parked": _("Messages that no task can be made of, in pgmq.a_memstore: somebody else wrote to the queue."),
    "overdue_memories": _("Must be 0: what should be destroyed and is not. Where it stays, the sweep does not run."),
}


def system_health(*, caller: Caller) -> tuple[HealthLine, ...]:
    """Return states and numbers for every member of staff. They name no person."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    working = parts()  # writes and takes back an event, and may ask a ledger far away: outside the transaction
    now = datetime.now(UTC)
    with grant.effect():
        found, raised = _condition(caller, now), alarms()
        grant.record()
    is_off = settings.MEMSTORE_WITNESS == "none:"
    shared = [_line(name, _bad_if(state == FAILED), None) for name, state in working.items() if name != "witness"]
    shared += [
        _line("clock_jumps_last_day", _bad_if(raised["clock_jumped"] > 0), raised["clock_jumped"]),
        _line("ledger_damaged_last_day", _bad_if(raised["ledger_damaged"] > 0), raised["ledger_damaged"]),
        _line("messages_parked", _warn_if(raised["message_parked"] > 0), raised["message_parked"]),
    ]
    return (*shared, *([] if is_off else [_of_witness(witness.state())]), *judged(found, now))


def _condition(caller: Caller, now: datetime) -> Condition:
    """Read the facts in one statement."""
    waiting = Job.objects.unfinished()
    queued, heads = AuditQueued.objects.order_by("at"), TreeHead.objects.order_by("-size")
    anchors, checks = AuditAnchor.objects.order_by("-at"), AuditCheck.objects.order_by("-at")
    failed = Job.objects.filter(status=JobStatus.FAILED.value, updated_at__gte=now - DAY)
    row = Tenant.objects.filter(id=caller.tenant_id).values(
        unsealed=count_of(queued),
        unsealed_since=first_of(queued, "at"),
        head_size=first_of(heads, "size"),
        head_at=first_of(heads, "at"),
        anchored_size=first_of(anchors, "size"),
        anchored_at=first_of(anchors, "at"),
        check_problem=first_of(checks, "problem"),
        checked_at=first_of(checks, "at"),
        jobs_waiting=count_of(waiting),
        oldest_job_at=first_of(waiting.order_by("created_at"), "created_at"),
        jobs_failed=count_of(failed),
        overdue=count_of(late(now)),
        damaged=count_of(damaged_since(now - WEEK)),
    )
    return Condition(**row.get())


def judged(found: Condition, now: datetime) -> tuple[HealthLine, ...]:
    """Return the lines for these facts. Pure."""
    sealing, oldest = _age(found.unsealed_since, now), _age(found.oldest_job_at, now)
    return (
        _line("unsealed_events", HealthState.OK, found.unsealed),
        _line("seal_lag_seconds", _late(sealing, *SEALED_LATE), sealing),
        _checked(found, now),
        _anchored(found, now),
        _line("jobs_waiting", HealthState.OK, found.jobs_waiting),
        _line("oldest_job_seconds", _late(oldest, *JOB_LATE), oldest),
        _line("jobs_failed_last_day", _warn_if(found.jobs_failed > 0), found.jobs_failed),
        _line("overdue_memories", _bad_if(found.overdue > 0), found.overdue),
        _line("damaged_values_last_week", _bad_if(found.damaged > 0), found.damaged),
    )


def _checked(found: Condition, now: datetime) -> HealthLine:
    """Return the line of the last check: a problem is an alarm until a later check finds none.

    A check that is twice as old as it should be is a warning.
    """
    name = "audit_check_hours"
    if found.checked_at is None:
        return _line(name, HealthState.WARN, None)
    hours = _age(found.checked_at, now) // 3_600
    late_check = _warn_if(hours >= 2 * settings.MEMSTORE_AUDIT_CHECK_HOURS)
    return _line(name, HealthState.BAD if found.check_problem else late_check, hours)


def _anchored(found: Condition, now: datetime) -> HealthLine:
    """Return the line of the last anchor. Without a place for anchors it is a warning."""
    name = "anchor_lag_seconds"
    if not settings.MEMSTORE_AUDIT_ANCHORS:
        return _line(name, HealthState.WARN, None)
    if found.head_size is None or (found.anchored_size or 0) >= found.head_size:
        return _line(name, HealthState.OK, 0)
    lag = _age(found.anchored_at or found.head_at, now)
    return _line(name, _bad_if(lag > max(600, ANCHORED_LATE * settings.MEMSTORE_AUDIT_ANCHOR_SECONDS)), lag)


def _of_witness(state: WitnessState | None) -> HealthLine:
    if state is None:
        return _line("witness_backlog", HealthState.OK, 0)
    if state.dropped or state.lost:  # the witness will never know of them
        return _line("witness_backlog", HealthState.BAD, state.backlog)
    return _line("witness_backlog", _warn_if(state.is_behind), state.backlog)


def _line(name: str, state: HealthState, value: int | None) -> HealthLine:
    return HealthLine(name, state, value, str(_MEANING[name]))


def _age(since: datetime | None, now: datetime) -> int:
    """Return the age in seconds, 0 if there is nothing to be old."""
    return 0 if since is None else max(0, int((now - since).total_seconds()))


def _late(seconds: int, warn: int, bad: int) -> HealthState:
    return HealthState.BAD if seconds >= bad else _warn_if(seconds >= warn)


def _warn_if(condition: bool) -> HealthState:  # noqa: FBT001
    return HealthState.WARN if condition else HealthState.OK


def _bad_if(condition: bool) -> HealthState:  # noqa: FBT001
    return HealthState.BAD if condition else HealthState.OK
