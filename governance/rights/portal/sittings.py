"""Sittings: what a portal link opens for half an hour, and what its holder may do there.

Until the person's identity is proved, the holder may be another person who got hold of the link, or the holder of the
key that issued it. So the sitting shows no more content than that key may read itself, and ends with the key (ADR 26);
it shows none if a recipient holds the key, since a read would be a disclosure to that recipient. `prove_identity` opens
the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.access.authenticate import principal_of_key
from governance.access.sessions import STEP_UP, staff_principal
from governance.access.tokens import claim_text, matches, new_claim_code, read_claim
from governance.context import Caller
from governance.errors import AccessRefused
from governance.guard.authorize import authorize, system_caller
from governance.guard.facts import purpose_rules, subject_facts
from governance.guard.unauthenticated import note_refusal
from governance.ids import NIL
from governance.models import ApiKey, PortalLink, PortalSitting, StaffUser, Tenant
from governance.policy.decide import AccessRequest, Allowed, Principal, decide
from governance.policy.roles import ROLE_CAPABILITIES
from governance.subjects.oneself import oneself
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, ReasonCode, Role, SubjectState, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy.decide import SubjectFacts

SITTING, IDLE = timedelta(minutes=30), timedelta(minutes=15)
LONGEST_SITTING = 11 * SITTING  # the first half hour and ten more
AWAKE_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OpenedSitting:
    """A sitting that was just opened. `token` is shown once: the browser keeps it."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """An open sitting. `proved`: the person's identity is proved; `organisation`: the controller."""

    caller: Caller
    proved: bool
    expires_at: datetime
    organisation: str
    contact: str


def open_portal(*, text: str) -> OpenedSitting:
    """Open the portal for the holder of a link, once.

    Raises AccessRefused(LINK_UNKNOWN), the same, after the same queries, for links that are forged, used, expired, of
    another tenant, of an erased person, or issued by a key that may not issue any more.
    """
    tenant_id, link_id, code = _read(text)
    caller, now = system_caller(tenant_id, SystemJob.PORTAL), datetime.now(UTC)
    grant = authorize(caller=caller, action=Action.OPEN_PORTAL, object_id=link_id)
    token, token_sha256 = new_claim_code()
    with grant.effect(object_id=link_id):
        row = PortalLink.objects.select_for_update().filter(id=link_id).first()
        # For an unknown link the same queries run, about the nil ids.
        about, issued_by = (row.subject_id, row.issued_by) if row else (NIL, NIL)
        subject = subject_facts(tenant_id, [about], fresh=True).get(about)
        may = _still_issues(_issuer(tenant_id, issued_by), subject)
        if matches(code, row.secret_sha256 if row else None) and row is not None:
            # The use of a genuine link is on the record in any case, so that a second use shows.
            if not may or row.used_at is not None or row.expires_at <= now:
                raise AccessRefused(ReasonCode.LINK_UNKNOWN)
            row.used_at = now
            row.save(update_fields=["used_at"])
            sitting = _seat(row, token_sha256, now)
            grant.record_under_lock(subject_id=row.subject_id, object_id=sitting.id, n_items=1)
            return OpenedSitting(claim_text(tenant_id, sitting.id, token), sitting.expires_at)
    note_refusal()  # no principal is known: counted, not written one by one
    raise AccessRefused(ReasonCode.LINK_UNKNOWN)


def find_sitting(*, presented: str, request_id: UUID) -> Sitting | None:
    """Return the open sitting of a token, or None. The use keeps it from ending for being idle."""
    tenant_id, sitting_id, code = _read(presented)
    with tenant_context(tenant_id):
        row = PortalSitting.objects.select_related("link").filter(id=sitting_id).first()
        tenant = Tenant.objects.filter(id=tenant_id).first()
    if not matches(code, row.secret_sha256 if row else None) or row is None or tenant is None:
        return None
    subject = subject_facts(tenant_id, [row.subject_id], fresh=True).get(row.subject_id)
    issuer = _issuer(tenant_id, row.link.issued_by)
    if issuer is None or not _still_issues(issuer, subject):
        return None
    principal = _principal(row, issuer)
    asked = AccessRequest(principal, Action.CONNECT, purpose=None, subject=subject)
    if not isinstance(decide(asked, datetime.now(UTC)), Allowed):
        return None
    _keep_awake(row)
    contact = tenant.dpo_contact or tenant.contact
    return Sitting(Caller(principal, request_id), row.proved_at is not None, row.expires_at, tenant.name, contact)


def note_proved(caller: Caller) -> None:
    """Record that the person's identity is proved: from now on the sitting shows everything.

    Call it inside the transaction that proves it.
    """
    PortalSitting.objects.filter(id=caller.principal.session_id or NIL).update(proved_at=datetime.now(UTC))


def issuer_of(caller: Caller) -> UUID:
    """Return the issuer of the link that opened this sitting; the nil UUID without one.

    Call it inside the tenant's context.
    """
    rows = PortalSitting.objects.filter(id=caller.principal.session_id or NIL)
    return rows.values_list("link__issued_by", flat=True).first() or NIL


def extend_sitting(*, caller: Caller) -> datetime:
    """Extend the sitting to half an hour from now, at most ten half hours beyond the first (WCAG 2.2, 2.2.1).

    Until then it does not end for being idle. Return its end. Raises AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.EXTEND_SITTING, subject=oneself(caller))
    now = datetime.now(UTC)
    with grant.effect():
        rows = PortalSitting.objects.select_for_update().filter(ended_at=None)
        row = rows.filter(id=caller.principal.session_id or NIL).first()
        if row is None:
            raise AccessRefused(ReasonCode.KEY_REVOKED)
        row.expires_at = max(row.expires_at, min(now + SITTING, row.opened_at + LONGEST_SITTING))
        row.idle_until = row.expires_at
        row.save(update_fields=["expires_at", "idle_until"])
        grant.record_under_lock(subject_id=caller.principal.id, object_id=row.id)
    return row.expires_at


def leave_portal(*, caller: Caller) -> None:
    """End the sitting. Its link was used up when it opened."""
    grant = authorize(caller=caller, action=Action.SIGN_OUT)
    with grant.effect():
        PortalSitting.objects.filter(id=caller.principal.session_id or NIL, ended_at=None).update(
            ended_at=datetime.now(UTC)
        )
        grant.record_under_lock(subject_id=caller.principal.id, object_id=caller.principal.session_id)


def _seat(link: PortalLink, token_sha256: bytes, now: datetime) -> PortalSitting:
    try:
        with transaction.atomic():
            return PortalSitting.objects.create(
                id=link.id,  # so the trail leads from the events of a sitting to the issuer of its link
                tenant_id=link.tenant_id,
                link_id=link.id,
                subject_id=link.subject_id,
                secret_sha256=token_sha256,
                expires_at=now + SITTING,
                idle_until=now + IDLE,
            )
    except IntegrityError:
        raise AccessRefused(ReasonCode.LINK_UNKNOWN) from None


def _read(text: str) -> tuple[UUID, UUID, str]:
    """Return the parts of a token; nil ids for a malformed one, which is then looked up like any other."""
    try:
        return read_claim(text)
    except AccessRefused:
        return NIL, NIL, ""


def _issuer(tenant_id: UUID, issued_by: UUID) -> Principal | None:
    with tenant_context(tenant_id):
        staff = StaffUser.objects.filter(id=issued_by).first()
    if staff is None:
        return principal_of_key(issued_by, tenant_id)
    # The second factor was asked for when the link was issued, and counts for as long as the link does.
    return staff_principal(staff, stepped_up_until=datetime.now(UTC) + STEP_UP)


def _still_issues(issuer: Principal | None, subject: SubjectFacts | None) -> bool:
    """Return whether the issuer could issue the link now: not with a revoked key, nor for an erased person."""
    if issuer is None or subject is None or subject.state is SubjectState.ERASED:
        return False
    asked = AccessRequest(issuer, Action.ISSUE_PORTAL_LINK, purpose=None, subject=subject)
    return isinstance(decide(asked, datetime.now(UTC)), Allowed)


def _held_outside(issuer: Principal) -> bool:
    with tenant_context(issuer.tenant_id):
        return ApiKey.objects.filter(id=issuer.id).exclude(recipient_id=None).exists()


def _principal(row: PortalSitting, issuer: Principal) -> Principal:
    held, purposes = ROLE_CAPABILITIES[Role.SUBJECT], purpose_rules(row.tenant_id)
    if row.proved_at is None:
        held -= {Capability.OWN_READ_ALL}
        purposes = issuer.purposes if issuer.role is Role.API_KEY else ()
        if Capability.RECALL not in issuer.capabilities or _held_outside(issuer):
            held -= {Capability.OWN_READ}
    return Principal(
        id=row.subject_id,
        tenant_id=row.tenant_id,
        role=Role.SUBJECT,
        capabilities=held,
        purposes=purposes,
        default_purpose=None,
        pinned_subject=row.subject_id,
        expires_at=min(row.expires_at, row.idle_until),
        revoked_at=row.ended_at,
        session_id=row.id,
    )


def _keep_awake(row: PortalSitting) -> None:
    now = datetime.now(UTC)
    if row.idle_until - now > IDLE - AWAKE_RESOLUTION:
        return
    with tenant_context(row.tenant_id):
        PortalSitting.objects.filter(id=row.id, ended_at=None, idle_until__gt=now).update(idle_until=now + IDLE)
