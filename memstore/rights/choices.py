"""Choices of the person and their effect on what is remembered: consent, withdrawal, objection, age.

A withdrawal is one transaction: the event, the end of the consent, and the memories. From its commit on nothing of them
is readable, in any process. The key of the purpose is destroyed right after; a crash in between leaves a key without
rows, and the sweep destroys it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, on_current_facts
from governance.guard.facts import purpose_rules
from governance.models import CompellingGround, ObjectionOutcome, ProtectionKind
from governance.processing import consents, objections
from governance.processing.consents import Choice
from governance.processing.minors import check_birth_date, note_age
from governance.processing.purposes import purpose_named
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subject_lock import lock_living, lock_subject, standing_of
from governance.subjects.subjects import admit_evenly
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.forget.end_of_purpose import finish_shred, take_away
from memstore.forget.erasure.plan import as_seen
from memstore.records.delete import Removed

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import Objection, Subject, SubjectPurpose
    from governance.policy.decide import PurposeRule
    from governance.processing.consents import ConsentRecord, ConsentState
    from memstore.records.scope_ids import ScopeIds


@dataclass(frozen=True, slots=True)
class Ended:
    """Effect of a withdrawal or objection. `n_kept`: memories out of use, and kept because the law says so."""

    purpose: str
    n_destroyed: int = 0
    n_kept: int = 0
    objection_id: UUID | None = None


@on_current_facts
def grant(*, caller: Caller, scope: ScopeIds, purpose: str, notice: str, choice: Choice) -> ConsentState:
    """Record the person's consent to the notice (its SHA-256 or id), in one call. Raises AccessRefused."""
    kind, external_id = scope.subject()
    action = Action.GRANT_CONSENT
    cleared = clear(caller=caller, action=action, names={kind: external_id}, kind=kind, purpose=purpose)
    known = subject_named(cleared, kind)
    authorize(caller=caller, action=action, subject=known, purpose=purpose, new_subject_kind=kind)
    # An external id gets no identity for an invalid consent.
    consents.check_grant(caller=caller, purpose=purpose, notice=notice, choice=choice)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    rule = next((rule for rule in caller.principal.purposes if rule.name == purpose), None)
    if rule is not None:
        finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return consents.grant_consent(caller=caller, subject=subject, purpose=purpose, notice=notice, choice=choice)


@on_current_facts
def withdraw(*, caller: Caller, scope: ScopeIds, purpose: str, choice: Choice) -> Ended:
    """Withdraw a consent in one call: it ends, what was kept for it is deleted, its key is destroyed.

    An unknown person gets the same answer. It takes effect now, whatever time `choice` bears. Raises AccessRefused:
    DUPLICATE if no consent is in force, NOT_FOUND for an unknown purpose, NOT_CONSENT_BASED.
    """
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.WITHDRAW_CONSENT, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.WITHDRAW_CONSENT, subject=known)
    with allowed.effect():
        rule = purpose_named(caller.tenant_id, purpose)
        consents.check_choice(choice, rule)
    # An unknown person is admitted with the withdrawal: it is on the record, and the answer is the same.
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with allowed.effect():
        row = lock_living(subject.id)
        standing = consents.end_consent(grant=allowed, subject=row, rule=rule, choice=choice)
        removed = take_away(row, rule.purpose_id, ReasonCode.CONSENT_ENDED)
        _protect_withdrawal(caller, row, standing, choice)
    finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return Ended(purpose, len(removed.gone), len(removed.kept))


@on_current_facts
def consent_history(*, caller: Caller, scope: ScopeIds) -> tuple[list[ConsentState], list[ConsentRecord]]:
    """Return the consents of the person with this id by purpose, and every consent event, oldest first."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.READ_CONSENT, names={kind: external_id}, kind=kind)
    return consents.consent_history(caller=caller, subject=subject_named(cleared, kind))


@on_current_facts
def object_to(*, caller: Caller, scope: ScopeIds, purpose: str) -> Ended:
    """Object to a purpose in one call: its use stops.

    Direct marketing ends for good (Art. 21(3)); else staff assess it. Raises AccessRefused: NOT_FOUND for an unknown
    purpose, NOT_OBJECTIONABLE.
    """
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.OBJECT, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.OBJECT, subject=known)
    with allowed.effect():
        rule = purpose_named(caller.tenant_id, purpose)
        objections.check_objectionable(rule)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with allowed.effect():
        ended = note_objection(grant=allowed, subject=lock_living(subject.id), rule=rule)
    finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=rule.purpose_id)
    return ended


def note_objection(*, grant: Grant, subject: Subject, rule: PurposeRule) -> Ended:
    """Record an objection in the current transaction, which has locked the subject's row.

    The caller finishes the shred after the commit. Raises AccessRefused: NOT_OBJECTIONABLE, DUPLICATE.
    """
    objection, standing = objections.make_objection(grant=grant, subject=subject, rule=rule)
    over = standing.shred_due_at is not None
    removed = take_away(subject, rule.purpose_id, ReasonCode.OBJECTED) if over else Removed()
    _protect_objection(grant.caller, objection, subject, upheld=over)
    return Ended(rule.name, len(removed.gone), len(removed.kept), objection.id)


@on_current_facts
def settle_objection(
    *,
    caller: Caller,
    objection_id: UUID,
    outcome: ObjectionOutcome,
    ground: CompellingGround | None = None,
    seen: str = "",
) -> Ended:
    """Settle an objection: upheld, and what was kept is deleted; or overridden, and use goes on for the ground named.

    `seen`: the digest of the preview that the officer looked at, if any (`memstore.oversight.action_preview`). Raises
    NoSuchObject, AccessRefused: PLAN_CHANGED if the present preview is another one, ALREADY_DECIDED; InvalidChange
    without a ground to override.
    """
    allowed = authorize(caller=caller, action=Action.SETTLE_OBJECTION, object_id=objection_id)
    with allowed.effect():
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
        removed = take_away(row, rule.purpose_id, ReasonCode.OBJECTED) if upheld else Removed()
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
    """Return the day from which the person consents alone (Art. 8). What rested on a child's own consent is deleted."""
    kind, external_id = scope.subject()
    cleared = clear(caller=caller, action=Action.DECLARE_AGE, names={kind: external_id}, kind=kind)
    known = subject_named(cleared, kind)
    allowed = authorize(caller=caller, action=Action.DECLARE_AGE, subject=known, new_subject_kind=kind)
    with allowed.effect():
        check_birth_date(birth_date)
    subject = admit_evenly(caller.tenant_id, kind, external_id)
    with allowed.effect():
        row = lock_living(subject.id)
        alone_from, ended = note_age(grant=allowed, subject=row, birth_date=birth_date, jurisdiction=jurisdiction)
        for rule in purpose_rules(caller.tenant_id, ended):
            take_away(row, rule.purpose_id, ReasonCode.CONSENT_ENDED)
            _protect_withdrawal(caller, row, standing_of(row, rule.purpose_id), Choice("age"))
    for purpose_id in ended:
        finish_shred(tenant_id=caller.tenant_id, subject_id=subject.id, purpose_id=purpose_id)
    return alone_from


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
        effect={
            "objection": str(objection.id),
            "upheld": upheld,
            "recorded_by": str(objection.recorded_by),
            "settled_by": str(objection.settled_by) if objection.settled_by else None,
            "ground": objection.ground,
        },
    )
