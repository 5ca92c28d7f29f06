"""Staff accounts: requested by one person, approved by another, and enrolled by the member alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction

from governance.access.tokens import claim_text, matches, new_claim_code
from governance.access.totp import accepted_step, new_secret, provisioning_uri, secret_text
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize, refuse, system_caller
from governance.guard.second_approval import EndedProposal, approve, ended_of, not_the_same
from governance.guard.unauthenticated import note_refusal
from governance.ids import CO_FOUNDER, FOUNDER, NIL
from governance.keyring.keys import find_staff_sealer, lookup_sealer, staff_sealer, stand_in_sealer
from governance.keyring.sealing import Field
from governance.models import StaffSession, StaffUser
from governance.vocabulary import STAFF, Action, ReasonCode, Role, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

MIN_PASSWORD_CHARS = 12  # NIST SP 800-63B, 5.1.1.2: length, and no composition rules
MAX_PASSWORD_CHARS = 256
MAX_USERNAME_CHARS = 150


@dataclass(frozen=True, slots=True)
class StaffView:
    """One account. `state`: requested, declined, withdrawn, approved, active, suspended."""

    id: UUID
    username: str
    display_name: str
    role: str
    state: str
    requested_by: UUID
    approved_by: UUID | None
    ended: EndedProposal | None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The second factor of a new account, for the authenticator app. Shown once."""

    user_id: UUID
    username: str
    totp_secret: str
    totp_uri: str


def request_member(*, caller: Caller, username: str, role: str, personnel_number: str, name: str = "") -> StaffView:
    """Request an account for a new member of staff.

    `personnel_number` is kept as an HMAC only; it keeps one person from having two accounts. Raises AccessRefused:
    ROLE_UNKNOWN, OWN_MEMBERSHIP (the number is the caller's own), DUPLICATE (the person or the name has an account);
    InvalidChange (`username`, `personnel_number`).
    """
    grant = authorize(caller=caller, action=Action.REQUEST_MEMBER)
    mac = _person_mac(caller.tenant_id, personnel_number)
    with grant.effect():
        if role not in {known.value for known in STAFF}:
            raise AccessRefused(ReasonCode.ROLE_UNKNOWN)
        if not username.isprintable() or not 0 < len(username.strip()) <= MAX_USERNAME_CHARS:
            raise InvalidChange("username", f"expected 1 to {MAX_USERNAME_CHARS} printable characters")
        if not personnel_number.strip():
            raise InvalidChange("personnel_number", "must not be empty")
        own = StaffUser.objects.filter(id=caller.principal.id).first()
        if own is not None and bytes(own.person_mac) == mac:
            raise AccessRefused(ReasonCode.OWN_MEMBERSHIP)
        try:
            with transaction.atomic():
                row = StaffUser.objects.create(
                    tenant_id=caller.tenant_id,
                    username=username.strip(),
                    display_name=name.strip()[:200],
                    role=role,
                    person_mac=mac,
                    requested_by=caller.principal.id,
                )
        except IntegrityError:
            raise AccessRefused(ReasonCode.DUPLICATE) from None
        grant.record(object_id=row.id)
    return view(row)


def approve_member(*, caller: Caller, user_id: UUID) -> str:
    """Approve a requested account as the second person. Return the claim code for the new member, which is shown once.

    Raises AccessRefused: SAME_PERSON, OWN_MEMBERSHIP, ALREADY_DECIDED; NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.APPROVE_MEMBER, object_id=user_id)
    code, digest = new_claim_code()
    with grant.effect():
        row = locked(user_id)
        if caller.principal.id == row.id:
            raise AccessRefused(ReasonCode.OWN_MEMBERSHIP)
        approve(row, caller)
        row.claim_sha256 = digest
        row.save(update_fields=["approved_by", "approved_at", "claim_sha256"])
        grant.record(object_id=row.id)
    return claim_text(row.tenant_id, row.id, code)


def enrol(*, tenant_id: UUID, user_id: UUID, code: str, password: str) -> Enrolment:
    """Set the member's password and return the new second factor. The claim code works once.

    Raises InvalidChange (`password`), AccessRefused(CLAIM_UNKNOWN).
    """
    caller = system_caller(tenant_id, SystemJob.CLAIM)
    grant = authorize(caller=caller, action=Action.ENROL_MEMBER, object_id=user_id)
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        refuse(caller, Action.ENROL_MEMBER, ReasonCode.INVALID, object_id=user_id)
        raise InvalidChange("password", f"expected {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters")
    secret = new_secret()
    with grant.effect():
        row = StaffUser.objects.select_for_update().filter(id=user_id, suspended_at=None).first()
        if row is not None and matches(code, row.claim_sha256):
            row.claim_sha256 = None
            row.password = make_password(password)
            row.totp_sealed = staff_sealer(tenant_id, row.id).seal(Field.TOTP, row.id, 1, secret)
            row.enrolled_at = datetime.now(UTC)
            row.save(update_fields=["claim_sha256", "password", "totp_sealed", "enrolled_at"])
            grant.record(object_id=row.id)
            uri = provisioning_uri(secret, account=row.username)
            return Enrolment(row.id, row.username, secret_text(secret), uri)
    note_refusal()  # no principal is known: counted, not written one by one
    raise AccessRefused(ReasonCode.CLAIM_UNKNOWN)


def suspend_member(*, caller: Caller, user_id: UUID) -> None:
    """Suspend an account at once and end all its sessions. It cannot be the caller's own.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED.
    """
    grant = authorize(caller=caller, action=Action.SUSPEND_MEMBER, object_id=user_id)
    with grant.effect():
        row = locked(user_id)
        not_the_same(caller, row.id)
        if row.suspended_at is not None or row.has_ended:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        row.suspended_at, row.suspended_by = datetime.now(UTC), caller.principal.id
        row.save(update_fields=["suspended_at", "suspended_by"])
        StaffSession.objects.filter(user_id=row.id, ended_at=None).update(ended_at=row.suspended_at)
        grant.record(object_id=row.id)


def list_staff(*, caller: Caller) -> list[StaffView]:
    """Return all accounts by username."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        rows = list(StaffUser.objects.order_by("username"))
        grant.record(n_items=len(rows))
    return [view(row) for row in rows]


def names_of_staff(*, caller: Caller) -> dict[UUID, str]:
    """Return the display name, or else the username, of every account by its id."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        names = display_names()
        grant.record(n_items=len(names))
    return names


def display_names() -> dict[UUID, str]:
    """Return the display name, or else the username, of every account by its id.

    Call it inside the effect of a grant.
    """
    return {row.id: row.display_name or row.username for row in StaffUser.objects.order_by("username")}


def second_factor_passes(row: StaffUser, code: str) -> bool:
    """Check a one-time code and use it up. The caller holds the lock on `row`."""
    if row.totp_sealed is None:
        return False
    secret = staff_sealer(row.tenant_id, row.id).unseal(Field.TOTP, row.id, 1, bytes(row.totp_sealed))
    step = accepted_step(secret, code, after_step=row.totp_last_step)
    if step is None:
        return False
    row.totp_last_step = step
    row.save(update_fields=["totp_last_step"])
    return True


def step_of_code(tenant_id: UUID, row: StaffUser | None, code: str) -> int | None:
    """Return the time step of a one-time code that fits, or None. The code is not used up.

    The caller compares the step again with the row locked. An unknown account costs the same look-up and computation.
    Raises KeyUnavailable.
    """
    sealer = find_staff_sealer(tenant_id, row.id if row is not None else NIL)
    if row is None or row.totp_sealed is None or sealer is None:
        secret = stand_in_sealer().unseal(Field.TOTP, NIL, 1, _nobodys_secret())
        accepted_step(secret, code, after_step=0)
        return None
    secret = sealer.unseal(Field.TOTP, row.id, 1, bytes(row.totp_sealed))
    return accepted_step(secret, code, after_step=row.totp_last_step)


@cache
def _nobodys_secret() -> bytes:
    return stand_in_sealer().seal(Field.TOTP, NIL, 1, new_secret())


def found_organisation(tenant_id: UUID, people: list[tuple[str, Role, str]]) -> dict[str, str]:
    """Make the first accounts of a new tenant, each given as (username, role, personnel number).

    No member exists yet who could request them. Return a claim code by username. Raises AccessRefused(ALREADY_DECIDED)
    once the tenant has any account.
    """
    caller = system_caller(tenant_id, SystemJob.FOUNDING)
    grant = authorize(caller=caller, action=Action.CREATE_TENANT)
    codes: dict[str, str] = {}
    macs = [_person_mac(tenant_id, personnel_number) for _, _, personnel_number in people]
    with grant.effect():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM governance_tenant WHERE id = %s FOR UPDATE", [tenant_id])
        if StaffUser.objects.exists():
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        for (username, role, _), mac in zip(people, macs, strict=True):
            code, digest = new_claim_code()
            row = StaffUser.objects.create(
                tenant_id=tenant_id,
                username=username,
                role=role.value,
                person_mac=mac,
                requested_by=FOUNDER,
                approved_by=CO_FOUNDER,
                approved_at=datetime.now(UTC),
                claim_sha256=digest,
            )
            codes[username] = claim_text(tenant_id, row.id, code)
        grant.record(n_items=len(codes))
    return codes


def _person_mac(tenant_id: UUID, personnel_number: str) -> bytes:
    """Return the HMAC by which a person is recognised, whatever the case and spaces around the number."""
    return lookup_sealer(tenant_id).mac(b"person", personnel_number.strip().casefold().encode())


def locked(user_id: UUID) -> StaffUser:
    """Return the row of an account, locked until the transaction ends. Raises NoSuchObject."""
    row = StaffUser.objects.select_for_update().filter(id=user_id).first()
    if row is None:
        raise NoSuchObject("staff")
    return row


def view(row: StaffUser) -> StaffView:
    """Return an account as it is listed."""
    state = (
        row.ended_as
        if row.has_ended
        else "suspended"
        if row.suspended_at
        else "active"
        if row.enrolled_at
        else "approved"
        if row.approved_by
        else "requested"
    )
    return StaffView(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=row.role,
        state=state,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        ended=ended_of(row),
    )
