"""Staff sessions: sign-in by password and one-time code, and step-up by a fresh code.

A sign-in that fails does the same work and runs the same statements for every cause and every name, whether or not the
organisation or the account exists. `governance.access.sign_in_attempts` counts the failures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection

from governance.access import sign_in_attempts
from governance.access.sign_in_attempts import FIRST_PAUSE, FREE_FAILURES, LONGEST_PAUSE
from governance.access.staff import second_factor_passes, step_of_code
from governance.access.tokens import SESSION_MARK, digest, matches, new_prefix, new_secret, read_token, token_text
from governance.context import Caller
from governance.errors import AccessRefused
from governance.guard.authorize import authorize, refuse_here, system_caller
from governance.guard.facts import purpose_rules
from governance.ids import NIL, uuid7
from governance.models import StaffSession, StaffUser
from governance.policy.decide import Principal
from governance.policy.roles import ROLE_CAPABILITIES
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_id_by_slug
from governance.vocabulary import Action, ReasonCode, Role, SystemJob

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

SESSION = timedelta(hours=8)
STEP_UP = timedelta(minutes=10)
AWAKE_RESOLUTION = timedelta(minutes=1)
_GUESS = """
    UPDATE governance_staffuser SET failures = failures + 1,
           locked_until = CASE WHEN failures + 1 >= %(free)s THEN %(now)s + make_interval(
               secs => least(%(first)s * power(2, least(failures + 1 - %(free)s, 10)), %(longest)s)) END
     WHERE id = %(user)s AND (locked_until IS NULL OR locked_until <= %(now)s)
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as it is handed to the client. `token` is shown once."""

    token: str
    role: str
    expires_at: datetime
    stepped_up_until: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that was just opened, with its id for the audit event."""

    id: UUID
    signed_in: SignedIn


def sign_in(
    *,
    tenant: str,
    username: str,
    password: str,
    code: str,
    address: str = "",
    request_id: UUID | None = None,
    idle: timedelta | None = None,
) -> SignedIn:
    """Open a session by password and one-time code. It lasts eight hours and is stepped up for the first ten minutes.

    With `idle` it ends when it is not used for that long (`keep_awake`). `address`: the client address; pauses after
    failures are by account and address. Raises AccessRefused(SIGN_IN_FAILED), the same for every cause.
    """
    tenant_id = tenant_id_by_slug(tenant) or NIL
    known = _enrolled(tenant_id, username)
    right = check_password(password, known.password if known is not None else _nobodys_password())
    step = step_of_code(tenant_id, known, code)
    return _enter(
        _Asked(tenant, tenant_id, username, address, known, password_is_right=right, step=step, idle=idle), request_id
    )


def sign_in_with_code(
    *, tenant: str, known: StaffUser, code: str, address: str, request_id: UUID | None, idle: timedelta
) -> SignedIn:
    """Open a session for an account that the identity provider named, by our one-time code as the second factor.

    Raises AccessRefused(SIGN_IN_FAILED), the same for every cause.
    """
    step = step_of_code(known.tenant_id, known, code)
    asked = _Asked(
        tenant, known.tenant_id, known.username, address, known, password_is_right=True, step=step, idle=idle
    )
    return _enter(asked, request_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sign-in as it was checked outside the transaction.

    `step`: time step of the one-time code, None for a wrong one.
    """

    tenant: str
    tenant_id: UUID
    username: str
    address: str
    known: StaffUser | None
    password_is_right: bool
    step: int | None
    idle: timedelta | None


def _enter(asked: _Asked, request_id: UUID | None) -> SignedIn:
    known = asked.known
    if known is not None:
        caller = Caller(principal_at_the_door(known), request_id or uuid7())
    else:
        caller = replace(system_caller(asked.tenant_id, SystemJob.DOOR), request_id=request_id or uuid7())
    grant = authorize(caller=caller, action=Action.SIGN_IN)
    now = datetime.now(UTC)
    proved = known is not None and asked.password_is_right and asked.step is not None
    session = None
    with grant.effect():
        attempts = sign_in_attempts.take(asked.tenant, asked.username, asked.tenant_id, asked.address, now)
        paused = attempts.is_paused(now) or (known is not None and is_locked(known.locked_until, now))
        row = _locked(known.id) if known is not None and proved and not paused else None
        if row is not None and _may_enter(row, asked.step or 0, now):
            sign_in_attempts.forget(attempts)
            row.failures, row.locked_until, row.totp_last_step = 0, None, asked.step or 0
            row.save(update_fields=["failures", "locked_until", "totp_last_step"])
            session = open_session(row, idle=asked.idle, now=now, stepped_up_until=now + STEP_UP)
            grant.record(object_id=session.id)
        else:
            sign_in_attempts.count_failure(attempts, now)
            # A caller that knows the password and guesses codes is paused by account, from every address.
            guessing = known.id if known is not None and asked.password_is_right and not paused else NIL
            _count_guess(guessing, now)
            refuse_here(caller, Action.SIGN_IN, ReasonCode.LOCKED_OUT if paused else ReasonCode.SIGN_IN_FAILED)
    if session is None:
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)  # only the record names a lock: it would tell who exists
    return session.signed_in


def open_session(
    row: StaffUser, *, idle: timedelta | None, now: datetime, stepped_up_until: datetime | None
) -> OpenedSession:
    """Insert a session of `row`. Call it inside the transaction that records the sign-in."""
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
    """Step the session up with a fresh one-time code. Return until when: ten minutes from now.

    Failures are counted by session, so that failed sign-ins of other callers cannot block it. Raises AccessRefused:
    SIGN_IN_FAILED, LOCKED_OUT (during a pause, which grows with each failure from the fifth on), KEY_REVOKED (the
    session has ended).
    """
    grant = authorize(caller=caller, action=Action.STEP_UP)
    now = datetime.now(UTC)
    problem: ReasonCode | None = None
    with grant.effect():
        row = _session(caller).select_for_update().first()
        if row is None:
            raise AccessRefused(ReasonCode.KEY_REVOKED)
        if is_locked(row.step_up_paused_until, now):
            problem = ReasonCode.LOCKED_OUT
        elif not second_factor_passes(StaffUser.objects.select_for_update().get(id=row.user_id), code):
            problem = ReasonCode.SIGN_IN_FAILED
            row.step_up_failures += 1
            row.step_up_paused_until = now + sign_in_attempts.pause_after(row.step_up_failures)
        else:
            row.step_up_failures, row.step_up_paused_until, row.stepped_up_until = 0, None, now + STEP_UP
        if problem is None:
            grant.record(object_id=row.id)
        else:
            refuse_here(caller, Action.STEP_UP, problem)
        row.save(update_fields=["step_up_failures", "step_up_paused_until", "stepped_up_until"])
    if problem is not None:
        raise AccessRefused(problem)
    return now + STEP_UP


def keep_awake(principal: Principal, idle: timedelta) -> None:
    """Record the use of a session: it now ends `idle` from now, to the minute, and no later than its own end."""
    now = datetime.now(UTC)
    if principal.expires_at is None or principal.expires_at - now > idle - AWAKE_RESOLUTION:
        return
    with tenant_context(principal.tenant_id):
        StaffSession.objects.filter(id=principal.session_id or NIL, ended_at=None, idle_until__gt=now).update(
            idle_until=now + idle
        )


def has_stepped_up(principal: Principal) -> bool:
    """Return whether the step-up of the session is still valid."""
    return principal.stepped_up_until is not None and principal.stepped_up_until > datetime.now(UTC)


def sign_out(*, caller: Caller) -> None:
    """End the caller's session."""
    grant = authorize(caller=caller, action=Action.SIGN_OUT)
    with grant.effect():
        _session(caller).update(ended_at=datetime.now(UTC))
        grant.record(object_id=caller.principal.session_id)


def session_principal(presented: str) -> Principal | None:
    """Return the principal of a session token, or None for an unknown one.

    Ended and expired sessions are returned, and refused by policy.
    """
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
    """Return the principal of a member of staff without a session, as for the issuer of a portal link."""
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


def principal_at_the_door(row: StaffUser) -> Principal:
    """Return the principal of a member of staff who is signing in.

    It has no purposes: it acts for none yet, so none is read.
    """
    role = Role(row.role)
    return Principal(
        id=row.id,
        tenant_id=row.tenant_id,
        role=role,
        capabilities=ROLE_CAPABILITIES[role],
        purposes=(),
        default_purpose=None,
        revoked_at=row.suspended_at,
    )


def is_locked(until: datetime | None, now: datetime) -> bool:
    """Return whether a pause that ends at `until` still lasts."""
    return until is not None and until > now


def _enrolled(tenant_id: UUID, username: str) -> StaffUser | None:
    with tenant_context(tenant_id):
        rows = StaffUser.objects.filter(username=username, suspended_at__isnull=True, enrolled_at__isnull=False)
        found = rows.first()
    if found is None:  # an unknown name costs the making of a principal as well: it takes time
        principal_at_the_door(StaffUser(id=NIL, tenant_id=tenant_id, username=username, role=Role.DPO.value))
    return found


def _locked(user_id: UUID) -> StaffUser | None:
    found = StaffUser.objects.select_for_update().filter(id=user_id, suspended_at__isnull=True)
    return found.first()


def _may_enter(row: StaffUser, step: int, now: datetime) -> bool:
    """Compare again with the row locked: meanwhile the code may have been used, or the account paused."""
    return step > row.totp_last_step and not is_locked(row.locked_until, now)


def _count_guess(user_id: UUID, now: datetime) -> None:
    """Count a wrong code after the right password. For all other failures `user_id` is NIL and no row is changed."""
    pauses = {"first": FIRST_PAUSE.total_seconds(), "longest": LONGEST_PAUSE.total_seconds()}
    with connection.cursor() as cursor:
        cursor.execute(_GUESS, {"user": user_id, "now": now, "free": FREE_FAILURES, **pauses})


def _session(caller: Caller) -> QuerySet[StaffSession]:
    return StaffSession.objects.filter(id=caller.principal.session_id or NIL, ended_at=None)


@cache
def _nobodys_password() -> str:
    return make_password("nobody")
