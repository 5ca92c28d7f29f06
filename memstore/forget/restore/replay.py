"""Replay after a restore: a restored database is brought up to the ledger before anything is served.

So no protection is taken back. Entries that the data database lacks are repeated on rows, those that the keys database
lacks on keys. Each may be repeated without harm. A protection that the database noted itself and did not ship yet is no
sign of a restore.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from governance.evidence.ledger.shipping import LOCK, set_positions, ship_all
from governance.evidence.ledger.start_gate import compare
from governance.evidence.ledger.storage import ledger
from governance.guard.authorize import authorize, system_caller
from governance.keyring.identities import close_identity
from governance.keyring.keys import shred_person_keys
from governance.models import Protection, ProtectionKind, Tenant
from governance.secret_file import open_private, private_folder
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, SystemJob
from memstore.forget.restore.effects import EFFECTS

if TYPE_CHECKING:
    from uuid import UUID

    from governance.evidence.ledger.entries import Entry
    from governance.evidence.ledger.start_gate import LedgerStanding

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """Result of a replay. `entries` by kind; `purged`: rows that a backup had brought back, by table."""

    ledger: int
    data_was_at: int
    keys_was_at: int
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    entries: Counter[str] = field(default_factory=Counter)
    purged: Counter[str] = field(default_factory=Counter)
    keys_destroyed: int = 0
    people: int = 0
    tenants_missing: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.entries


def open_gate() -> Report | None:
    """Bring both databases up to the ledger. Return what was replayed, or None if nothing had to be.

    Of several processes that start at once, one does it. Raises LedgerRefuses, LedgerUnavailable: then nothing is
    served.
    """
    standing = compare()
    report = None
    if not standing.in_step:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(LOCK)
            report = _replay(compare(thoroughly=True))
        if report is not None:
            _tell(report)
    ship_all()
    return report


def _replay(standing: LedgerStanding) -> Report | None:
    if standing.in_step:  # another process was first
        return None
    report = Report(standing.ledger, standing.data, standing.keys)
    people: set[UUID] = set()
    events: Counter[UUID] = Counter()
    for entry in ledger().entries(min(standing.data, standing.keys)):
        with tenant_context(entry.tenant_id):
            known_here = bool(Protection.objects.filter(id=entry.id).delete()[0])
            tenant_is_there = Tenant.objects.filter(id=entry.tenant_id).exists()
        done = False
        if entry.number > standing.keys and not known_here:
            report.keys_destroyed += _replay_on_keys(entry)
            done = True
        if entry.number > standing.data and not known_here:
            done = True
            if tenant_is_there:
                with tenant_context(entry.tenant_id):
                    report.purged.update(EFFECTS[entry.kind](entry))
            else:
                report.tenants_missing += 1
        if done:
            report.entries[entry.kind.value] += 1
            people |= {entry.subject_id} if entry.subject_id else set()
            events[entry.tenant_id] += int(tenant_is_there)
    report.people = len(people)
    for tenant_id, n in events.items():
        if n:
            _record(tenant_id, n)
    set_positions(standing.ledger, standing.ledger_hash)
    return None if report.is_empty else report


def _replay_on_keys(entry: Entry) -> int:
    """Destroy keys that came back with the backup. Return how many."""
    if entry.subject_id is None:
        return 0
    if entry.kind is ProtectionKind.ERASE:
        n = shred_person_keys(tenant_id=entry.tenant_id, subject_id=entry.subject_id)
        close_identity(entry.tenant_id, entry.subject_id)
        return n
    if entry.kind is ProtectionKind.SHRED and entry.purpose_id is not None:
        return shred_person_keys(tenant_id=entry.tenant_id, subject_id=entry.subject_id, purposes=[entry.purpose_id])
    return 0


def _record(tenant_id: UUID, entries: int) -> None:
    """Record the restore in the trail of every tenant that it changed."""
    grant = authorize(caller=system_caller(tenant_id, SystemJob.RESTORE), action=Action.RESTORE)
    with grant.effect():
        grant.record(n_items=entries)


def _tell(report: Report) -> None:
    """Write one line to the log, and a file for the operator. Counts only."""
    content = {**asdict(report), "entries": dict(report.entries), "purged": dict(report.purged)}
    log.warning("restored_backup_brought_up_to_the_ledger", extra={"fields": content})
    folder = Path(settings.MEMSTORE_HOME) / "ledger"
    private_folder(folder)
    path = folder / f"restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.json"
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w") as file:
        json.dump(content, file, indent=2)
