"""List of a tenant's certificates. None of them tells whose erasure it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard.authorize import authorize
from governance.keyring.signing import public_keys
from governance.models import Certificate
from governance.paging import Page, taken
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One round of one erasure.

    `outcomes`: what became of its purposes, each word once. `sha256`: of the document. `is_after_retirement`: its key
    had been retired before it was signed, so it should not be relied on.
    """

    id: UUID
    request_id: UUID
    round: int
    issued_at: datetime
    key_id: UUID
    outcomes: tuple[str, ...]
    sha256: str
    is_after_retirement: bool


def list_certificates(*, caller: Caller, page: int = 1, page_size: int = 50) -> Page[CertificateView]:
    """Return one page of the certificates, newest first."""
    grant = authorize(caller=caller, action=Action.LIST_CERTIFICATES)
    retired = {key.id: key.retired_at for key in public_keys(caller.tenant_id)}  # another database
    with grant.effect():
        newest = Certificate.objects.select_related("erasure").order_by("-issued_at", "-id")
        rows, total = taken(newest, page, page_size)
        grant.record(n_items=len(rows))
    return Page(tuple(_view(row, retired.get(row.key_id)) for row in rows), total)


def _view(row: Certificate, retired_at: datetime | None) -> CertificateView:
    document = bytes(row.document)
    return CertificateView(
        id=row.id,
        request_id=row.erasure.request_id,
        round=row.round,
        issued_at=row.issued_at,
        key_id=row.key_id,
        outcomes=tuple(sorted({part["outcome"] for part in json.loads(document)["scope"]})),
        sha256=hashlib.sha256(document).hexdigest(),
        is_after_retirement=retired_at is not None and row.issued_at > retired_at,
    )
