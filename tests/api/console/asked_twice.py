"""Every confirmed action of the console, on something real; and the other forms, with the reason why they are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.urls import reverse

from governance.access import api_keys, recipients
from governance.access.break_glass import break_glass
from governance.accountability.breaches import open_breach
from governance.models import (
    BreachKind,
    RecipientKind,
    RecipientNotice,
    RequestKind,
    RevealReason,
    StaffUser,
    Verification,
)
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import Authority, RuleKind
from governance.processing import holds, restrictions, retention_rules
from governance.processing.purposes import create_purpose
from governance.processing.retention_rules import RuleTerms
from governance.rights.requests import Asked, open_request
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis, SubjectKind
from memstore.oversight import retention_preview
from memstore.records.scope_ids import ScopeIds
from memstore.rights import choices
from memstore.rights.verify_request import verify_request
from tests.support.cast import say
from tests.support.erasing import asks, four_eyes, verified
from tests.support.two_people import compatible, two_of_staff_are_enough
from tests.support.world import contradicted, quarantined_memory, statement_said

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from governance.policy.decide import SubjectFacts
    from tests.support.cast import Organisation


@dataclass(frozen=True)
class Case:
    """A confirmed action: the member of staff, the address, the fields; `says` is on the page that asks to confirm."""

    who: str
    address: str
    says: str
    fields: dict[str, str] = field(default_factory=dict)


def person(bank: Organisation, name: str = "alice") -> SubjectFacts:
    found = find_subject(bank.tenant.id, SubjectKind.USER, name)
    assert found is not None
    return found


def step(number: UUID, name: str) -> str:
    return reverse("console:request-step", args=[number, name])


def erased_at_once(bank: Organisation) -> Case:
    two_of_staff_are_enough(bank)
    number = asks(bank).request.id
    return Case("dov", step(number, "verify"), "Erase now", {"method": "document"})


def planned(bank: Organisation) -> Case:
    four_eyes(bank)
    return Case("dora", step(asks(bank).request.id, "verify"), "1 memory is destroyed.", {"method": "document"})


def refused(bank: Organisation) -> Case:
    fields = {"ground": "12(5)"}
    return Case("dora", step(asks(bank).request.id, "refuse"), "1 memory of the person stays as it is.", fields)


def taken_back(bank: Organisation) -> Case:
    return Case("dora", step(asks(bank).request.id, "cancel"), "The request is closed")


def fulfilled(bank: Organisation) -> Case:
    number = asks(bank, kind=RequestKind.RESTRICTION).request.id

    verify_request(caller=bank.staff("dora"), request_id=number, method=Verification.DOCUMENT)
    return Case("dora", step(number, "fulfil"), "Nothing about the person is used any more.")


def marketing_ends(bank: Organisation) -> Case:
    """Return the case of an objection to direct marketing, which destroys what was kept for it."""
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, direct_marketing=True)
    create_purpose(caller=bank.staff("ada"), name="marketing", terms=terms)
    key = bank.another_key(purposes=["marketing"], default_purpose="marketing")
    say(bank, "alice", "I like green tea", key_text=key)
    asked = Asked(RequestKind.OBJECTION, channel="letter", purpose="marketing")
    number = open_request(
        caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id="alice", asked=asked
    ).request.id

    verify_request(caller=bank.staff("dora"), request_id=number, method=Verification.DOCUMENT)
    return Case("dora", step(number, "fulfil"), "Destroy the keys of 1 memory")


def approved(bank: Organisation) -> Case:
    four_eyes(bank)
    return Case("dov", step(verified(bank), "approve"), "Destroy the keys of 1 memory")


def rejected(bank: Organisation) -> Case:
    four_eyes(bank)
    fields = {"ground": "12(5)"}
    return Case("dov", step(verified(bank), "reject"), "1 memory of the person stays as it is.", fields)


def verification_withdrawn(bank: Organisation) -> Case:
    four_eyes(bank)
    return Case("dora", step(verified(bank), "withdraw"), "the request waits to be verified anew")


def told(bank: Organisation) -> Case:
    number = asks(bank).request.id
    lab = recipients.register_recipient(caller=bank.staff("ada"), name="Lab", kind=RecipientKind.PROCESSOR).id
    with tenant_context(bank.tenant.id):
        notice = RecipientNotice.objects.create(tenant_id=bank.tenant.id, request_id=number, recipient_id=lab)
    fields = {"notice": str(notice.id), "state": "delivered", "channel": "letter"}
    return Case("dora", step(number, "tell"), "0 recipients still have to be told.", fields)


def left_out(bank: Organisation) -> Case:

    stored = say(bank, "alice", "I like coffee").stored[0].id
    number = asks(bank, kind=RequestKind.ACCESS).request.id
    verify_request(caller=bank.staff("dora"), request_id=number, method=Verification.DOCUMENT)
    fields = {"memory": str(stored), "ground": "15(4)"}
    return Case("dora", step(number, "withhold"), "is left out of the copy", fields)


def upheld(bank: Organisation) -> Case:
    return Case("dora", objection(bank), "Destroy the keys of 1 memory", {"outcome": "upheld"})


def overruled(bank: Organisation) -> Case:
    fields = {"outcome": "overridden", "ground": "legal_claims"}
    return Case("dora", objection(bank), "1 memory is in use for the purpose again.", fields)


def objection(bank: Organisation) -> str:
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30)
    create_purpose(caller=bank.staff("ada"), name="fraud", terms=terms)
    key = bank.another_key(purposes=["fraud"], default_purpose="fraud")
    say(bank, "alice", "I like green tea", key_text=key)
    made = choices.object_to(caller=bank.staff("dora"), scope=ScopeIds(user_id="alice"), purpose="fraud")
    return reverse("console:objection-settle", args=[made.objection_id])


def said_against(bank: Organisation, *, direct_marketing: bool = False) -> UUID:
    """Return the id of an objection said in a chat of a purpose that can be objected to."""
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, direct_marketing=direct_marketing)
    create_purpose(caller=bank.staff("ada"), name="advice", terms=terms)
    return statement_said(bank, key_text=bank.another_key(purposes=["advice"], default_purpose="advice"))


def statement_recorded(bank: Organisation) -> Case:
    address = reverse("console:statement-record", args=[said_against(bank)])
    return Case("dora", address, "1 memory is out of use for the purpose until the objection is settled.")


def marketing_refused(bank: Organisation) -> Case:
    address = reverse("console:statement-record", args=[said_against(bank, direct_marketing=True)])
    return Case("dora", address, "Destroy the keys of 1 memory")


def statement_not_objectionable(bank: Organisation) -> Case:
    address = reverse("console:statement-record", args=[statement_said(bank)])
    return Case("dora", address, "rests on a basis that cannot be objected to")


def statement_dismissed(bank: Organisation) -> Case:
    address = reverse("console:statement-dismiss", args=[statement_said(bank)])
    return Case("dora", address, "1 statement is marked as handled.")


def lifted(bank: Organisation) -> Case:
    restrictions.restrict(caller=bank.staff("dora"), subject=person(bank))
    return Case("dora", reverse("console:person-lift", args=[person(bank).id]), "1 memory is in use again.")


def quarantine_rejected(bank: Organisation) -> Case:
    address = reverse("console:quarantine-reject", args=[quarantined_memory(bank)])
    return Case("rita", address, "Destroy 1 memory")


def quarantine_released(bank: Organisation) -> Case:
    address = reverse("console:quarantine-release", args=[quarantined_memory(bank)])
    return Case("rita", address, "1 memory can be recalled from now on", {"data_class": "ordinary"})


def contradiction_settled(bank: Organisation, right: str, says: str) -> Case:
    address = reverse("console:contradiction-settle", args=[contradicted(bank)])
    return Case("rita", address, says, {"right": right})


def both_kept(bank: Organisation) -> Case:
    return contradiction_settled(bank, "both", "1 contradiction is settled")


def first_right(bank: Organisation) -> Case:
    return contradiction_settled(bank, "first", "Make the second history")


def second_right(bank: Organisation) -> Case:
    return contradiction_settled(bank, "second", "Make the first history")


def replacement_undone(bank: Organisation) -> Case:
    old = say(bank, "alice", "I live in Porto").stored[0].id
    say(bank, "alice", "I moved to Lisbon")
    return Case("rita", reverse("console:person-undo", args=[person(bank).id, old]), "1 memory is current again.")


def hold(bank: Organisation, who: str = "ada") -> UUID:
    return holds.request_hold(
        caller=bank.staff(who), kind=SubjectKind.USER, external_id="alice", reference="2026/117"
    ).id


def hold_released(bank: Organisation) -> Case:
    found = hold(bank)
    holds.approve_hold(caller=bank.staff("dora"), hold_id=found)
    holds.request_release(caller=bank.staff("ada"), hold_id=found)
    address = reverse("console:hold-release-approve", args=[found])
    return Case("dora", address, "1 memory is no longer protected by it.")


def rule(bank: Organisation) -> UUID:
    terms = RuleTerms("Act", RuleKind.CEILING, 30, authority=Authority.MANDATORY)
    return retention_rules.propose_rule(caller=bank.staff("ada"), terms=terms).id


def rule_in_force(bank: Organisation) -> Case:
    address = reverse("console:rule-approve", args=[rule(bank)])
    return Case("dora", address, "1 memory is used for shorter.")


def rule_ended(bank: Organisation) -> Case:
    found = rule(bank)
    plan = retention_preview.preview(caller=bank.staff("dora"), rule_id=found)
    retention_preview.approve_rule(caller=bank.staff("dora"), rule_id=found, digest=plan.digest)
    retention_rules.propose_end(caller=bank.staff("ada"), rule_id=found)
    return Case("dora", reverse("console:rule-end-approve", args=[found]), "End this rule")


def key_revoked(bank: Organisation) -> Case:
    address = reverse("console:api-key-revoke", args=[bank.key.id])
    return Case("ada", address, "0 jobs of it come to nothing.")


def suspended(bank: Organisation) -> Case:
    with tenant_context(bank.tenant.id):
        rita = StaffUser.objects.get(username="rita").id
    return Case("ada", reverse("console:staff-suspend", args=[rita]), "0 open sessions end.")


def recipient_ended(bank: Organisation) -> Case:
    lab = recipients.register_recipient(caller=bank.staff("ada"), name="Lab", kind=RecipientKind.PROCESSOR).id
    return Case("ada", reverse("console:recipient-end", args=[lab]), "0 API keys that it holds")


def compatibility_ended(bank: Organisation) -> Case:
    link = compatible(bank, "assistance", "knowledge")
    return Case("dora", reverse("console:compatibility-end", args=[link]), "1 memory of assistance is no longer read")


def reveal_reviewed(bank: Organisation) -> Case:
    glass = break_glass(
        caller=bank.staff("rita"),
        subject=person(bank),
        reason=RevealReason.COMPLAINT,
        reference="C-1",
        minutes=5,
    )
    address = reverse("console:break-glass-review", args=[glass.id])
    return Case("dora", address, "They looked 0 times at the person.", {"outcome": "justified"})


def breach_closed(bank: Organisation) -> Case:
    now = datetime.now(UTC)
    found = open_breach(
        caller=bank.staff("dora"),
        kind=BreachKind.INTEGRITY,
        reference="C-1",
        aware_at=now,
        since=now - timedelta(hours=1),
        until=now,
    )
    return Case("dora", reverse("console:breach-step", args=[found.id]), "Close this breach", {"step": "closed"})


def declined(bank: Organisation) -> Case:
    address = reverse("console:proposal-decline", args=["hold", hold(bank)])
    return Case("dora", address, "1 hold is not placed", {"reason": "wrong_person"})


def withdrawn(bank: Organisation) -> Case:
    asked = api_keys.request_key(caller=bank.staff("ada"), name="new", capabilities=["recall"], purposes=["assistance"])
    return Case("ada", reverse("console:proposal-withdraw", args=["key", asked.id]), "1 API key is not issued.")


# (name of the address, step of a request) to what it is tried on.
TWICE: dict[tuple[str, str], list[Callable[[Organisation], Case]]] = {
    ("request-step", "verify"): [erased_at_once, planned],
    ("request-step", "refuse"): [refused],
    ("request-step", "cancel"): [taken_back],
    ("request-step", "fulfil"): [fulfilled, marketing_ends],
    ("request-step", "approve"): [approved],
    ("request-step", "reject"): [rejected],
    ("request-step", "withdraw"): [verification_withdrawn],
    ("request-step", "tell"): [told],
    ("request-step", "withhold"): [left_out],
    ("objection-settle", ""): [upheld, overruled],
    ("statement-record", ""): [statement_recorded, marketing_refused, statement_not_objectionable],
    ("statement-dismiss", ""): [statement_dismissed],
    ("person-lift", ""): [lifted],
    ("quarantine-reject", ""): [quarantine_rejected],
    ("quarantine-release", ""): [quarantine_released],
    ("contradiction-settle", ""): [both_kept, first_right, second_right],
    ("person-undo", ""): [replacement_undone],
    ("hold-release-approve", ""): [hold_released],
    ("rule-approve", ""): [rule_in_force],
    ("rule-end-approve", ""): [rule_ended],
    ("api-key-revoke", ""): [key_revoked],
    ("staff-suspend", ""): [suspended],
    ("recipient-end", ""): [recipient_ended],
    ("compatibility-end", ""): [compatibility_ended],
    ("break-glass-review", ""): [reveal_reviewed],
    ("breach-step", ""): [breach_closed],
    ("proposal-decline", ""): [declined],
    ("proposal-withdraw", ""): [withdrawn],
}
# The others, and why once is enough.
ONCE: dict[tuple[str, str], str] = {
    ("sign-in", ""): "opens a session",
    ("sign-out", ""): "ends one's own session",
    ("single-sign-on-link", ""): "adds a way to sign in",
    ("single-sign-on-code", ""): "opens a session",
    ("step-up", ""): "confirms by itself",
    ("enrol", ""): "opens an account",
    ("claim-key", ""): "shows a key once",
    ("person-find", ""): "looks somebody up",
    ("reveal", ""): "shows, on the record",
    ("person-restrict", ""): "locks; it can be lifted",
    ("request-new", ""): "opens a request",
    ("request-copy", ""): "hands out",
    ("request-link", ""): "hands out",
    ("request-code", ""): "hands out",
    ("request-step", "extend"): "moves a day",
    ("request-step", "pause"): "stops a clock that goes on",
    ("request-step", "resume"): "lets a clock go on",
    ("holds", ""): "proposes",
    ("hold-approve", ""): "protects; a second person releases",
    ("hold-release", ""): "proposes",
    ("purposes", ""): "proposes",
    ("loosening-approve", ""): "opens what the page shows field by field, which can be tightened again",
    ("purpose-new", ""): "adds a purpose",
    ("purpose", ""): "adds a version: what was stored keeps its own",
    ("rule-new", ""): "proposes, after a dry run",
    ("rule-end", ""): "proposes",
    ("notices", ""): "adds a wording",
    ("staff", ""): "proposes",
    ("staff-approve", ""): "opens an account, which can be suspended",
    ("api-keys", ""): "proposes",
    ("api-key-approve", ""): "issues a key, which can be revoked",
    ("recipients", ""): "adds a recipient",
    ("breaches", ""): "opens a case",
    ("bundle", ""): "hands out",
}
