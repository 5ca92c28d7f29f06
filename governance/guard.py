"""The gate of every use case: `authorize` refuses on the record, or returns a grant that records the effect."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance import audit
from governance.errors import AccessRefused
from governance.policy import (
    AccessRequest,
    Action,
    Allowed,
    Principal,
    PurposeRule,
    ReasonCode,
    SubjectFacts,
    SubjectKind,
    decide,
)
from governance.subjects import forget_facts
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which purpose (None: the key's default), and the id that joins log lines and audit events."""

    principal: Principal
    request_id: UUID
    purpose: str | None = None

    @property
    def tenant_id(self) -> UUID:
        return self.principal.tenant_id


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed. `record` writes the event in the transaction of the effect."""

    caller: Caller
    action: Action
    allowed: Allowed
    subject: SubjectFacts | None

    @property
    def purpose(self) -> PurposeRule:
        """The purpose acted for. Only asked for by use cases whose action needs one."""
        if self.allowed.purpose is None:
            raise AccessRefused(ReasonCode.PURPOSE_MISSING)
        return self.allowed.purpose

    def record(
        self,
        *,
        items: Iterable[tuple[UUID, int]] = (),
        n_items: int | None = None,
        object_id: UUID | None = None,
        revision: int | None = None,
    ) -> bool:
        """Write the audit event of the effect into the current transaction.

        Re-checks state and generation of the subject in the same statement: an erasure that came in between
        wins, and raises AccessRefused(SUBJECT_NOT_ACTIVE). With `revision`, nothing is written and False returned
        when what is kept about the subject has changed since. Raises AuditUnavailable.
        """
        event = replace(
            _event(self.caller, self.action, ReasonCode.ALLOWED),
            subject_id=self.subject.id if self.subject else None,
            object_id=object_id,
            purpose=self.allowed.purpose,
            items=tuple(items),
            n_items=n_items,
        )
        written = audit.write(event, unchanged=self.subject, revision=revision)
        if not written and revision is None:
            if self.subject is not None:
                forget_facts(self.caller.tenant_id, self.subject.id)
            raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)
        return written


@contextmanager
def effect(caller: Caller, action: Action) -> Iterator[None]:
    """The transaction of an effect in the caller's tenant. What is refused inside it undoes it and is on the record."""
    try:
        with tenant_context(caller.tenant_id):
            yield
    except AccessRefused as refused:
        refuse(caller, action, refused.reason)
        raise


def authorize(
    *,
    caller: Caller,
    action: Action,
    subject: SubjectFacts | None = None,
    purpose: str | None = None,
    agent_id: UUID | None = None,
    object_id: UUID | None = None,
    new_subject_kind: SubjectKind | None = None,
) -> Grant:
    """Decide, and refuse on the record. Call it outside any transaction, before anything else is done.

    `purpose` overrides the caller's (a stored memory's own purpose, say). Raises AccessRefused, whose event is
    committed by then, or AuditUnavailable.
    """
    request = AccessRequest(
        principal=caller.principal,
        action=action,
        purpose=purpose if purpose is not None else caller.purpose,
        subject=subject,
        agent_id=agent_id,
        new_subject_kind=new_subject_kind,
    )
    decision = decide(request, datetime.now(UTC))
    if isinstance(decision, Allowed):
        return Grant(caller=caller, action=action, allowed=decision, subject=subject)
    refuse(caller, action, decision.reason, subject_id=subject.id if subject else None, object_id=object_id)
    raise AccessRefused(decision.reason)


def refuse(
    caller: Caller,
    action: Action,
    reason: ReasonCode,
    *,
    subject_id: UUID | None = None,
    object_id: UUID | None = None,
) -> None:
    """Put a refusal on the record, in a transaction of its own."""
    audit.write_alone(replace(_event(caller, action, reason), subject_id=subject_id, object_id=object_id))


def _event(caller: Caller, action: Action, reason: ReasonCode) -> audit.Event:
    return audit.Event(
        type=action,
        reason=reason,
        tenant_id=caller.tenant_id,
        principal_id=caller.principal.id,
        role=caller.principal.role,
        request_id=caller.request_id,
    )
