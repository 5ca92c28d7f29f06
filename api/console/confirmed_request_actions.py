"""Confirmed actions in the handling of a person's request, each with its consequence in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from api.console.confirmation import NOTHING_LOST, Consequence, Press
from api.console.consequence_words import counted, destroy_button, loss, untouched
from api.console.form_actions import chosen
from api.console.words import words_of
from governance.errors import InvalidChange
from governance.models import CompellingGround, Ground, NoticeState, ObjectionOutcome, RequestKind, Verification
from governance.rights import recipient_notices
from governance.rights.requests import read_request
from governance.vocabulary import Action
from memstore.forget.erasure import decision
from memstore.oversight.action_preview import (
    Outlook,
    outlook_of_objection,
    outlook_of_request,
    outlook_of_statement,
)
from memstore.oversight.raised_statements import dismiss_statement, record_statement
from memstore.rights.choices import settle_objection
from memstore.rights.copies.hand_out import withhold
from memstore.rights.fulfil import cancel_request, fulfil_request, refuse_request
from memstore.rights.verify_request import verify_request

if TYPE_CHECKING:
    from django.http import QueryDict

    from governance.context import Caller

# The ways in which staff verify a person; only a machine or the operator can state the others.
METHODS = (Verification.IN_PERSON, Verification.DOCUMENT, Verification.SIGNED_IN, Verification.REPRESENTATIVE)


def method_of(fields: QueryDict) -> Verification:
    """Return the way in which the person was verified. Raises InvalidChange."""
    method = chosen(Verification, fields, "method")
    if method not in METHODS:
        raise InvalidChange("method", "choose one of the list")
    return method


def destroying(title: str, first: tuple[str, ...], seen: Outlook, *, button: str = "") -> Consequence:
    """Return the consequence of an action that destroys: it names everything that goes, and takes a one-time code."""
    return Consequence(
        title=title,
        lines=(*first, *loss(seen)),
        button=button or destroy_button(seen),
        parts=seen.parts,
        digest=seen.digest,
        code=True,
        destroys=True,
    )


def verify(number: UUID, fields: QueryDict) -> Press:
    """Return the action that verifies a request.

    For an erasure it shows the plan first, and whether it runs at once.
    """

    def foresee(caller: Caller) -> Consequence:
        method = method_of(fields)
        asked = read_request(caller=caller, request_id=number).request
        if asked.kind != RequestKind.ERASURE.value:
            return NOTHING_LOST
        known = _("You state that it is the person who asks: %(how)s.") % {"how": words_of(method.value)}
        seen = outlook_of_request(caller=caller, request_id=number)
        if seen.at_once:
            now = _("The erasure runs at once: no second person is asked.")
            return destroying(_("Erase this person"), (known, now), seen, button=_("Erase now"))
        waits = _("The person is out of reach at once. This plan then waits for another person, who approves it.")
        return Consequence(_("Plan this erasure"), (known, waits, *loss(seen)), _("Plan it"), seen.parts, seen.digest)

    def do(caller: Caller, seen: Consequence) -> object:
        return verify_request(caller=caller, request_id=number, method=method_of(fields), seen=seen.digest)

    return Press(Action.VERIFY_REQUEST, foresee, do, ("method",))


def refuse(number: UUID, fields: QueryDict) -> Press:
    """Return the action that refuses a request: it is closed, and what is kept stays."""

    def foresee(caller: Caller) -> Consequence:
        ground = chosen(Ground, fields, "ground")
        seen = outlook_of_request(caller=caller, request_id=number)
        lines = (
            _("The request is closed as refused, on the ground %(ground)s.") % {"ground": ground.value},
            untouched(_all(seen)),
            _("The person has to be told why, and may complain to the supervisory authority."),
        )
        return Consequence(_("Refuse this request"), lines, _("Refuse it"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return refuse_request(caller=caller, request_id=number, ground=chosen(Ground, fields, "ground"))

    return Press(Action.REFUSE_REQUEST, foresee, do, ("ground",))


def cancel(number: UUID, _fields: QueryDict) -> Press:
    """Return the action that closes a request which the person no longer wants."""

    def foresee(caller: Caller) -> Consequence:
        seen = outlook_of_request(caller=caller, request_id=number)
        lines = (_("The request is closed: the person took it back."), untouched(_all(seen)))
        return Consequence(_("The person took it back"), lines, _("Close it"))

    return Press(Action.CANCEL_REQUEST, foresee, lambda who, _: cancel_request(caller=who, request_id=number))


def fulfil(number: UUID, _fields: QueryDict) -> Press:
    """Return the action that does what is asked for and closes the request."""

    def foresee(caller: Caller) -> Consequence:
        asked = read_request(caller=caller, request_id=number).request
        seen = outlook_of_request(caller=caller, request_id=number)
        kind = RequestKind(asked.kind)
        if seen.parts:
            return destroying(words_of(asked.kind), (_("The request is done and closed."),), seen)
        ends = {
            RequestKind.ACCESS: _("The request is closed: the copy was handed over."),
            RequestKind.PORTABILITY: _("The request is closed: the copy was handed over."),
            RequestKind.RESTRICTION: _("Nothing about the person is used any more. The request is closed."),
            RequestKind.OBJECTION: _("Use for the purpose stops, and the objection waits to be settled."),
            RequestKind.WITHDRAWAL: _("The consent ends. Nothing is kept for the purpose. The request is closed."),
            RequestKind.RECTIFICATION: _(
                "The old wording of 1 memory is destroyed, unless the law keeps it out of use. The request is closed."
            ),
        }
        destroys = kind is RequestKind.RECTIFICATION
        line = ends.get(kind, _("The request is closed."))
        kept = untouched(_all(seen) - (1 if destroys and _all(seen) else 0))
        return Consequence(words_of(asked.kind), (line, kept), _("Do it and close"), destroys=destroys)

    return Press(Action.FULFIL_REQUEST, foresee, lambda who, _: fulfil_request(caller=who, request_id=number))


def approve(number: UUID, _fields: QueryDict) -> Press:
    """Return the action by which the second person approves exactly the erasure plan that was shown."""

    def foresee(caller: Caller) -> Consequence:
        decision.read_erasure(caller=caller, request_id=number)  # there is one to approve
        seen = outlook_of_request(caller=caller, request_id=number)
        first = _("You are the second person. The erasure runs at once.")
        return destroying(_("Approve this erasure"), (first,), seen)

    def do(caller: Caller, seen: Consequence) -> object:
        return decision.approve_erasure(caller=caller, request_id=number, digest=seen.digest)

    return Press(Action.APPROVE_ERASURE, foresee, do)


def reject(number: UUID, fields: QueryDict) -> Press:
    """Return the action by which the second person rejects an erasure: the request is refused, the person as before."""

    def foresee(caller: Caller) -> Consequence:
        ground = chosen(Ground, fields, "ground")
        seen = outlook_of_request(caller=caller, request_id=number)
        lines = (
            _("The erasure is not done. The request is closed as refused, on the ground %(ground)s.")
            % {"ground": ground.value},
            untouched(_all(seen)),
        )
        return Consequence(_("Reject this erasure"), lines, _("Reject it"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return decision.reject_erasure(caller=caller, request_id=number, ground=chosen(Ground, fields, "ground"))

    return Press(Action.REJECT_ERASURE, foresee, do, ("ground",))


def withdraw(number: UUID, _fields: QueryDict) -> Press:
    """Return the action by which the person who verified withdraws a planned erasure."""

    def foresee(caller: Caller) -> Consequence:
        seen = outlook_of_request(caller=caller, request_id=number)
        lines = (
            _("You take back that it is the person. The plan ends, and the request waits to be verified anew."),
            untouched(_all(seen)),
        )
        return Consequence(_("Withdraw this erasure"), lines, _("Withdraw it"))

    return Press(
        Action.WITHDRAW_ERASURE, foresee, lambda who, _: decision.withdraw_erasure(caller=who, request_id=number)
    )


def tell(number: UUID, fields: QueryDict) -> Press:
    """Return the action that notes the outcome of a recipient notice, which ends the duty to tell (Art. 19)."""

    def foresee(caller: Caller) -> Consequence:
        state, notice_id = chosen(NoticeState, fields, "state"), id_of(fields, "notice")
        told = recipient_notices.list_notices(caller=caller, request_id=number)
        names = [one.recipient for one in told if one.id == notice_id]
        if not names:
            raise InvalidChange("notice", "is not one of this request")
        line = _("1 recipient, %(name)s: %(state)s.") % {"name": names[0], "state": words_of(state.value)}
        waiting = sum(1 for one in told if one.state == NoticeState.PENDING.value and one.id != notice_id)
        rest = counted("%(n)s recipient still has to be told.", "%(n)s recipients still have to be told.", waiting)
        return Consequence(_("A recipient was told"), (line, rest), _("Note it"))

    def do(caller: Caller, _seen: Consequence) -> object:
        return recipient_notices.settle_notice(
            caller=caller,
            request_id=number,
            notice_id=id_of(fields, "notice"),
            state=chosen(NoticeState, fields, "state"),
            channel=fields.get("channel", "").strip(),
        )

    return Press(Action.NOTIFY_RECIPIENT, foresee, do, ("notice", "state", "channel"))


def leave_out(number: UUID, fields: QueryDict) -> Press:
    """Return the action that withholds a memory from the copy."""

    def foresee(caller: Caller) -> Consequence:
        ground, memory_id = chosen(Ground, fields, "ground"), id_of(fields, "memory")
        read_request(caller=caller, request_id=number)
        line = _("1 memory, %(id)s, is left out of the copy on the ground %(ground)s.")
        said = line % {"id": memory_id, "ground": ground.value}
        return Consequence(_("Leave a memory out"), (said,), _("Leave it out"))

    def do(caller: Caller, _seen: Consequence) -> None:
        ground = chosen(Ground, fields, "ground")
        withhold(caller=caller, request_id=number, memory_id=id_of(fields, "memory"), ground=ground)

    return Press(Action.REFUSE_REQUEST, foresee, do, ("memory", "ground"))


def settle(objection_id: UUID, fields: QueryDict) -> Press:
    """Return the action that settles an objection: upheld, what was kept goes; overridden, use continues."""

    def foresee(caller: Caller) -> Consequence:
        outcome = chosen(ObjectionOutcome, fields, "outcome")
        seen = outlook_of_objection(caller=caller, objection_id=objection_id)
        if outcome is ObjectionOutcome.UPHELD:
            first = _("The objection is upheld: the purpose ends for this person.")
            return destroying(_("Uphold this objection"), (first,), seen)
        ground = chosen(CompellingGround, fields, "ground")
        back = counted(
            "%(n)s memory is in use for the purpose again.",
            "%(n)s memories are in use for the purpose again.",
            seen.memories + seen.kept,
        )
        lines = (_("The objection is overruled, on the ground %(ground)s.") % {"ground": words_of(ground)}, back)
        return Consequence(_("Overrule this objection"), lines, _("Overrule it"), digest=seen.digest)

    def do(caller: Caller, seen: Consequence) -> object:
        outcome = chosen(ObjectionOutcome, fields, "outcome")
        ground = chosen(CompellingGround, fields, "ground") if outcome is ObjectionOutcome.OVERRIDDEN else None
        return settle_objection(
            caller=caller, objection_id=objection_id, outcome=outcome, ground=ground, seen=seen.digest
        )

    return Press(Action.SETTLE_OBJECTION, foresee, do, ("outcome", "ground"))


def record(statement_id: UUID) -> Press:
    """Return the action that records what a person said in a chat as their objection, where the purpose has one."""

    def foresee(caller: Caller) -> Consequence:
        seen = outlook_of_statement(caller=caller, statement_id=statement_id)
        if seen is None:
            lines = (
                _("The purpose rests on a basis that cannot be objected to (Art. 21(1)): nothing changes in its use."),
                _("1 statement is marked as handled. Tell the person, and which rights they have instead."),
            )
            return Consequence(_("This purpose cannot be objected to"), lines, _("Mark as handled"))
        if seen.at_once:
            first = _("It is an objection to direct marketing, which is not assessed (Art. 21(3)): the purpose ends.")
            return destroying(_("Record this objection"), (first,), seen)
        stops = counted(
            "%(n)s memory is out of use for the purpose until the objection is settled.",
            "%(n)s memories are out of use for the purpose until the objection is settled.",
            seen.memories + seen.kept,
        )
        return Consequence(_("Record this objection"), (stops,), _("Record it"), digest=seen.digest)

    def do(caller: Caller, seen: Consequence) -> object:
        return record_statement(caller=caller, statement_id=statement_id, seen=seen.digest)

    return Press(Action.SETTLE_OBJECTION, foresee, do)


def dismiss(statement_id: UUID) -> Press:
    """Return the action that marks what a person said as no objection: it was only mentioned, say."""

    def foresee(caller: Caller) -> Consequence:
        outlook_of_statement(caller=caller, statement_id=statement_id)  # it waits
        lines = (
            _("You state that the person does not object. Nothing changes in what is used."),
            _("1 statement is marked as handled."),
        )
        return Consequence(_("This is not an objection"), lines, _("Not an objection"))

    def do(caller: Caller, _seen: Consequence) -> None:
        dismiss_statement(caller=caller, statement_id=statement_id)

    return Press(Action.SETTLE_OBJECTION, foresee, do)


def id_of(fields: QueryDict, name: str) -> UUID:
    """Return an id that the form carries. Raises InvalidChange."""
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        raise InvalidChange(name, "is not an id") from None


def _all(seen: Outlook) -> int:
    return seen.memories + seen.kept + seen.untouched
