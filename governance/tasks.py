"""Celery tasks of governance. They take no arguments: the work to do is in the database."""

from __future__ import annotations

from celery import shared_task

from governance.access.attempts_by_address import prune_attempts
from governance.evidence.anchors import anchor_all
from governance.evidence.clock_check import check_clock
from governance.evidence.ledger.shipping import ship_all
from governance.evidence.ledger.verify_ledger import check_ledger_when_due
from governance.evidence.partitions import make_months
from governance.evidence.scheduled_checks import check_all
from governance.evidence.sealer import seal_all
from governance.rights.escalation import escalate_all


@shared_task(name="governance.tasks.seal")
def seal() -> None:
    """Give the waiting audit events their leaves and sign new tree heads. Scheduled every few seconds."""
    seal_all()


@shared_task(name="governance.tasks.anchor")
def anchor() -> None:
    """Put the newest tree heads to the anchors. Scheduled periodically."""
    anchor_all()


@shared_task(name="governance.tasks.check")
def check() -> None:
    """Verify the trails and the ledger whose last check is too old.

    Also deletes expired counts of attempts by callers who are not authenticated.
    """
    check_ledger_when_due()
    check_all()
    prune_attempts()


@shared_task(name="governance.tasks.check_clock")
def look_at_clock() -> None:
    """Check that the database clock runs as it should. Scheduled every few seconds."""
    check_clock()


@shared_task(name="governance.tasks.make_months")
def months() -> None:
    """Make the partitions of the audit trail for the coming months."""
    make_months()


@shared_task(name="governance.tasks.escalate")
def escalate() -> None:
    """Escalate requests that are due soon, and end request files whose own retention is over."""
    escalate_all()


@shared_task(name="governance.tasks.ship")
def ship() -> None:
    """Ship protections that could not be written to the ledger when they took effect."""
    ship_all()
