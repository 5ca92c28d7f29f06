"""Shipping: from the recorded protections to the ledger, after the commit of the effect and before the answer.

One shipper at a time, by a lock in the database. Both databases note how far the ledger is: a restored one knows less,
and nothing is appended from it before it was brought up to the ledger (`gate`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import Error as DatabaseFailure
from django.db import connection, transaction

from governance.errors import LedgerRefuses, LedgerUnavailable
from governance.evidence.ledger.entries import NOTHING, chained
from governance.evidence.ledger.storage import ledger
from governance.keyring.models import LedgerHead
from governance.models import LedgerPosition, Protection
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger(__name__)

BATCH = 1_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('memstore.ledger', 0))"


def ship(tenant_id: UUID) -> int:
    """Append the waiting protections of one tenant to the ledger. Return how many.

    On failure they keep waiting and the result is 0: the effect itself stands, and readiness turns red.
    """
    try:
        with transaction.atomic():
            return _append(tenant_id)
    except (LedgerUnavailable, LedgerRefuses, DatabaseFailure) as error:
        log.error("ledger_behind", extra={"fields": {"problem": type(error).__name__}})  # noqa: TRY400 - no text
        return 0


def ship_all() -> int:
    """Ship what could not be shipped before, tenant by tenant. Return how many protections."""
    return sum(for_each_tenant("ship", lambda tenant_id: ship(tenant_id) if waiting(tenant_id) else 0).values())


def waiting(tenant_id: UUID) -> int:
    """Return the number of protections that are not in the ledger yet."""
    with tenant_context(tenant_id):
        return Protection.objects.count()


def refuse_restored() -> None:
    """Raise LedgerRefuses when this process runs on a database that was restored from a backup meanwhile.

    Call it when a database is not in step: either a shipper died after it appended, or a backup was restored. Raises
    LedgerUnavailable.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        for entry in ledger().entries(_known()):
            with tenant_context(entry.tenant_id):
                if not Protection.objects.filter(id=entry.id).exists():
                    raise _restored(entry.number)


def _known() -> int:
    """Return the number up to which the data database knows the ledger.

    Raises LedgerRefuses when the keys database knows less: its position is committed first, so it was restored.
    """
    (data, _), (keys, _) = positions()
    if keys < data:
        raise _restored(keys + 1)
    return data


def _restored(number: int) -> LedgerRefuses:
    return LedgerRefuses(
        f"number {number} of the ledger is not in force here: a backup was restored while this process ran;"
        " start the service anew, or run restore-check"
    )


def positions() -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """Return (number, hash) up to which the data database and the keys database have taken part."""
    data, keys = LedgerPosition.objects.first(), LedgerHead.objects.first()
    return (
        (data.number, bytes(data.hash)) if data else (0, NOTHING),
        (keys.number, bytes(keys.hash)) if keys else (0, NOTHING),
    )


def set_positions(number: int, digest: bytes) -> None:
    """Set the position of the data database in the current transaction, and that of the keys database at once.

    The position in the keys database is thus committed first.
    """
    LedgerPosition.objects.update_or_create(id=1, defaults={"number": number, "hash": digest})
    LedgerHead.objects.update_or_create(id=1, defaults={"number": number, "hash": digest})


def _append(tenant_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    place = ledger()
    last, known = place.last(), _known()
    number, digest = (last.number, last.hash) if last else (0, NOTHING)
    if known > number:
        raise LedgerRefuses(f"the ledger ends at {number}, and {known} was written to it")
    # A shipper appended these and died before its commit: they are in the ledger, and their rows can be deleted.
    for entry in place.entries(known) if known < number else ():
        with tenant_context(entry.tenant_id):
            if not Protection.objects.filter(id=entry.id).delete()[0]:
                raise _restored(entry.number)
    with tenant_context(tenant_id):
        rows = list(Protection.objects.order_by("sequence")[:BATCH])
        made = chained(rows, number=number, previous=digest)
        if made:
            place.append(made)
            Protection.objects.filter(id__in=[row.id for row in rows]).delete()
    if made or known < number:
        newest = made[-1] if made else last
        if newest is not None:
            set_positions(newest.number, newest.hash)
    return len(made)
