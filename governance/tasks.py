"""Celery tasks of the record. They take nothing: what there is to do is in the database."""

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
    """Every few seconds: leaves and a signed head for the events that wait."""
    seal_all()


@shared_task(name="governance.tasks.anchor")
def anchor() -> None:
    """Now and then: the newest heads go outside."""
    anchor_all()


@shared_task(name="governance.tasks.check")
def check() -> None:
    """Verify the trails whose last check is too long ago, and the ledger; tidy up behind unknown callers."""
    check_ledger_when_due()
    check_all()
    prune_attempts()


@shared_task(name="governance.tasks.check_clock")
def look_at_clock() -> None:
    """Every few seconds: does the database's clock run as it should?"""
    check_clock()


@shared_task(name="governance.tasks.make_months")
def months() -> None:
    """Partitions for the months to come."""
    make_months()


@shared_task(name="governance.tasks.escalate")
def escalate() -> None:
    """Requests that come near their day, and files of requests whose own end has come."""
    escalate_all()


@shared_task(name="governance.tasks.ship")
def ship() -> None:
    """Protections that could not be written to the ledger when they took effect."""
    ship_all()
