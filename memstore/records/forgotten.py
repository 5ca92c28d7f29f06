"""Forgotten wordings: what was deleted does not come back from an old source; said anew, it is remembered anew.

Only the same wording is known again, by its keyed fingerprint; another wording of the same fact is not.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from governance.ids import uuid7
from memstore.models import ForgottenWording, Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from memstore.records.insert import Owner

SHORTEST: Final = timedelta(days=30)
"""A fingerprint is kept at least for so long: sources and queues live for days."""


def note_forgotten(ids: Iterable[UUID]) -> None:
    """Keep the fingerprints of these memories, before they are deleted, until their use would have ended.

    The caller has locked the subjects' rows.
    """
    now = datetime.now(UTC)
    rows = Memory.objects.filter(id__in=list(ids)).only(
        "tenant_id", "subject_id", "purpose_id", "fingerprint", "expires_at"
    )
    ForgottenWording.objects.bulk_create(
        [
            ForgottenWording(
                id=uuid7(),
                tenant_id=row.tenant_id,
                subject_id=row.subject_id,
                purpose_id=row.purpose_id,
                fingerprint=row.fingerprint,
                forgotten_at=now,
                expires_at=max(row.expires_at, now + SHORTEST),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["tenant_id", "subject", "purpose_id", "fingerprint"],
        update_fields=["forgotten_at", "expires_at"],
    )


def said_before_forgotten(owner: Owner, prints: Mapping[UUID, bytes], said_at: datetime) -> set[UUID]:
    """Return the drafts, by their ids, whose wording was deleted after it was said.

    Wordings that are said anew are no longer noted as forgotten. Inside the transaction that stores the others.
    """
    mine = ForgottenWording.objects.filter(subject_id=owner.subject.id, purpose_id=owner.purpose.purpose_id)
    found = {
        bytes(print_): forgotten_at
        for print_, forgotten_at in mine.filter(fingerprint__in=list(prints.values())).values_list(
            "fingerprint", "forgotten_at"
        )
    }
    if not found:
        return set()
    over = {draft for draft, print_ in prints.items() if print_ in found and said_at < found[print_]}
    anew = [print_ for draft, print_ in prints.items() if print_ in found and draft not in over]
    mine.filter(fingerprint__in=anew).delete()
    return over


def expire_forgotten(now: datetime) -> int:
    """Delete the fingerprints whose time is over, in the tenant's context. Return how many."""
    deleted, _ = ForgottenWording.objects.filter(expires_at__lte=now).delete()
    return deleted
