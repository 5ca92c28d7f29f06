"""What a person chooses, and what follows for what is remembered: consent, withdrawal, objection.

A withdrawal is one transaction: the event, the end of the consent, and the memories. From its commit on nothing of
them is readable, in any process. The key of the purpose is destroyed right after; a crash in between leaves a key
without rows, and the sweep destroys it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance import consents, objections
from governance.consents import Choice
from governance.errors import NoSuchObject
from governance.facts import purpose_rules, subject_facts
from governance.guard import authorize, effect, on_current_facts, refuse, system_caller
from governance.keyring.keys import shred_purpose_key
from governance.ledger.protections import protect
from governance.look_up import clear, subject_named
from governance.minors import check_birth_date, note_age
from governance.models import CompellingGround, ObjectionOutcome, ProtectionKind, SubjectPurpose
from governance.purposes import purpose_named
from governance.shred_orders import Order, consent_is_sealed, order_shred, read_order
from governance.standing import lock_living, lock_subject, moved, standing_of
from governance.subjects import admit_evenly
from governance.vocabulary import Action, ReasonCode, SubjectKind, SystemJob
from memstore.erasure.plan import as_seen
from memstore.models import Job, JobStatus, Memory, Source
from memstore.remove import Removed, let_go, let_sources_go

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from governance.consents import ConsentRecord, ConsentState
    from governance.guard import Caller, Grant
    from governance.models import Objection, Subject
    from governance.policy import PurposeRule
    from memstore.scope import ScopeIds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a withdrawal or objection did. `n_kept`: out of use, and kept because the law says so."""

    purpose: str
    n_destroyed: int = 0
    n_kept: int = 0
    objection_id: UUID | None = None


@on_current_facts
def grant(*, caller: Caller, scope: ScopeIds, purpose: str, notice: str, choice: Choice) -> ConsentState:
    """One call: this person consents to the notice (its SHA-256 or id). Raises AccessRefused."""
    kind, external_id = scope.subject()
    action = Action.GRANT_CONSENT
    cleared = clear(caller=caller, action=action, names={kind: external_id}, kind=kind, purpose=purpose)
    known = subject_named(cleared, kind)
    authorize(caller=caller, action=action, subject=known, purpose=purpose, new_subject_kind=kind)
    # Somebody about whom nothing valid was said is not even admitted to the identity map.
    consents.check_grant(caller=caller, purpose=purpose, notice=notice, choice=choice)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    rule = next((rule for rule in caller.principal.purposes if rule.name == purpose), None)
    if rule is not None:
        finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return consents.grant_consent(caller=caller, subject=subject, purpose=purpose, notice=notice, choice=choice)


@on_current_facts
def withdraw(*, caller: Caller, scope: ScopeIds, purpose: str, choice: Choice) -> Ended:
    """One call: the consent ends, what was kept for it goes, its key is destroyed.

    Somebody whom we never met gets the same answer. Whatever time it bears, it takes effect now. Raises
    AccessRefused: DUPLICATE where nothing is in force, NOT_FOUND for an unknown purpose, NOT_CONSENT_BASED.
    """
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.WITHDRAW_CONSENT, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.WITHDRAW_CONSENT, subject=known)
    with effect(caller, Action.WITHDRAW_CONSENT):
        rule = purpose_named(caller.tenant_id, purpose)
        consents.check_choice(choice, rule)
    # Somebody whom we never met is admitted with what they said: their will is on the record, and the answer the same.
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with effect(caller, Action.WITHDRAW_CONSENT):
        row = lock_living(subject.id)
        standing = consents.end_consent(grant=allowed, subject=row, rule=rule, choice=choice)
        removed = _take_away(row, rule, ReasonCode.CONSENT_ENDED)
        _protect_withdrawal(caller, row, standing, choice)
    finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return Ended(purpose, len(removed.gone), len(removed.kept))


@on_current_facts
def consent_history(*, caller: Caller, scope: ScopeIds) -> tuple[list[ConsentState], list[ConsentRecord]]:
    """As `governance.consents.consent_history`, of whoever stands behind the id."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.READ_CONSENT, names={kind: external_id}, kind=kind)
    return consents.consent_history(caller=caller, subject=subject_named(cleared, kind))


@on_current_facts
def object_to(*, caller: Caller, scope: ScopeIds, purpose: str) -> Ended:
    """One call: use for the purpose stops. Direct marketing ends for good (Art. 21(3)); else a person assesses it."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.OBJECT, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.OBJECT, subject=known)
    with effect(caller, Action.OBJECT):
        rule = purpose_named(caller.tenant_id, purpose)
        objections.check_objectionable(rule)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with effect(caller, Action.OBJECT):
        row = lock_living(subject.id)
        objection, standing = objections.make_objection(grant=allowed, subject=row, rule=rule)
        over = standing.shred_due_at is not None
        removed = _take_away(row, rule, ReasonCode.OBJECTED) if over else Removed()
        _protect_objection(caller, objection, row, upheld=over)
    finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return Ended(purpose, len(removed.gone), len(removed.kept), objection.id)


@on_current_facts
def settle_objection(
    *,
    caller: Caller,
    objection_id: UUID,
    outcome: ObjectionOutcome,
    ground: CompellingGround | None = None,
    seen: str = "",
) -> Ended:
    """The assessment: upheld, and what was kept goes; or overridden, and use goes on for the ground named.

    `seen`: the digest of what was looked at before, where it was (`memstore.outlook`): something else is refused.
    """
    allowed = authorize(caller=caller, action=Action.SETTLE_OBJECTION, object_id=objection_id)
    with effect(caller, Action.SETTLE_OBJECTION):
        objection = objections.objection_by_id(objection_id)
        row = lock_subject(objection.subject_id)
        objection.refresh_from_db()
        if seen:
            as_seen(row, seen)
        rules = {rule.purpose_id: rule for rule in caller.principal.purposes}
        if objection.purpose_id not in rules:
            raise NoSuchObject("objection")
        rule = rules[objection.purpose_id]
        upheld = objections.settle(grant=allowed, objection=objection, subject=row, outcome=outcome, ground=ground)
        removed = _take_away(row, rule, ReasonCode.OBJECTED) if upheld else Removed()
        if upheld:
            _protect_objection(caller, objection, row, upheld=True)
        else:
            protect(
                ProtectionKind.OBJECTION_OVERRIDDEN,
                tenant_id=caller.tenant_id,
                subject_id=row.id,
                purpose_id=rule.purpose_id,
                effect={"objection": str(objection.id), "ground": ground or "", "settled_by": str(caller.principal.id)},
            )
    finish_shred(tenant_id=caller.tenant_id, subject_id=row.id, purpose_id=rule.purpose_id)
    return Ended(rule.name, len(removed.gone), len(removed.kept), objection.id)


@on_current_facts
def declare_age(*, caller: Caller, scope: ScopeIds, birth_date: date, jurisdiction: str | None = None) -> date:
    """The day from which the person consents alone (Art. 8). What rested on a child's own consent goes."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.DECLARE_AGE, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.DECLARE_AGE, subject=known, new_subject_kind=kind)
    with effect(caller, Action.DECLARE_AGE):
        check_birth_date(birth_date)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with effect(caller, Action.DECLARE_AGE):
        row = lock_living(subject.id)
        alone_from, ended = note_age(grant=allowed, subject=row, birth_date=birth_date, jurisdiction=jurisdiction)
        for rule in purpose_rules(caller.tenant_id, ended):
            _take_away(row, rule, ReasonCode.CONSENT_ENDED)
            _protect_withdrawal(caller, row, standing_of(row, rule.purpose_id), Choice("age"))
    for purpose_id in ended:
        finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=purpose_id)
    return alone_from


def expire_consent(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> Removed:
    """What rested on a consent that ran out goes. Nothing happens if it was given anew meanwhile."""
    allowed = authorize(caller=system_caller(tenant_id, SystemJob.SWEEP), action=Action.EXPIRE)
    with effect(allowed.caller, Action.EXPIRE):
        row = lock_subject(subject_id)
        standing = SubjectPurpose.objects.get(subject_id=subject_id, purpose_id=purpose_id)
        now = datetime.now(UTC)
        if standing.consent_until is None or standing.consent_until > now:
            return Removed()
        sealed = consent_is_sealed(standing)
        altered = standing.consent_mac is not None and not sealed
        standing.consent_until = None
        standing.consent_version += 1
        if sealed:  # else somebody wrote its end into the row: that ends its use, and destroys no key
            order_shred(standing, now)
        standing.save(update_fields=["consent_until", "shred_due_at", "shred_mac", "consent_version"])
        [rule] = purpose_rules(tenant_id, [purpose_id])
        removed = _take_away(row, rule, ReasonCode.CONSENT_ENDED)
        moved(row)
        allowed.record_held(subject_id=subject_id, items=removed.all, purpose=rule)
    if altered:
        _alarm(allowed.caller, Action.EXPIRE, subject_id, purpose_id)
    return removed


def finish_shred(*, tenant_id: UUID, subject_id: UUID, purpose_id: UUID) -> bool:
    """Destroy the key of a purpose that has ended, if nothing that must be kept needs it. Safe to repeat.

    True once it is destroyed. While a hold or a legal minimum keeps rows, it waits for the sweep after their end.
    What was not ordered (`governance.shred_orders`) is not destroyed: that is an alarm, on the record and in the log.
    """
    caller = system_caller(tenant_id, SystemJob.SWEEP)
    subject = subject_facts(tenant_id, [subject_id]).get(subject_id)
    allowed = authorize(caller=caller, action=Action.SHRED)
    with effect(caller, Action.SHRED):
        due = SubjectPurpose.objects.filter(subject_id=subject_id, purpose_id=purpose_id, shred_due_at__isnull=False)
        if subject is None or not due.exists():
            return False
        lock_subject(subject_id)
        kept = Memory.objects.filter(subject_id=subject_id, purpose_id=purpose_id).exists()
        kept = kept or Source.objects.filter(subject_id=subject_id, purpose_id=purpose_id).exists()
        standing = due.first()
        if kept or standing is None:
            return False
        order = read_order(standing)
        if order is Order.UNSEALED:
            return False
        due.update(shred_due_at=None, shred_mac=None)
        if order is Order.DESTROY:
            shred_purpose_key(tenant_id=tenant_id, subject_id=subject_id, purpose_id=purpose_id)
        if order is not Order.BROKEN:
            _record_shred(allowed, subject_id, purpose_id)
    if order is Order.BROKEN:
        _alarm(caller, Action.SHRED, subject_id, purpose_id)
    return order is not Order.BROKEN


def _record_shred(allowed: Grant, subject_id: UUID, purpose_id: UUID) -> None:
    protect(ProtectionKind.SHRED, tenant_id=allowed.caller.tenant_id, subject_id=subject_id, purpose_id=purpose_id)
    allowed.record_held(subject_id=subject_id, object_id=purpose_id)


def _alarm(caller: Caller, action: Action, subject_id: UUID, purpose_id: UUID) -> None:
    """Somebody wrote into the row of a standing past the application."""
    log.critical("shred_not_ordered", extra={"fields": {"tenant": str(caller.tenant_id), "purpose": str(purpose_id)}})
    refuse(caller, action, ReasonCode.APPROVAL_BROKEN, subject_id=subject_id, object_id=purpose_id)


def _protect_withdrawal(caller: Caller, subject: Subject, standing: SubjectPurpose, choice: Choice) -> None:
    protect(
        ProtectionKind.WITHDRAW,
        tenant_id=caller.tenant_id,
        subject_id=subject.id,
        subject_kind=SubjectKind(subject.kind),
        purpose_id=standing.purpose_id,
        effect={
            "consent_version": standing.consent_version,
            "channel": choice.channel,
            "given_by": choice.given_by.value,
            "said_at": choice.happened_at.isoformat() if choice.happened_at else None,
            "recorded_by": str(caller.principal.id),
        },
    )


def _protect_objection(caller: Caller, objection: Objection, subject: Subject, *, upheld: bool) -> None:
    protect(
        ProtectionKind.OBJECT,
        tenant_id=caller.tenant_id,
        subject_id=subject.id,
        subject_kind=SubjectKind(subject.kind),
        purpose_id=objection.purpose_id,
        effect={"objection": str(objection.id), "upheld": upheld, "recorded_by": str(objection.recorded_by)},
    )


def _take_away(subject: Subject, rule: PurposeRule, reason: ReasonCode) -> Removed:
    """All that is kept of one person for one purpose, and the jobs that would add to it."""
    Job.objects.filter(
        subject_id=subject.id,
        purpose_id=rule.purpose_id,
        status__in=[JobStatus.PENDING.value, JobStatus.RUNNING.value],
    ).update(status=JobStatus.FAILED.value, error_code=reason.value, lease_until=None)
    removed = let_go(Memory.objects.filter(purpose_id=rule.purpose_id), subject.id)
    let_sources_go(Source.objects.filter(purpose_id=rule.purpose_id), subject.id)
    return removed
