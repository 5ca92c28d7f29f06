"""Read model of the console's page of one request: one decision and one event for all that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.access.staff import display_names
from governance.errors import AccessRefused
from governance.evidence.certificates.read import certificate_files, certificates_of
from governance.guard.authorize import authorize, on_current_facts
from governance.models import RequestKind, RequestState
from governance.rights.recipient_notices import notices_of
from governance.rights.requests import detail
from governance.vocabulary import Action, Capability, ReasonCode
from memstore.forget.erasure.decision import current_erasure
from memstore.rights.copies.hand_out import COPY_KINDS, outline

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.evidence.certificates.read import CertificateFile
    from governance.rights.recipient_notices import RecipientNoticeView
    from governance.rights.requests import RequestDetail
    from memstore.forget.erasure.decision import ErasureView
    from memstore.rights.copies.hand_out import CopyOutline


@dataclass(frozen=True, slots=True)
class RequestPage:
    """One request with what its state calls for: the plan of an erasure, or the outline of a copy.

    `certificates` are those of an erasure's rounds. `staff` maps ids of members of staff to their names.
    """

    detail: RequestDetail
    erasure: ErasureView | None
    certificates: tuple[CertificateFile, ...]
    outline: CopyOutline | None
    notices: tuple[RecipientNoticeView, ...]
    staff: dict[UUID, str]


@on_current_facts
def read_request_page(*, caller: Caller, request_id: UUID) -> RequestPage:
    """Read all of it for a caller who handles requests.

    Raises AccessRefused, also for a caller who may read requests and not handle them, and NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, object_id=request_id)
    with grant.effect(object_id=request_id):
        if Capability.HANDLE_RIGHTS not in caller.principal.capabilities:
            raise AccessRefused(ReasonCode.CAPABILITY_MISSING)
        shown = detail(caller, request_id)
        asked = shown.request
        is_erasure = asked.kind == RequestKind.ERASURE.value and asked.verified_at is not None
        is_copy = asked.kind in COPY_KINDS and asked.state == RequestState.VERIFIED.value
        erasure = current_erasure(request_id) if is_erasure else None
        certificates = certificates_of(request_id) if is_erasure else []
        copy = outline(caller.tenant_id, request_id) if is_copy else None
        notices, staff = notices_of(request_id), display_names()
        grant.record_under_lock(subject_id=asked.subject_id, object_id=request_id, n_items=1)
    files = certificate_files(caller.tenant_id, certificates) if certificates else []
    return RequestPage(shown, erasure, tuple(files), copy, tuple(notices), staff)
