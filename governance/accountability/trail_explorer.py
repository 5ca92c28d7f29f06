"""Trail explorer: the audit events as a list, newest first, filtered by type, actor, subject and outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.accountability.actors import names_of
from governance.accountability.events import page, read_cursor
from governance.accountability.purpose_names import purpose_names
from governance.errors import NoSuchObject
from governance.evidence.sealer import last_head
from governance.guard.authorize import authorize
from governance.keyring.signing import public_keys
from governance.models import AuditEvent, AuditLeaf
from governance.vocabulary import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from governance.context import Caller

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One audit event, without any content. `leaf`: its number in the tree, None until it is sealed.

    `name`: of the member of staff or the key, if known. `proof_key`: the public key that checks the event's proof, in
    hex; empty in a list.
    """

    id: UUID
    at: datetime
    type: str
    reason: str
    role: str
    job: str | None
    principal_id: UUID
    name: str | None
    subject_id: UUID | None
    object_id: UUID | None
    purpose: str
    n_items: int
    address: str | None
    request_id: UUID
    leaf: int | None
    proof_key: str = ""


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page. `before` is the cursor of the next page, empty on the last one."""

    events: tuple[TrailEvent, ...]
    before: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters, of which every non-empty one must match.

    `reason`: a code, or `refused` for every one but `allowed`.
    """

    type: str = ""
    reason: str = ""
    role: str = ""
    principal_id: UUID | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def explore(*, caller: Caller, wanted: Wanted, before: str = "", page_size: int = 50) -> TrailPage:
    """Return one page of events, 200 at most, by keyset, so that the last page is as fast as the first.

    Raises InvalidChange (`cursor`).
    """
    grant = authorize(caller=caller, action=Action.READ_AUDIT)
    with grant.effect():
        rows = AuditEvent.objects.filter(_matching(wanted))
        shown, further = page([rows], after=read_cursor(before or None), limit=min(page_size, MAX_PAGE))
        views = _views(shown)
        grant.record(n_items=len(shown))
    return TrailPage(views, further or "")


def event_detail(*, caller: Caller, event_id: UUID) -> TrailEvent:
    """Return one event with the key that checks its proof.

    Raises NoSuchObject, also for another tenant's event or one of a dropped month.
    """
    grant = authorize(caller=caller, action=Action.READ_AUDIT, object_id=event_id)
    keys = {key.id: key.public for key in public_keys(caller.tenant_id)}  # in another database: before the effect
    with grant.effect():
        row = AuditEvent.objects.filter(id=event_id).first()
        if row is None:
            raise NoSuchObject("event")
        [found] = _views([row])
        head = last_head(caller.tenant_id)
        grant.record(object_id=event_id, n_items=1)
    return replace(found, proof_key=keys.get(head.key_id, "") if head else "")


def _matching(wanted: Wanted) -> Q:
    found = Q()
    if wanted.type:
        found &= Q(type=wanted.type)
    if wanted.role:
        found &= Q(role=wanted.role)
    if wanted.reason == "refused":
        found &= ~Q(reason="allowed")
    elif wanted.reason:
        found &= Q(reason=wanted.reason)
    for field, value in (("principal_id", wanted.principal_id), ("subject_id", wanted.subject_id)):
        if value is not None:
            found &= Q(**{field: value})
    if wanted.since is not None:
        found &= Q(at__gte=wanted.since)
    if wanted.until is not None:
        found &= Q(at__lt=wanted.until)
    return found


def _views(rows: Iterable[AuditEvent]) -> tuple[TrailEvent, ...]:
    found = list(rows)
    leaves = dict(AuditLeaf.objects.filter(event_id__in=[row.id for row in found]).values_list("event_id", "index"))
    purposes = purpose_names(row.purpose_version_id for row in found)
    names = names_of({row.principal_id for row in found})
    return tuple(
        TrailEvent(
            id=row.id,
            at=row.at,
            type=row.type,
            reason=row.reason,
            role=row.role,
            job=row.job,
            principal_id=row.principal_id,
            name=names.get(row.principal_id),
            subject_id=row.subject_id,
            object_id=row.object_id,
            purpose=purposes.get(row.purpose_version_id) or "",
            n_items=row.n_items,
            address=row.address,
            request_id=row.request_id,
            leaf=leaves.get(row.id),
        )
        for row in found
    )
