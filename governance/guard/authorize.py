"""The gate of every use case: `authorize` refuses on the record, or returns a grant that records the effect.

Where somebody has to be looked up for the decision, `look_up.clear` comes first: it refuses whatever can be refused
without knowing who is known.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from governance.context import Caller, acting
from governance.errors import AccessRefused, AuditUnavailable, FactsMoved, Unopenable
from governance.guard import audit_event, idempotency_claim, witness
from governance.guard.alarms import report_damage
from governance.guard.facts import forget_facts
from governance.ids import NIL, uuid7
from governance.policy.decide import SHOWS, AccessRequest, Allowed, Principal, PurposeRule, SubjectFacts, decide
from governance.policy.roles import ROLE_CAPABILITIES
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, Role, SubjectKind, SubjectState, SystemJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from uuid import UUID


__all__ = [
    "Grant",
    "attempt",
    "authorize",
    "effect_of",
    "on_current_facts",
    "refuse",
    "refuse_here",
    "subjects_of",
    "system_caller",
]

P = ParamSpec("P")
R = TypeVar("R")
ATTEMPTS = 3


def system_caller(tenant_id: UUID, job: SystemJob) -> Caller:
    """The service itself, for sweeps and commands: it maintains, and sees nothing."""
    role = Role.SYSTEM
    principal = Principal(
        id=NIL,
        tenant_id=tenant_id,
        role=role,
        capabilities=ROLE_CAPABILITIES[role],
        purposes=(),
        default_purpose=None,
    )
    return Caller(principal, uuid7(), job=job)


# Whose row is compared where there is nobody: an event about them takes the same statement.
NOBODY = SubjectFacts(NIL, SubjectKind.USER, SubjectState.ACTIVE, 0)


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed. `record` writes the event in the transaction of the effect."""

    caller: Caller
    action: Action
    allowed: Allowed
    subject: SubjectFacts | None

    @property
    def subject_id(self) -> UUID:
        """Id of the subject decided about; the nil UUID where there is none, so that the same statements run."""
        return self.subject.id if self.subject is not None else NIL

    def about(self, subject: SubjectFacts) -> Grant:
        """This grant for a subject that was admitted, or found by a row, after the decision about no subject.

        Raises ValueError where the decision was about another subject: that one has to be decided about as well.
        """
        if self.subject is not None and self.subject.id != subject.id:
            raise ValueError("a grant about one subject says nothing about another")
        return replace(self, subject=subject)

    def effect(self, *, subjects: Iterable[UUID] = (), object_id: UUID | None = None) -> AbstractContextManager[None]:
        """Open the transaction of what was allowed, in the caller's tenant. See `attempt`."""
        return attempt(self.caller, self.action, subjects=subjects, object_id=object_id)

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
        purpose: PurposeRule | None = None,
        revision: int | None = None,
    ) -> bool:
        """Write the audit event of the effect into the current transaction.

        Re-checks in the same statement that the subject is still as it was at the decision: a withdrawal or an
        erasure that came in between wins, and raises FactsMoved. With `revision`, nothing is written and False
        returned when what is kept about the subject has changed since. Raises AuditUnavailable, also for what would
        show special or criminal data in clear while the second witness cannot follow.
        """
        if witness.is_full() and self.action in SHOWS and self.allowed.shows_special():
            raise AuditUnavailable
        event = replace(
            _event(self.caller, self.action, ReasonCode.ALLOWED),
            subject_id=self.subject.id if self.subject else None,
            object_id=object_id,
            purpose=purpose or self.allowed.purpose,
            items=tuple(items),
            n_items=n_items,
        )
        written = audit_event.write(event, unchanged=self.subject or NOBODY, revision=revision)
        if not written and revision is None:
            if self.subject is not None:
                forget_facts(self.caller.tenant_id, self.subject.id)
            raise FactsMoved
        if written:
            idempotency_claim.settle(self.caller.principal.id, object_id)
        return written

    def record_under_lock(
        self,
        *,
        subject_id: UUID | None = None,
        object_id: UUID | None = None,
        purpose: PurposeRule | None = None,
        items: Iterable[tuple[UUID, int]] = (),
        n_items: int | None = None,
    ) -> None:
        """The event of a change to the subject itself, whose row this transaction holds: nobody else moved it."""
        event = replace(
            _event(self.caller, self.action, ReasonCode.ALLOWED),
            subject_id=subject_id or (self.subject.id if self.subject else None),
            object_id=object_id,
            purpose=purpose or self.allowed.purpose,
            items=tuple(items),
            n_items=n_items,
        )
        audit_event.write(event)
        idempotency_claim.settle(self.caller.principal.id, object_id)

    def record_each(self, items: Mapping[UUID, Iterable[tuple[UUID, int]]]) -> None:
        """One event for each of these subjects, about what is listed of it, in one statement.

        Raises AuditUnavailable, as `record` does. Whether a subject has moved since is for the use case to know.
        """
        if witness.is_full() and self.action in SHOWS and self.allowed.shows_special():
            raise AuditUnavailable
        event = replace(_event(self.caller, self.action, ReasonCode.ALLOWED), purpose=self.allowed.purpose)
        audit_event.write_all([replace(event, subject_id=one, items=tuple(listed)) for one, listed in items.items()])


def subjects_of(grants: Iterable[Grant]) -> list[UUID]:
    """The subjects that were decided about, each once for every grant."""
    return [grant.subject.id for grant in grants if grant.subject is not None]


def on_current_facts(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run the use case again when a person's choice came in between: the second decision knows of it.

    Nothing of the first run has had an effect. A subject that never stands still is refused.
    """

    @wraps(use_case)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(ATTEMPTS):
            try:
                return use_case(*args, **kwargs)
            except FactsMoved:
                continue
        raise AccessRefused(ReasonCode.SUBJECT_NOT_ACTIVE)

    return again


def effect_of(grants: Sequence[Grant], *, subjects: Iterable[UUID] = ()) -> AbstractContextManager[None]:
    """Open one transaction for several grants of one action, of one caller. `grants` holds at least one."""
    return grants[0].effect(subjects=subjects)


@contextmanager
def attempt(
    caller: Caller, action: Action, *, subjects: Iterable[UUID] = (), object_id: UUID | None = None
) -> Iterator[None]:
    """Open a transaction in the caller's tenant. A refusal inside it undoes everything and is on the record.

    A use case that was allowed opens it by its grant (`Grant.effect`). By itself it is for checks that come before
    the decision. `subjects` are those whose memories may have been opened: the refusal is on the record about each
    of them, also when a memory turned out to be damaged.
    """
    try:
        with tenant_context(caller.tenant_id), acting(caller):
            yield
    except (AccessRefused, Unopenable) as failed:
        reason = failed.reason if isinstance(failed, AccessRefused) else ReasonCode.CANNOT_DECIDE
        about: set[UUID | None] = {*subjects} or {None}
        for subject_id in about:
            refuse(caller, action, reason, subject_id=subject_id, object_id=object_id)
        if isinstance(failed, Unopenable) and failed.object_id is not None:
            report_damage(caller.tenant_id, [failed.object_id])
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
    revealed: bool = False,
) -> Grant:
    """Decide, and refuse on the record. Call it outside any transaction, before anything else is done.

    `purpose` overrides the caller's (a stored memory's own purpose, say). `subject` is as the database has it now
    (`governance.subjects.look_up`): it is not asked for again, so a refusal takes as long for who is known as for
    who is not.
    Raises AccessRefused, whose event is committed by then, or AuditUnavailable.
    """
    request = AccessRequest(
        principal=caller.principal,
        action=action,
        purpose=purpose if purpose is not None else caller.purpose,
        subject=subject,
        agent_id=agent_id,
        new_subject_kind=new_subject_kind,
        revealed=revealed,
    )
    decision = decide(request, datetime.now(UTC))
    if isinstance(decision, Allowed):
        return Grant(caller=caller, action=action, allowed=decision, subject=request.subject)
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
    audit_event.write_alone(replace(_event(caller, action, reason), subject_id=subject_id, object_id=object_id))


def refuse_here(
    caller: Caller,
    action: Action,
    reason: ReasonCode,
    *,
    subject_id: UUID | None = None,
    object_id: UUID | None = None,
) -> None:
    """The same in the current transaction, with what the refusal itself changes: a counted failure, say."""
    audit_event.write(replace(_event(caller, action, reason), subject_id=subject_id, object_id=object_id))


def _event(caller: Caller, action: Action, reason: ReasonCode) -> audit_event.Event:
    return audit_event.Event(
        type=action,
        reason=reason,
        tenant_id=caller.tenant_id,
        principal_id=caller.principal.id,
        role=caller.principal.role,
        job=caller.job,
        request_id=caller.request_id,
    )
