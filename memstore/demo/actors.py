"""Callers of the demo: the fictional staff, and the keys of the fictional assistant and of a recipient outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.access.authenticate import principal_of_key
from governance.access.sessions import staff_principal
from governance.context import Caller
from governance.dual_control.approve_loosening import approve_loosening
from governance.errors import NoSuchObject
from governance.ids import uuid7
from governance.models import ApiKey, StaffUser
from governance.processing.loosening_proposal import LooseningView
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.demo.people import id_of

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy.decide import Principal, SubjectFacts

ASSISTANT, OUTSIDE = "branch assistant", "northwind cards"
FRESH_SECONDS = 30.0


def standing_here(tenant_id: UUID, username: str) -> Caller:
    """Return a caller that acts as this member of the demo's staff, stepped up for a minute."""
    with tenant_context(tenant_id):
        row = StaffUser.objects.get(username=username)
    return Caller(staff_principal(row, stepped_up_until=datetime.now(UTC) + timedelta(minutes=1)), uuid7())


def agreed(made: object, *, by: Caller) -> None:
    """Approve, as the second person `by`, a change that loosens; any other took effect at once."""
    if isinstance(made, LooseningView):
        approve_loosening(caller=by, loosening_id=made.id, digest=made.digest)


class Cast:
    """Callers by name, each time with a request id of their own. `now` is the last day of the demo."""

    def __init__(self, tenant_id: UUID, now: datetime) -> None:
        self.tenant_id, self.now = tenant_id, now
        self.notices: dict[str, str] = {}  # SHA-256 by language, once they are registered
        self._known: dict[str, tuple[float, Principal]] = {}

    def ago(self, days: float) -> datetime:
        """Return the moment so many days before the last day of the demo."""
        return self.now - timedelta(days=days)

    def forget(self) -> None:
        """Drop the cached principals, after their rights were changed."""
        self._known.clear()

    def admin(self) -> Caller:
        return self._staff("demo-admin")

    def dpo(self) -> Caller:
        return self._staff("demo-dpo")

    def second_dpo(self) -> Caller:
        return self._staff("demo-dpo-2")

    def reviewer(self) -> Caller:
        return self._staff("demo-reviewer")

    def assistant(self, purpose: str = "assistance") -> Caller:
        return self._key(ASSISTANT, purpose)

    def outside(self) -> Caller:
        """Return the recipient, which reads with a key of its own."""
        return self._key(OUTSIDE, "assistance")

    def person(self, number: int) -> SubjectFacts:
        """Return the facts of a person as policy sees them now. Raises NoSuchObject."""
        found = find_subject(self.tenant_id, SubjectKind.USER, id_of(number))
        if found is None:
            raise NoSuchObject("subject")
        return found

    def _staff(self, username: str) -> Caller:
        principal = self._fresh(username)
        if principal is None:
            principal = standing_here(self.tenant_id, username).principal
            self._known[username] = time.monotonic(), principal
        return Caller(principal, uuid7())

    def _key(self, name: str, purpose: str) -> Caller:
        principal = self._fresh(name)
        if principal is None:
            with tenant_context(self.tenant_id):
                ids = ApiKey.objects.filter(name=name, revoked_at=None, secret_sha256__isnull=False)
                key_id = ids.values_list("id", flat=True).first()
            principal = principal_of_key(key_id, self.tenant_id) if key_id else None
            if principal is None:
                raise NoSuchObject("key")
            self._known[name] = time.monotonic(), principal
        return Caller(principal, uuid7(), purpose)

    def _fresh(self, name: str) -> Principal | None:
        known = self._known.get(name)
        return known[1] if known is not None and time.monotonic() - known[0] < FRESH_SECONDS else None
