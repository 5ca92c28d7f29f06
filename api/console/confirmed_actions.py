"""Confirmed actions beside the requests of people, each with its consequence in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from django.utils.translation import gettext as _

from api.console.confirmation import Consequence, Press
from api.console.consequence_words import counted, destroy_button, loss
from api.console.form_actions import chosen
from api.console.words import words_of
from governance.access import api_keys, break_glass, recipients, staff
from governance.accountability.breach_report import breach_report
from governance.accountability.breaches import BreachStep, update_breach
from governance.dual_control.proposals import WAYS, ProposalKind, check_proposal, decline_proposal, withdraw_proposal
from governance.errors import NoSuchObject
from governance.models import DeclineReason, ProposalEnd, ReviewOutcome
from governance.processing import holds, restrictions
from governance.processing.purposes import end_compatibility, list_compatibilities
from governance.vocabulary import Action, DataClass
from memstore.oversight import action_preview, contradictions, quarantine, retention_preview
from memstore.oversight.inspection import subject_by_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.http import QueryDict

    from governance.context import Caller


class Named(Protocol):
    """A row of a list, found by its id."""

    @property
    def id(self) -> UUID:
        """Return the id of the row."""


N = TypeVar("N", bound=Named)


def reject_memory(memory_id: UUID) -> Press:
    """Return the action that rejects a memory in quarantine: it is destroyed with its source."""

    def foresee(caller: Caller) -> Consequence:
        seen = action_preview.outlook_of_rejection(caller=caller, memory_id=memory_id)
        return Consequence(_("Reject this memory"), loss(seen), destroy_button(seen), destroys=True)

    return Press(Action.REJECT, foresee, lambda who, _seen: quarantine.reject(caller=who, memory_id=memory_id))


def release_memory(memory_id: UUID, fields: QueryDict) -> Press:
    """Return the action that releases a memory from quarantine: it can be recalled, in the class that was chosen."""

    def foresee(caller: Caller) -> Consequence:
        judged = chosen(DataClass, fields, "data_class")
        action_preview.outlook_of_rejection(caller=caller, memory_id=memory_id)  # it waits
        line = _("1 memory can be recalled from now on, as %(class)s.") % {"class": words_of(judged.value)}
        return Consequence(_("Release this memory"), (line,), _("Release 1 memory"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return quarantine.release(
            caller=caller, memory_id=memory_id, data_class=chosen(DataClass, fields, "data_class")
        )

    return Press(Action.RELEASE, foresee, do, ("data_class",))


def settle_contradiction(contradiction_id: UUID, fields: QueryDict) -> Press:
    """Return the action that settles a contradiction: both memories stay current, or the other one is history."""

    def foresee(caller: Caller) -> Consequence:
        right = chosen(contradictions.Right, fields, "right")
        contradictions.check_open(caller=caller, contradiction_id=contradiction_id)
        if right is contradictions.Right.BOTH:
            line = _("Nothing changes: both stay current. 1 contradiction is settled, and is not shown again.")
            return Consequence(_("Keep both"), (line,), _("Keep both"))
        first = right is contradictions.Right.FIRST
        lines = (
            _("1 memory is history from now on: it is kept with its dates, and is recalled as history only."),
            _("It can be made current again on the page of the person."),
        )
        title = _("The first is right") if first else _("The second is right")
        return Consequence(title, lines, _("Make the second history") if first else _("Make the first history"))

    def do(caller: Caller, _seen: Consequence) -> None:
        right = chosen(contradictions.Right, fields, "right")
        contradictions.settle_contradiction(caller=caller, contradiction_id=contradiction_id, right=right)

    return Press(Action.SETTLE_FACT, foresee, do, ("right",))


def undo_replacement(subject_id: UUID, memory_id: UUID) -> Press:
    """Return the action that makes a memory current again that a newer one replaced by mistake."""

    def foresee(caller: Caller) -> Consequence:
        contradictions.check_undoable(caller=caller, subject_id=subject_id, memory_id=memory_id)
        line = _("1 memory is current again. What replaced it stays current as well.")
        return Consequence(_("Undo this replacement"), (line,), _("Make it current again"))

    def do(caller: Caller, _seen: Consequence) -> None:
        contradictions.undo_replacement(caller=caller, subject_id=subject_id, memory_id=memory_id)

    return Press(Action.SETTLE_FACT, foresee, do)


def lift_restriction(subject_id: UUID) -> Press:
    """Return the action that lifts a restriction: what was restricted is in use again."""

    def foresee(caller: Caller) -> Consequence:
        seen = action_preview.outlook_of_restriction(caller=caller, subject_id=subject_id)
        again = counted("%(n)s memory is in use again.", "%(n)s memories are in use again.", seen.untouched)
        told = _("The person has to be told before (Art. 18(3)).")
        return Consequence(_("Lift the restriction"), (again, told), _("Lift it"))

    def do(caller: Caller, _seen: Consequence) -> None:
        found = subject_by_id(caller, Action.LIFT_RESTRICTION, subject_id)
        restrictions.lift_restriction(caller=caller, subject=found)

    return Press(Action.LIFT_RESTRICTION, foresee, do)


def release_hold(hold_id: UUID) -> Press:
    """Return the action by which the second person releases a hold: what it alone kept goes with the next sweep."""

    def foresee(caller: Caller) -> Consequence:
        seen = action_preview.outlook_of_release(caller=caller, hold_id=hold_id)
        due = counted(
            "%(n)s memory is past its end and is destroyed by the next sweep, unless another hold or a law keeps it.",
            "%(n)s memories are past their end and are destroyed by the next sweep, unless another hold or a law"
            " keeps them.",
            seen.memories,
        )
        rest = counted(
            "%(n)s memory is no longer protected by it.",
            "%(n)s memories are no longer protected by it.",
            seen.untouched,
        )
        return Consequence(_("Release this hold"), (due, rest), _("Release it"), destroys=bool(seen.memories))

    return Press(
        Action.APPROVE_HOLD_RELEASE, foresee, lambda who, _seen: holds.approve_release(caller=who, hold_id=hold_id)
    )


def approve_rule(rule_id: UUID, *, ends: bool) -> Press:
    """Return the action that approves a retention rule, or its end, on exactly the dry run that was shown."""
    use = retention_preview.approve_rule_end if ends else retention_preview.approve_rule

    def foresee(caller: Caller) -> Consequence:
        found = retention_preview.preview(caller=caller, rule_id=rule_id)
        lines = (
            counted("%(n)s memory is destroyed at once.", "%(n)s memories are destroyed at once.", found.destroyed),
            counted("%(n)s memory is out of use at once.", "%(n)s memories are out of use at once.", found.out_of_use),
            counted("%(n)s memory is used for shorter.", "%(n)s memories are used for shorter.", found.shortened),
            counted("%(n)s memory is kept for longer.", "%(n)s memories are kept for longer.", found.kept_longer),
        )
        title, button = (
            (_("End this rule"), _("End it")) if ends else (_("Put this rule in force"), _("Put it in force"))
        )
        if found.destroyed:
            button = counted("Destroy %(n)s memory", "Destroy %(n)s memories", found.destroyed)
        return Consequence(title, lines, button, digest=found.digest, destroys=bool(found.destroyed))

    action = Action.APPROVE_RULE_END if ends else Action.APPROVE_RULE
    return Press(action, foresee, lambda who, seen: use(caller=who, rule_id=rule_id, digest=seen.digest))


def revoke_key(key_id: UUID) -> Press:
    """Return the action that revokes an API key."""

    def foresee(caller: Caller) -> Consequence:
        found = _one(api_keys.list_keys(caller=caller), key_id, "key")
        jobs = action_preview.unfinished_jobs(caller=caller, key_id=key_id)
        lines = (
            _("The key %(name)s is refused from the next request on.") % {"name": found.name},
            counted("%(n)s job of it comes to nothing.", "%(n)s jobs of it come to nothing.", jobs),
            counted("It may act for %(n)s purpose today.", "It may act for %(n)s purposes today.", len(found.purposes)),
        )
        return Consequence(_("Revoke this key"), lines, _("Revoke 1 key"))

    return Press(Action.REVOKE_KEY, foresee, lambda who, _seen: api_keys.revoke_key(caller=who, key_id=key_id))


def suspend_member(user_id: UUID) -> Press:
    """Return the action that suspends a member of staff: their sessions end at once."""

    def foresee(caller: Caller) -> Consequence:
        found = _one(staff.list_staff(caller=caller), user_id, "staff")
        sessions = action_preview.open_sessions(caller=caller, user_id=user_id)
        lines = (
            _("%(name)s can no longer sign in.") % {"name": found.display_name or found.username},
            counted("%(n)s open session ends.", "%(n)s open sessions end.", sessions),
        )
        return Consequence(_("Suspend this account"), lines, _("Suspend 1 account"))

    return Press(Action.SUSPEND_MEMBER, foresee, lambda who, _seen: staff.suspend_member(caller=who, user_id=user_id))


def end_recipient(recipient_id: UUID) -> Press:
    """Return the action that ends a recipient: nothing more is disclosed to it."""

    def foresee(caller: Caller) -> Consequence:
        found = _one(recipients.list_recipients(caller=caller), recipient_id, "recipient")
        held = [one for one in api_keys.list_keys(caller=caller) if one.recipient_id == recipient_id]
        active = sum(1 for one in held if one.state == "active")
        lines = (
            _("Nothing more is disclosed to %(name)s.") % {"name": found.name},
            counted(
                "%(n)s API key that it holds stays active until it is revoked.",
                "%(n)s API keys that it holds stay active until they are revoked.",
                active,
            ),
        )
        return Consequence(_("End this recipient"), lines, _("End 1 recipient"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return recipients.end_recipient(caller=caller, recipient_id=recipient_id)

    return Press(Action.REGISTER_RECIPIENT, foresee, do)


def end_link(compatibility_id: UUID) -> Press:
    """Return the action that ends a compatibility: memories of one purpose are no longer read for the other."""

    def foresee(caller: Caller) -> Consequence:
        found = _one(list_compatibilities(caller=caller), compatibility_id, "compatibility")
        number = action_preview.also_read(caller=caller, compatibility_id=compatibility_id)
        line = counted(
            "%(n)s memory of %(source)s is no longer read for %(target)s.",
            "%(n)s memories of %(source)s are no longer read for %(target)s.",
            number,
            source=found.source,
            target=found.target,
        )
        return Consequence(_("End this compatibility"), (line,), _("End it"))

    def do(caller: Caller, _seen: Consequence) -> None:
        end_compatibility(caller=caller, compatibility_id=compatibility_id)

    return Press(Action.END_COMPATIBILITY, foresee, do)


def review_reveal(break_glass_id: UUID, fields: QueryDict) -> Press:
    """Return the action that reviews a reveal. One that is still open is closed by it."""

    def foresee(caller: Caller) -> Consequence:
        outcome = chosen(ReviewOutcome, fields, "outcome")
        found = _one(break_glass.list_break_glass(caller=caller), break_glass_id, "break-glass")
        number = action_preview.looks(caller=caller, break_glass_id=break_glass_id)
        lines = [
            _("Your judgement stands: %(outcome)s.") % {"outcome": words_of(outcome.value)},
            counted("They looked %(n)s time at the person.", "They looked %(n)s times at the person.", number),
        ]
        if found.state == "open":
            lines.append(_("It is still open, and closes now."))
        return Consequence(_("Review this reveal"), tuple(lines), _("Review it"))

    def do(caller: Caller, _seen: Consequence) -> object:
        outcome = chosen(ReviewOutcome, fields, "outcome")
        return break_glass.review_break_glass(caller=caller, break_glass_id=break_glass_id, outcome=outcome)

    return Press(Action.REVIEW_BREAK_GLASS, foresee, do, ("outcome",))


def breach_step(breach_id: UUID, fields: QueryDict) -> Press:
    """Return the action that notes a step of a breach as done; closing it ends its clocks."""

    def foresee(caller: Caller) -> Consequence:
        step = chosen(BreachStep, fields, "step")
        report = breach_report(caller=caller, breach_id=breach_id)
        lines = (
            _("Noted as done now: %(step)s.") % {"step": words_of(step.value)},
            counted("%(n)s person is concerned.", "%(n)s people are concerned.", report.subjects),
            counted("%(n)s memory was read.", "%(n)s memories were read.", report.memories_read),
        )
        closes = step is BreachStep.CLOSED
        title = _("Close this breach") if closes else _("A step of this breach")
        return Consequence(title, lines, _("Close it") if closes else _("Note it"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return update_breach(caller=caller, breach_id=breach_id, step=chosen(BreachStep, fields, "step"))

    return Press(Action.UPDATE_BREACH, foresee, do, ("step",))


# The name of each proposal, and what stays as it is without it.
PROPOSED: dict[ProposalKind, Callable[[], tuple[str, str]]] = {
    ProposalKind.HOLD: lambda: (_("this hold"), _("1 hold is not placed: what is due is destroyed as before.")),
    ProposalKind.HOLD_RELEASE: lambda: (_("this release"), _("1 hold stays in force.")),
    ProposalKind.RULE: lambda: (_("this rule"), _("1 rule does not come into force.")),
    ProposalKind.RULE_END: lambda: (_("this end"), _("1 rule stays in force.")),
    ProposalKind.KEY: lambda: (_("this key"), _("1 API key is not issued.")),
    ProposalKind.MEMBER: lambda: (_("this account"), _("1 account is not opened.")),
    ProposalKind.OFFBOARDING: lambda: (_("this end"), _("The organisation stays.")),
    ProposalKind.LOOSENING: lambda: (_("this change"), _("Purposes and settings stay as they are.")),
}


def decline(kind: ProposalKind, object_id: UUID, fields: QueryDict) -> Press:
    """Return the action that declines another person's proposal, with a reason."""

    def foresee(caller: Caller) -> Consequence:
        reason = chosen(DeclineReason, fields, "reason")
        check_proposal(caller=caller, kind=kind, object_id=object_id, how=ProposalEnd.DECLINED)
        what, instead = PROPOSED[kind]()
        lines = (instead, _("Your reason is on the record: %(reason)s.") % {"reason": words_of(reason.value)})
        return Consequence(_("Decline %(what)s") % {"what": what}, lines, _("Decline 1 proposal"))

    def do(caller: Caller, _seen: Consequence) -> object:
        reason = chosen(DeclineReason, fields, "reason")
        return decline_proposal(caller=caller, kind=kind, object_id=object_id, reason=reason)

    return Press(WAYS[kind].decline, foresee, do, ("reason",))


def withdraw(kind: ProposalKind, object_id: UUID) -> Press:
    """Return the action that withdraws one's own proposal."""

    def foresee(caller: Caller) -> Consequence:
        check_proposal(caller=caller, kind=kind, object_id=object_id, how=ProposalEnd.WITHDRAWN)
        what, instead = PROPOSED[kind]()
        return Consequence(_("Withdraw %(what)s") % {"what": what}, (instead,), _("Withdraw 1 proposal"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return withdraw_proposal(caller=caller, kind=kind, object_id=object_id)

    return Press(WAYS[kind].withdraw, foresee, do)


def _one(rows: Iterable[N], wanted: UUID, what: str) -> N:
    found = next((one for one in rows if one.id == wanted), None)
    if found is None:
        raise NoSuchObject(what)
    return found
