"""Handing out of copies: to staff who handle the request, or once to the holder of a link made for the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.access.tokens import claim_text, matches, new_claim_code, read_claim
from governance.errors import AccessRefused, AuditUnavailable, NoSuchObject, Unopenable
from governance.guard import witness
from governance.guard.alarms import report_damage
from governance.guard.authorize import Grant, authorize, on_current_facts, system_caller
from governance.guard.facts import subject_facts
from governance.guard.unauthenticated import note_refusal
from governance.keyring.identities import reveal_identities
from governance.models import ENDED, CopyLink, Ground, Purpose, RequestItem, RequestKind, RequestState, RightsRequest
from governance.rights.handling import handling
from governance.rights.request_file import open_file
from governance.vocabulary import Action, ReasonCode, SubjectState, SystemJob
from memstore.models import Memory
from memstore.rights.copies.bundle import zipped
from memstore.rights.copies.gather import gather
from memstore.rights.copies.processing import processing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from governance.context import Caller
    from memstore.rights.copies.gather import KeptData

LINK_LIVES = timedelta(hours=72)
COPY_KINDS = (RequestKind.ACCESS.value, RequestKind.PORTABILITY.value)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy. `chunks` may be read once. Its audit event is committed already."""

    request_id: UUID
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Link:
    """A link to one copy. `token` is shown once, and works once."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CopyOutline:
    """Numbers of what a copy would contain."""

    memories: int
    conversations: int
    withheld: int


def outline_copy(*, caller: Caller, request_id: UUID) -> CopyOutline:
    """Return how much a copy would contain, without content.

    Raises NoSuchObject, AccessRefused: IDENTITY_UNVERIFIED, REQUEST_NOT_OPEN, ALREADY_DESTROYED.
    """
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, object_id=request_id)
    with grant.effect():
        found = outline(caller.tenant_id, request_id)
        grant.record(object_id=request_id, n_items=0)
    return found


def outline(tenant_id: UUID, request_id: UUID) -> CopyOutline:
    """Count what a copy would contain, inside the effect of a grant. Raises as `outline_copy`."""
    kept = _kept(_ready(request_id), tenant_id)
    return CopyOutline(len(kept.memories), len(kept.sources), len(kept.decided.withheld))


@on_current_facts
def make_copy(*, caller: Caller, request_id: UUID) -> Copy:
    """Return the copy of all that is kept about the person. The event is committed before the first byte leaves.

    Raises NoSuchObject, AuditUnavailable, AccessRefused: IDENTITY_UNVERIFIED, REQUEST_NOT_OPEN, ALREADY_DESTROYED,
    STEP_UP_NEEDED.
    """
    grant = authorize(caller=caller, action=Action.MAKE_COPY, object_id=request_id)
    with grant.effect():
        return _copy(_ready(request_id), grant)


def link_copy(*, caller: Caller, request_id: UUID) -> Link:
    """Return a link for the person, to be handed over by a way that is known to be theirs.

    It works for LINK_LIVES. Raises NoSuchObject, AccessRefused: IDENTITY_UNVERIFIED, REQUEST_NOT_OPEN, STEP_UP_NEEDED.
    """
    grant = authorize(caller=caller, action=Action.LINK_COPY, object_id=request_id)
    code, code_sha256 = new_claim_code()
    with grant.effect():
        request = _ready(request_id)
        row = CopyLink.objects.create(
            tenant_id=caller.tenant_id,
            request_id=request.id,
            secret_sha256=code_sha256,
            issued_by=caller.principal.id,
            expires_at=datetime.now(UTC) + LINK_LIVES,
        )
        grant.record_under_lock(subject_id=request.subject_id, object_id=row.id, n_items=1)
    return Link(claim_text(caller.tenant_id, row.id, code), row.expires_at)


@on_current_facts
def hand_out_copy(*, token: str) -> Copy:
    """Return the copy to the holder of a link, once.

    Used, expired, unknown and forged links all raise AccessRefused(LINK_UNKNOWN). Raises AuditUnavailable.
    """
    try:
        tenant_id, link_id, code = read_claim(token)
    except AccessRefused:
        note_refusal()
        raise AccessRefused(ReasonCode.LINK_UNKNOWN) from None
    caller, now = system_caller(tenant_id, SystemJob.RECEIPT), datetime.now(UTC)
    grant = authorize(caller=caller, action=Action.HAND_OUT_COPY, object_id=link_id)
    with grant.effect(object_id=link_id):
        row = CopyLink.objects.select_for_update().filter(id=link_id).first()
        if matches(code, row.secret_sha256 if row else None) and row is not None:
            # The use of a known link is on the record whatever comes of it; a second use shows here.
            if row.used_at is not None or row.expires_at <= now:
                raise AccessRefused(ReasonCode.LINK_UNKNOWN)
            try:
                copy = _copy(_ready(row.request_id, handed_over=True), grant)
            except AccessRefused:  # ended, or erased: the link leads nowhere any more
                raise AccessRefused(ReasonCode.LINK_UNKNOWN) from None
            row.used_at = now
            row.save(update_fields=["used_at"])
            return copy
    note_refusal()  # no link and no person is known, so it is counted and not written one by one
    raise AccessRefused(ReasonCode.LINK_UNKNOWN)


def withhold(*, caller: Caller, request_id: UUID, memory_id: UUID, ground: Ground) -> None:
    """Withhold one memory from the copy for `ground`, or (SHOWN_IN_FULL) show it without redactions.

    Raises NoSuchObject for a memory of another person, and for a request that is not for a copy.
    """
    with handling(caller, Action.REFUSE_REQUEST, request_id) as (row, grant):
        if row.kind not in COPY_KINDS:
            raise NoSuchObject("request of access or portability")
        if not Memory.objects.filter(id=memory_id, subject_id=row.subject_id).exists():
            raise NoSuchObject("memory")
        RequestItem.objects.create(
            tenant_id=caller.tenant_id,
            request_id=row.id,
            memory_id=memory_id,
            ground=ground.value,
            decided_by=caller.principal.id,
        )
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id, n_items=1)


def _ready(request_id: UUID, *, handed_over: bool = False) -> RightsRequest:
    """Return the request, if its copy may be made. Raises NoSuchObject, AccessRefused.

    `handed_over`: a link that was made while the request was open works after its end too.
    """
    row = RightsRequest.objects.filter(id=request_id).first()
    if row is None or row.kind not in COPY_KINDS:
        raise NoSuchObject("request of access or portability")
    if row.state in ENDED and not (handed_over and row.state == RequestState.DONE.value):
        raise AccessRefused(ReasonCode.REQUEST_NOT_OPEN)
    if row.verified_at is None:
        raise AccessRefused(ReasonCode.IDENTITY_UNVERIFIED)
    return row


def _kept(request: RightsRequest, tenant_id: UUID) -> KeptData:
    [subject] = subject_facts(tenant_id, [request.subject_id], fresh=True).values()
    if subject.state is SubjectState.ERASED:
        raise AccessRefused(ReasonCode.ALREADY_DESTROYED)
    purposes = dict(Purpose.objects.values_list("id", "name"))
    return gather(tenant_id, subject, _known_as(request, tenant_id), request.id, purposes)


def _known_as(request: RightsRequest, tenant_id: UUID) -> str:
    """Return the external id, from the request's file, or from the keyring's identities if the file is damaged."""
    try:
        content = open_file(tenant_id, request.id, bytes(request.sealed))
    except Unopenable:
        report_damage(tenant_id, [request.id], subject_id=request.subject_id)
        return reveal_identities(tenant_id, [request.subject_id]).get(request.subject_id, "")
    return content.external_id if content else ""


def _copy(request: RightsRequest, grant: Grant) -> Copy:
    """Record the copy and return it.

    Raises AuditUnavailable also while the second witness cannot follow: a copy may show special categories.
    """
    if witness.is_full():
        raise AuditUnavailable
    kept = _kept(request, grant.caller.tenant_id)
    about = processing(kept)
    grant.about(kept.subject).record(items=kept.memories, object_id=request.id)
    return Copy(request.id, zipped(kept, about, request_id=request.id))
