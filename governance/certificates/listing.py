"""All certificates of a tenant, for those who may read them: whose erasure it was is in none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard import authorize, effect
from governance.models import Certificate
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.guard import Caller


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One round of one erasure."""

    id: UUID
    request_id: UUID
    round: int
    issued_at: datetime
    key_id: UUID


@dataclass(frozen=True, slots=True)
class CertificatePage:
    certificates: tuple[CertificateView, ...]
    total: int


def list_certificates(*, caller: Caller, page: int = 1, page_size: int = 50) -> CertificatePage:
    """Newest first."""
    grant = authorize(caller=caller, action=Action.LIST_CERTIFICATES)
    with effect(caller, Action.LIST_CERTIFICATES):
        rows = Certificate.objects.select_related("erasure").order_by("-issued_at", "-id")
        found = rows[(page - 1) * page_size : page * page_size]
        views = tuple(
            CertificateView(row.id, row.erasure.request_id, row.round, row.issued_at, row.key_id) for row in found
        )
        grant.record(n_items=len(views))
        return CertificatePage(views, Certificate.objects.count())
