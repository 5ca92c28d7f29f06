"""Signed-in people: a password and, for what needs it, a second factor a few minutes old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection

from governance.errors import AccessRefused
from governance.guard import Caller, authorize, effect, refuse_here
from governance.ids import NIL, uuid7
from governance.models import StaffSession, StaffUser
from governance.policy import Principal
from governance.purposes import purpose_rules
from governance.roles import ROLE_CAPABILITIES
from governance.staff import second_factor_passes
from governance.tenancy import tenant_context
from governance.tenants import tenant_by_slug
from governance.tokens import SESSION_MARK, digest, matches, new_prefix, new_secret, read_token, token_text
from governance.unauthenticated import note_refusal
from governance.vocabulary import Action, ReasonCode, Role

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

SESSION = timedelta(hours=8)
STEP_UP = timedelta(minutes=10)
AWAKE_RESOLUTION = timedelta(minutes=1)
LOCK_AFTER, LOCK = 5, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is shown once."""

    token: str
    role: str
    expires_at: datetime
    stepped_up_until: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    id: UUID
    signed_in: SignedIn


def sign_in(
    *,
    tenant: str,
    username: str,
    password: str,
    code: str = "",
    request_id: UUID | None = None,
    idle: timedelta | None = None,
) -> SignedIn:
    """A session of eight hours. With a one-time `code` it is stepped up for the first ten minutes.

    With `idle` it ends when it is not used for so long (`keep_awake`).

    Five failures lock the account for a quarter of an hour. An unknown tenant or name takes as long as a wrong
    password and says the same, and so does a locked one. Raises AccessRefused(SIGN_IN_FAILED).
    """
    found = tenant_by_slug(tenant)
    now = datetime.now(UTC)
    known = _enrolled(found.id, username) if found is not None else None
    if known is None:
        check_password(password, _nobodys_password())  # the time of the answer tells nothing about who exists
        note_refusal()
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)
    caller = Caller(staff_principal(known), request_id or uuid7())
    grant = authorize(caller=caller, action=Action.SIGN_IN)
    with effect(caller, Action.SIGN_IN):
        row = StaffUser.objects.select_for_update().get(id=known.id)
        problem = _problem(row, password, code, now)
        if problem is not None:
            refuse_here(caller, Action.SIGN_IN, problem)
        else:
            StaffUser.objects.filter(id=row.id).update(failures=0, locked_until=None)
            session = open_session(row, idle=idle, now=now, stepped_up_until=now + STEP_UP if code else None)
            grant.record(object_id=session.id)
    if problem is not None:
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)  # a lock is told to the record only: it tells who exists
    return session.signed_in


def open_session(
    row: StaffUser, *, idle: timedelta | None, now: datetime, stepped_up_until: datetime | None
) -> OpenedSession:
    """Inside the transaction that records the sign-in."""
    prefix, secret = new_prefix(), new_secret()
    session = StaffSession.objects.create(
        tenant_id=row.tenant_id,
        user_id=row.id,
        prefix=prefix,
        secret_sha256=digest(secret),
        expires_at=now + SESSION,
        idle_until=now + idle if idle else None,
        stepped_up_until=stepped_up_until,
    )
    token = token_text(SESSION_MARK, prefix, secret)
    return OpenedSession(session.id, SignedIn(token, row.role, session.expires_at, stepped_up_until))


def step_up(*, caller: Caller, code: str) -> datetime:
    """A fresh one-time code: approvals and reveals are open for ten minutes. Raises AccessRefused."""
    grant = authorize(caller=caller, action=Action.STEP_UP)
    now = datetime.now(UTC)
    with effect(caller, Action.STEP_UP):
        row = StaffUser.objects.select_for_update().get(id=caller.principal.id)
        problem = _problem(row, None, code, now)
        if problem is not None:
            refuse_here(caller, Action.STEP_UP, problem)
        else:
            _session(caller).update(stepped_up_until=now + STEP_UP)
            grant.record(object_id=caller.principal.session_id)
    if problem is not None:
        raise AccessRefused(problem)
    return now + STEP_UP


def keep_awake(principal: Principal, idle: timedelta) -> None:
    """The session was used: it ends `idle` from now, to the minute, and no later than its own end."""
    now = datetime.now(UTC)
    if principal.expires_at is None or principal.expires_at - now > idle - AWAKE_RESOLUTION:
        return
    with tenant_context(principal.tenant_id):
        StaffSession.objects.filter(id=principal.session_id or NIL, ended_at=None, idle_until__gt=now).update(
            idle_until=now + idle
        )


def has_stepped_up(principal: Principal) -> bool:
    return principal.stepped_up_until is not None and principal.stepped_up_until > datetime.now(UTC)


def sign_out(*, caller: Caller) -> None:
    grant = authorize(caller=caller, action=Action.SIGN_OUT)
    with effect(caller, Action.SIGN_OUT):
        _session(caller).update(ended_at=datetime.now(UTC))
        grant.record(object_id=caller.principal.session_id)


def session_principal(presented: str) -> Principal | None:
    """The principal of a session's token, or None. An ended or expired one is returned, and refused by policy."""
    prefix, secret = read_token(SESSION_MARK, presented)
    row = None
    if prefix:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM memstore_find_session(%s)", [prefix])
            row = cursor.fetchone()
    if not matches(secret, row[3] if row else None) or row is None:
        return None
    session_id, tenant_id, user_id, _, role, expires_at, stepped_up_until, ended_at, suspended_at = row
    return Principal(
        id=user_id,
        tenant_id=tenant_id,
        role=Role(role),
        capabilities=ROLE_CAPABILITIES[Role(role)],
        purposes=purpose_rules(tenant_id),
        default_purpose=None,
        expires_at=expires_at,
        revoked_at=ended_at or suspended_at,
        stepped_up_until=stepped_up_until,
        session_id=session_id,
    )


def staff_principal(row: StaffUser, *, stepped_up_until: datetime | None = None) -> Principal:
    """What a person may do, whether by a session or, in commands, because they stand beside the machine."""
    role = Role(row.role)
    return Principal(
        id=row.id,
        tenant_id=row.tenant_id,
        role=role,
        capabilities=ROLE_CAPABILITIES[role],
        purposes=purpose_rules(row.tenant_id),
        default_purpose=None,
        revoked_at=row.suspended_at,
        stepped_up_until=stepped_up_until,
    )


def _enrolled(tenant_id: UUID, username: str) -> StaffUser | None:
    with tenant_context(tenant_id):
        return StaffUser.objects.filter(username=username, suspended_at__isnull=True, enrolled_at__isnull=False).first()


def _problem(row: StaffUser, password: str | None, code: str, now: datetime) -> ReasonCode | None:
    """What is wrong, counted as a failure. `row` is locked. Without a password, the code must be there."""
    if row.locked_until is not None and row.locked_until > now:
        return ReasonCode.LOCKED_OUT
    known = password is None or check_password(password, row.password)
    # After a wrong password the code is not even looked at: it would be used up.
    if known and (second_factor_passes(row, code) if code or password is None else True):
        return None
    _count_failure(row, now)
    return ReasonCode.SIGN_IN_FAILED


def _session(caller: Caller) -> QuerySet[StaffSession]:
    return StaffSession.objects.filter(id=caller.principal.session_id or NIL, ended_at=None)


def _count_failure(row: StaffUser, now: datetime) -> None:
    row.failures += 1
    if row.failures >= LOCK_AFTER:
        row.failures, row.locked_until = 0, now + LOCK
    row.save(update_fields=["failures", "locked_until"])


@cache
def _nobodys_password() -> str:
    return make_password("nobody")
