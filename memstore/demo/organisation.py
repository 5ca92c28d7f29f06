"""Organisation of the demo: the bank's further purposes, notices, recipients, keys and rules. Safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.access.api_keys import approve_key, claim_key, list_keys, request_key, revoke_key
from governance.access.recipients import list_recipients, register_recipient
from governance.access.staff import approve_member, list_staff, request_member, suspend_member
from governance.access.tokens import read_claim
from governance.models import RecipientKind
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing.consents import list_notices, register_notice
from governance.processing.purposes import create_purpose, list_purposes, record_compatibility
from governance.processing.retention_rules import RuleTerms, list_rules, propose_rule
from governance.processing.tenants import configure_tenant, read_settings
from governance.vocabulary import Capability, DataClass, Handling, LawfulBasis, Role
from memstore.demo.actors import ASSISTANT, OUTSIDE, Cast, agreed
from memstore.oversight.retention_preview import approve_rule, preview

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

PURPOSES = {
    "fraud_prevention": PurposeTerms(
        LawfulBasis.LEGITIMATE_INTERESTS,
        ceiling_days=365,
        criminal=Handling.QUARANTINE,
        criminal_authority="Demo Banking Act, section 12 (fictional)",
    ),
    "offers": PurposeTerms(
        LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=60, identifiers=Handling.QUARANTINE, direct_marketing=True
    ),
}
EVERY_PURPOSE = ("assistance", "personalisation", "knowledge", *PURPOSES)
COMPATIBLE = "What customers report to the assistant is needed to stop a fraud against them (Art. 6(4), demo)"
NOTICES = {
    "de": "Wir merken uns, was Sie mögen, um Passendes vorzuschlagen. Widerruf jederzeit. (Demo-Hinweis)",
    "fr": "Nous retenons vos goûts pour vous proposer ce qui vous convient. Retrait à tout moment. (Notice de démo)",
    "es": "Recordamos sus gustos para proponerle lo que le conviene. Puede retirarlo siempre. (Aviso de demostración)",
}
RECIPIENTS = (
    ("Northwind Cards (fictional)", "1 Example Road, Nowhere", RecipientKind.PROCESSOR),
    ("Demo Credit Register (fictional)", "2 Example Road, Nowhere", RecipientKind.CONTROLLER),
    ("Ombudsman of Nowhere (fictional)", "3 Example Road, Nowhere", RecipientKind.AUTHORITY),
)
FLOOR = RuleTerms(
    name="Demo Banking Act, section 8 (fictional)",
    kind=RuleKind.FLOOR,
    days=400,
    purpose="fraud_prevention",
    data_class=DataClass.CONFIDENTIAL,
)
SHORTER = RuleTerms(
    name="Board decision: offers for six weeks only (fictional)", kind=RuleKind.CEILING, days=42, purpose="offers"
)
ASSISTANT_MAY = (
    Capability.REMEMBER,
    Capability.RECALL,
    Capability.RECALL_SPECIAL,
    Capability.FORGET,
    Capability.FORGET_SUBJECT,
    Capability.SHARED_WRITE,
    Capability.CONSENT_GRANT,
    Capability.REQUEST_RIGHTS,
)


def found(cast: Cast) -> None:
    """Configure the bank, before any person speaks. What is there already stays."""
    if not read_settings(caller=cast.admin()).auto_approve_erasure:  # a start that was cut may have left it so
        made = configure_tenant(caller=cast.admin(), changes={"auto_approve_erasure": True})
        agreed(made, by=cast.dpo())
    there = {view.name: view for view in list_purposes(caller=cast.admin())}
    for name, terms in PURPOSES.items():
        if name not in there:
            create_purpose(caller=cast.admin(), name=name, terms=terms)
    cast.forget()  # the principals are to know the new purposes
    if "assistance" not in (there["fraud_prevention"].compatible if "fraud_prevention" in there else ()):
        made = record_compatibility(
            caller=cast.dpo(), source="assistance", target="fraud_prevention", reason=COMPATIBLE
        )
        agreed(made, by=cast.second_dpo())
    cast.notices = {notice.language: notice.sha256 for notice in list_notices(caller=cast.dpo())}
    for language, text in NOTICES.items():
        if language not in cast.notices:
            notice = register_notice(caller=cast.dpo(), purpose="personalisation", language=language, text=text)
            cast.notices[language] = notice.sha256
    _recipients(cast)
    _keys(cast)
    _floor(cast)


def _recipients(cast: Cast) -> None:
    names = {view.name for view in list_recipients(caller=cast.admin())}
    for name, address, kind in RECIPIENTS:
        if name not in names:
            register_recipient(caller=cast.admin(), name=name, kind=kind, address=address)


def recipient_id(cast: Cast, place: int) -> UUID:
    """Return the id of the recipient at this place of `RECIPIENTS`."""
    return next(view.id for view in list_recipients(caller=cast.dpo()) if view.name == RECIPIENTS[place][0])


def _keys(cast: Cast) -> None:
    """Claim the two keys that are used.

    Their secrets are kept nowhere: this process uses the keys, then they are lost.
    """
    there = {view.name for view in list_keys(caller=cast.admin()) if view.state == "active"}
    if ASSISTANT not in there:
        _claimed(cast, ASSISTANT, ASSISTANT_MAY, EVERY_PURPOSE)
    if OUTSIDE not in there:
        _claimed(cast, OUTSIDE, (Capability.RECALL,), ("assistance",), recipient_id=recipient_id(cast, 0))


def _claimed(
    cast: Cast,
    name: str,
    capabilities: Iterable[Capability],
    purposes: Iterable[str],
    *,
    recipient_id: UUID | None = None,
) -> UUID:
    asked = request_key(
        caller=cast.admin(),
        name=name,
        capabilities=[one.value for one in capabilities],
        purposes=purposes,
        default_purpose="assistance",
        recipient_id=recipient_id,
    )
    tenant_id, key_id, code = read_claim(approve_key(caller=cast.dpo(), key_id=asked.id))
    claim_key(tenant_id=tenant_id, key_id=key_id, code=code)
    return key_id


def _floor(cast: Cast) -> None:
    known = {view.terms.name: view for view in list_rules(caller=cast.admin())}
    view = known.get(FLOOR.name) or propose_rule(caller=cast.admin(), terms=FLOOR)
    if view.approved_by is None:
        seen = preview(caller=cast.dpo(), rule_id=view.id)
        approve_rule(caller=cast.dpo(), rule_id=view.id, digest=seen.digest)


def leave_waiting(cast: Cast) -> None:
    """Make proposals that wait for approval, and some that have ended."""
    propose_rule(caller=cast.admin(), terms=SHORTER)
    capabilities = [Capability.REMEMBER.value, Capability.RECALL.value]
    for name in ("pilot of the branch kiosk", "insurance widget"):
        asked = request_key(caller=cast.admin(), name=name, capabilities=capabilities, purposes=["assistance"])
    approve_key(caller=cast.dpo(), key_id=asked.id)  # it stays unclaimed
    revoke_key(caller=cast.admin(), key_id=_claimed(cast, "chat of last year", (Capability.RECALL,), ("assistance",)))
    known = {view.username for view in list_staff(caller=cast.admin())}
    for username, role in (("demo-trainee", Role.REVIEWER), ("demo-former", Role.REVIEWER)):
        if username not in known:
            number = f"personnel {username}"
            member = request_member(caller=cast.admin(), username=username, role=role.value, personnel_number=number)
    approve_member(caller=cast.dpo(), user_id=member.id)
    suspend_member(caller=cast.admin(), user_id=member.id)
