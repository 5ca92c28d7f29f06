"""Requests and erasures of the cast: opened by dora, approved by dov, run here instead of by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.models import Erasure, RequestKind, Verification
from governance.processing.tenants import configure_tenant
from governance.rights.requests import Asked, open_request
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.forget.erasure.decision import approve_erasure, read_erasure
from memstore.forget.erasure.saga import run_erasure
from memstore.rights.verify_request import verify_request

if TYPE_CHECKING:
    from uuid import UUID

    from governance.models import ErasureStep
    from governance.rights.requests import OpenedRequest
    from memstore.forget.erasure.decision import ErasureView
    from tests.support.cast import Organisation


def four_eyes(organisation: Organisation) -> None:
    """Let erasures of this tenant wait for a second person."""
    nothing_at_once: dict[str, str | int | bool] = {"auto_approve_erasure": False, "key_deletions_at_once": False}
    configure_tenant(caller=organisation.staff("ada"), changes=nothing_at_once)


def asks(organisation: Organisation, user_id: str = "alice", kind: RequestKind = RequestKind.ERASURE) -> OpenedRequest:
    return open_request(
        caller=organisation.staff("dora"),
        subject_kind=SubjectKind.USER,
        external_id=user_id,
        asked=Asked(kind=kind, channel="letter"),
    )


def verified(organisation: Organisation, user_id: str = "alice") -> UUID:
    """Open and verify an erasure request. Returns its id."""
    opened = asks(organisation, user_id)
    verify_request(caller=organisation.staff("dora"), request_id=opened.request.id, method=Verification.IN_PERSON)
    return opened.request.id


def approved(organisation: Organisation, user_id: str = "alice") -> UUID:
    request_id = verified(organisation, user_id)
    found = look(organisation, request_id)
    approve_erasure(caller=organisation.staff("dov"), request_id=request_id, digest=found.digest)
    return request_id


def look(organisation: Organisation, request_id: UUID) -> ErasureView:
    return read_erasure(caller=organisation.staff("dora"), request_id=request_id)


def work(organisation: Organisation, request_id: UUID, until: ErasureStep | None = None) -> Erasure:
    """Run the erasure as a worker would. Returns its row."""
    with tenant_context(organisation.tenant.id):
        erasure_id = Erasure.objects.values_list("id", flat=True).get(request_id=request_id)
    run_erasure(erasure_id=erasure_id, tenant_id=organisation.tenant.id, until=until)
    with tenant_context(organisation.tenant.id):
        return Erasure.objects.get(id=erasure_id)


def erased(organisation: Organisation, user_id: str = "alice") -> UUID:
    """Erase a person from the request to the end. Returns the request's id.

    Needs MEMSTORE_KEY_CACHE_SECONDS = 0, else the certificate waits a minute.
    """
    request_id = approved(organisation, user_id)
    assert work(organisation, request_id).state in {"done", "waiting"}
    return request_id
