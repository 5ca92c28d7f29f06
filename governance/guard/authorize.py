"""Guard of every use case: `authorize` refuses on the record, or returns a grant that records the effect.

Where the decision needs a subject that has to be looked up, `look_up.clear` comes first: it makes every refusal that
does not depend on who is known.
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
    """Return the caller for the service itself, for sweeps and commands. It maintains, and sees no memory."""
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


# Compared where there is no subject, so that the same statement runs.
NOBODY = SubjectFacts(NIL, SubjectKind.USER, SubjectState.ACTIVE, 0)


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to act, from `authorize`. `record` writes the event in the transaction of the effect."""

    caller: Caller
    action: Action
    allowed: Allowed
    subject: SubjectFacts | None

    @property
    def subject_id(self) -> UUID:
        """Return the id of the subject decided about; the nil UUID where there is none.

        So the same statements run for both.
        """
        return self.subject.id if self.subject is not None else NIL

    def about(self, subject: SubjectFacts) -> Grant:
        """Return this grant for a subject that was admitted, or found by a row, after a decision about no subject.

        Raises ValueError where the decision was about another subject, which needs a decision of its own.
        """
        if self.subject is not None and self.subject.id != subject.id:
            raise ValueError("a grant about one subject says nothing about another")
        return replace(self, subject=subject)

    def effect(self, *, subjects: Iterable[UUID] = (), object_id: UUID | None = None) -> AbstractContextManager[None]:
        """Open the transaction of the allowed action, in the caller's tenant. See `attempt`."""
        return attempt(self.caller, self.action, subjects=subjects, object_id=object_id)

    @property
    def purpose(self) -> PurposeRule:
        """Return the purpose acted for.

        Raises AccessRefused(PURPOSE_MISSING) for an action that is for no single purpose.
        """
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
        """Write the audit event of the effect into the current transaction. Return whether it was written.

        The same statement checks again that the subject is as it was at the decision: a withdrawal or an erasure that
        came in between wins, and raises FactsMoved. With `revision`, nothing is written and False returned when the
        subject, or what is kept about it, has changed since. Raises AuditUnavailable, also for an action that would
        show special or criminal data in clear while the backlog of the second witness is full.
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
        """Write the audit event of a change to the subject itself. Raises AuditUnavailable.

        The caller holds the subject lock in this transaction, so the subject cannot have changed and is not checked
        again.
        """
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
        """Write one event for each of these subjects, about the items listed for it, in one statement.

        Raises AuditUnavailable, as `record` does. It does not check that the subjects are as they were at the decision:
        that is left to the use case.
        """
        if witness.is_full() and self.action in SHOWS and self.allowed.shows_special():
            raise AuditUnavailable
        event = replace(_event(self.caller, self.action, ReasonCode.ALLOWED), purpose=self.allowed.purpose)
        audit_event.write_all([replace(event, subject_id=one, items=tuple(listed)) for one, listed in items.items()])


def subjects_of(grants: Iterable[Grant]) -> list[UUID]:
    """Return the ids of the subjects decided about, one for each grant that has a subject."""
    return [grant.subject.id for grant in grants if grant.subject is not None]


def on_current_facts(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run the use case again when a person's choice came in between: the second decision knows of it.

    The first run has had no effect. After ATTEMPTS runs on facts that moved it raises
    AccessRefused(SUBJECT_NOT_ACTIVE).
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
    """Open one transaction for several grants of one action and one caller. `grants` holds at least one."""
    return grants[0].effect(subjects=subjects)


@contextmanager
def attempt(
    caller: Caller, action: Action, *, subjects: Iterable[UUID] = (), object_id: UUID | None = None
) -> Iterator[None]:
    """Open a transaction in the caller's tenant. A refusal inside it undoes everything and is recorded.

    A use case that was allowed opens it by its grant (`Grant.effect`). Called directly, it is for checks that come
    before the decision. `subjects` are those whose memories may have been opened: a refusal is recorded about each of
    them, also when a memory turned out to be damaged.
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
    (`governance.subjects.look_up`): it is not read again, so a refusal takes as long for a known subject as for an
    unknown one. Raises AccessRefused, whose event is committed by then, or AuditUnavailable.
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
    """Record a refusal, in a transaction of its own. Raises AuditUnavailable."""
    audit_event.write_alone(replace(_event(caller, action, reason), subject_id=subject_id, object_id=object_id))


def refuse_here(
    caller: Caller,
    action: Action,
    reason: ReasonCode,
    *,
    subject_id: UUID | None = None,
    object_id: UUID | None = None,
) -> None:
    """Record a refusal in the current transaction, with what it changes (a counted failure, say).

    Raises AuditUnavailable.
    """
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
