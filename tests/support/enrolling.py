"""Enrolled members of staff, with an authenticator of which every code is fresh."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from governance.access.sessions import session_principal, sign_in
from governance.access.staff import approve_member, enrol, request_member
from governance.access.tokens import read_claim
from governance.access.totp import STEP_SECONDS, code_at
from governance.context import Caller
from governance.errors import AccessRefused
from governance.ids import uuid7
from governance.models import SignInAttempt, StaffSession, StaffUser
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from uuid import UUID

    from governance.access.sessions import SignedIn
    from governance.vocabulary import ReasonCode
    from tests.support.cast import Organisation

PASSWORD = "correct horse battery"
WRONG = "incorrect horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@dataclass
class Person:
    """An enrolled member of staff, with an authenticator of which every code is fresh."""

    organisation: Organisation
    username: str
    id: UUID
    secret: bytes

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, int(time.time()) // STEP_SECONDS + steps).decode()

    def sign_in(self, password: str = PASSWORD, code: str | None = None, address: str = HERE) -> SignedIn:
        """Sign in, with a fresh code unless one is given."""
        if code is None:
            self.change(totp_last_step=0)  # else three sign-ins of a minute are all there are
            code = self.code()
        return sign_in(
            tenant=self.organisation.tenant.slug,
            username=self.username,
            password=password,
            code=code,
            address=address,
        )

    def session(self) -> str:
        """Return the token of a session whose step-up is over."""
        token = self.sign_in().token
        self.change(totp_last_step=0)
        with tenant_context(self.organisation.tenant.id):
            StaffSession.objects.filter(prefix=token.split("_")[1]).update(stepped_up_until=None)
        return token

    def row(self) -> StaffUser:
        with tenant_context(self.organisation.tenant.id):
            return StaffUser.objects.get(id=self.id)

    def change(self, **values: object) -> None:
        with tenant_context(self.organisation.tenant.id):
            StaffUser.objects.filter(id=self.id).update(**values)


def enrolled(organisation: Organisation, username: str = "nina", role: str = "dpo") -> Person:
    asked = request_member(
        caller=organisation.staff("ada"), username=username, role=role, personnel_number=f"P-{username}"
    )
    tenant_id, user_id, code = read_claim(approve_member(caller=organisation.staff("adam"), user_id=asked.id))
    enrolment = enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD)
    return Person(organisation, username, user_id, base64.b32decode(enrolment.totp_secret))


def caller_of(token: str) -> Caller:
    principal = session_principal(token)
    assert principal is not None
    return Caller(principal, uuid7())


def change_sessions(person: Person, **values: object) -> None:
    with tenant_context(person.organisation.tenant.id):
        StaffSession.objects.filter(user_id=person.id).update(**values)


def fails(person: Person, password: str = WRONG, code: str | None = None, address: str = HERE) -> ReasonCode:
    """Return the reason for which a sign-in is refused."""
    with pytest.raises(AccessRefused) as caught:
        person.sign_in(password, code, address)
    return caught.value.reason


def later(person: Person) -> None:
    """End the pause of every address."""
    with tenant_context(person.organisation.tenant.id):
        SignInAttempt.objects.update(paused_until=datetime.now(UTC) - timedelta(seconds=1))
