"""Loosening a purpose or a setting takes a second person; tightening takes effect at once."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest
from django.db import IntegrityError

from governance.dual_control.approve_loosening import approve_loosening, list_loosenings
from governance.dual_control.proposals import ProposalKind, decline_proposal, withdraw_proposal
from governance.errors import AccessRefused
from governance.models import DeclineReason, Loosening
from governance.policy.loosening import OF_SETTINGS, OF_TERMS, loosens
from governance.policy.purpose_terms import PurposeTerms, terms_as_json, terms_from_json
from governance.processing.loosening_proposal import LooseningView
from governance.processing.purposes import (
    PurposeView,
    list_compatibilities,
    list_purposes,
    record_compatibility,
    revise_purpose,
)
from governance.processing.tenants import TenantSettings, configure_tenant, read_settings
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Article9Condition, Handling, LawfulBasis, ReasonCode
from tests.support.cast import ASSISTANCE, DATABASES, Organisation
from tests.support.refusing import refused

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

TERMS = PurposeTerms(
    LawfulBasis.CONTRACT,
    ceiling_days=100,
    source_days=10,
    article9_condition=Article9Condition.HEALTH_CARE,
    identifiers=Handling.MASK,
    secrets=Handling.QUARANTINE,
    special=Handling.MASK,
    criminal=Handling.MASK,
    criminal_authority="Act 1",
    review_first=True,
    dpia_reference="D-1",
)
LOOSER: list[tuple[str, object]] = [
    ("lawful_basis", LawfulBasis.CONSENT),
    ("ceiling_days", 101),
    ("source_days", 11),
    ("personal", False),
    ("article9_condition", Article9Condition.PUBLIC_HEALTH),
    ("identifiers", Handling.ALLOW),
    ("secrets", Handling.MASK),
    ("special", Handling.ALLOW),
    ("criminal", Handling.ALLOW),
    ("unknown", Handling.ALLOW),
    ("criminal_authority", "Act 2"),
    ("review_first", False),
    ("direct_marketing", True),
    ("usable_for_decision", True),
    ("dpia_reference", "D-2"),
]
STRICTER: list[tuple[str, object]] = [
    ("ceiling_days", 99),
    ("source_days", 9),
    ("article9_condition", None),
    ("identifiers", Handling.REFUSE),
    ("secrets", Handling.REFUSE),
    ("special", Handling.REFUSE),
    ("criminal", Handling.REFUSE),
    ("unknown", Handling.REFUSE),
    ("criminal_authority", ""),
    ("dpia_reference", ""),
]
SETTINGS = TenantSettings("Bank", "FR", 30, 72, 72, "here", "there", "gdpr", 1095)
LOOSER_SETTINGS: list[tuple[str, str | int | bool]] = [
    ("jurisdiction", "AT"),
    ("reveal_minutes", 31),
    ("review_hours", 73),
    ("breach_hours", 73),
    ("request_profile", "ccpa"),
    ("request_file_days", 1096),
    ("request_file_days", 30),
    ("auto_approve_erasure", True),
    ("auto_approve_staff_verified", True),
    ("key_deletions_at_once", True),
    ("key_deletions_per_hour", 4),
]
STRICTER_SETTINGS: list[tuple[str, str | int | bool]] = [
    ("name", "The Bank"),
    ("contact", "elsewhere"),
    ("dpo_contact", "elsewhere"),
    ("jurisdiction", "DE"),
    ("jurisdiction", "XX"),
    ("reveal_minutes", 29),
    ("review_hours", 71),
    ("breach_hours", 71),
    ("key_deletions_per_hour", 2),
    ("time_zone", "Europe/Berlin"),
]


# The rules


def test_every_field_of_a_purpose_and_of_the_settings_has_a_rule_and_a_looser_value_here() -> None:
    assert set(OF_TERMS) == {one.name for one in fields(PurposeTerms)} == {name for name, _ in LOOSER}
    assert set(OF_SETTINGS) == {one.name for one in fields(TenantSettings)}
    named = {name for name, _ in LOOSER_SETTINGS + STRICTER_SETTINGS}
    assert named == set(OF_SETTINGS)


@pytest.mark.parametrize(("field", "value"), LOOSER)
def test_a_looser_term_is_named(field: str, value: object) -> None:
    after = replace(TERMS, **{field: value})  # type: ignore[arg-type]  # a field of it
    assert loosens(terms_as_json(TERMS), terms_as_json(after), OF_TERMS) == [field]


@pytest.mark.parametrize(("field", "value"), STRICTER)
def test_a_stricter_term_is_not(field: str, value: object) -> None:
    after = replace(TERMS, **{field: value})  # type: ignore[arg-type]  # a field of it
    assert loosens(terms_as_json(TERMS), terms_as_json(after), OF_TERMS) == []


@pytest.mark.parametrize(("field", "value"), LOOSER_SETTINGS)
def test_a_looser_setting_is_named(field: str, value: str | int | bool) -> None:
    assert loosens(asdict(SETTINGS), {field: value}, OF_SETTINGS) == [field]


@pytest.mark.parametrize(("field", "value"), STRICTER_SETTINGS)
def test_a_stricter_setting_is_not(field: str, value: str | int | bool) -> None:
    assert loosens(asdict(SETTINGS), {field: value}, OF_SETTINGS) == []


def test_a_field_without_a_rule_loosens_whenever_it_changes() -> None:
    assert loosens({"new": 1}, {"new": 2}, OF_SETTINGS) == ["new"]
    assert loosens({"new": 1}, {"new": 1}, OF_SETTINGS) == []


def test_terms_are_the_same_after_they_were_kept() -> None:
    assert terms_from_json(terms_as_json(TERMS)) == TERMS
    assert terms_from_json(terms_as_json(ASSISTANCE)) == ASSISTANCE


# What waits


KIND = ProposalKind.LOOSENING
LONGER = replace(ASSISTANCE, ceiling_days=366)


def waits(made: object) -> LooseningView:
    assert isinstance(made, LooseningView)
    assert made.state == "proposed"
    return made


def longer(bank: Organisation, who: str = "ada") -> LooseningView:
    return waits(revise_purpose(caller=bank.staff(who), name="assistance", terms=LONGER))


def days(bank: Organisation) -> int:
    return next(one.terms.ceiling_days for one in list_purposes(caller=bank.staff("aud")) if one.name == "assistance")


def open_by(bank: Organisation, made: LooseningView, who: str) -> LooseningView:
    return approve_loosening(caller=bank.staff(who), loosening_id=made.id, digest=made.digest)


def test_a_looser_revision_changes_nothing_until_another_person_approves_it(bank: Organisation) -> None:
    made = longer(bank)
    assert (made.loosens, days(bank)) == (("ceiling_days",), 365)
    [change] = made.changes
    assert (change.field, change.before, change.after, change.loosens) == ("ceiling_days", "365", "366", True)
    assert [one.id for one in list_loosenings(caller=bank.staff("aud"))] == [made.id]
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.SAME_PERSON):
        open_by(bank, made, "ada")
    done = open_by(bank, made, "dora")
    assert (done.state, done.decided_by, days(bank)) == ("approved", bank.staff("dora").principal.id, 366)
    assert list_loosenings(caller=bank.staff("aud")) == []
    assert [one.state for one in list_loosenings(caller=bank.staff("aud"), waiting=False)] == ["approved"]
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.ALREADY_DECIDED):
        open_by(bank, made, "dov")


def test_a_stricter_revision_takes_effect_at_once(bank: Organisation) -> None:
    made = revise_purpose(caller=bank.staff("ada"), name="assistance", terms=replace(ASSISTANCE, ceiling_days=10))
    assert isinstance(made, PurposeView)
    assert days(bank) == 10


def test_what_is_stricter_in_one_field_and_looser_in_another_waits_as_a_whole(bank: Organisation) -> None:
    terms = replace(ASSISTANCE, ceiling_days=10, source_days=31)
    made = waits(revise_purpose(caller=bank.staff("ada"), name="assistance", terms=terms))
    assert (made.loosens, days(bank)) == (("source_days",), 365)


def test_a_looser_setting_waits_and_a_stricter_one_does_not(bank: Organisation) -> None:
    made = waits(configure_tenant(caller=bank.staff("ada"), changes={"auto_approve_staff_verified": True}))
    assert not read_settings(caller=bank.staff("aud")).auto_approve_staff_verified
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.SAME_PERSON):
        open_by(bank, made, "ada")
    open_by(bank, made, "adam")
    assert read_settings(caller=bank.staff("aud")).auto_approve_staff_verified
    configure_tenant(caller=bank.staff("ada"), changes={"auto_approve_staff_verified": False})
    assert not read_settings(caller=bank.staff("aud")).auto_approve_staff_verified


def test_a_compatibility_waits(bank: Organisation) -> None:
    made = record_compatibility(caller=bank.staff("dora"), source="assistance", target="offers", reason="same")
    assert list_compatibilities(caller=bank.staff("aud")) == []
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.SAME_PERSON):
        open_by(bank, made, "dora")
    done = open_by(bank, made, "dov")
    [link] = list_compatibilities(caller=bank.staff("aud"))
    assert (link.id, link.created_by) == (done.object_id, bank.staff("dora").principal.id)


# Exactly what was shown


def test_another_digest_approves_nothing(bank: Organisation) -> None:
    made = longer(bank)
    for digest in ("", "0" * 64, made.digest[:-1]):
        with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.PLAN_CHANGED):
            approve_loosening(caller=bank.staff("dora"), loosening_id=made.id, digest=digest)
    assert days(bank) == 365


@pytest.mark.parametrize("altered", ["after", "before", "loosens", "requested_by"])
def test_a_proposal_that_was_altered_in_the_database_is_not_what_was_shown(bank: Organisation, altered: str) -> None:
    made = longer(bank)
    with tenant_context(bank.tenant.id):
        row = Loosening.objects.get(id=made.id)
        values: dict[str, object] = {
            "after": row.after | {"ceiling_days": 30_000},
            "before": row.before | {"ceiling_days": 1},
            "loosens": [],
            "requested_by": bank.staff("dov").principal.id,
        }
        Loosening.objects.filter(id=made.id).update(**{altered: values[altered]})
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.PLAN_CHANGED):
        open_by(bank, made, "dora")
    assert days(bank) == 365


def test_what_was_changed_meanwhile_is_to_be_proposed_anew(bank: Organisation) -> None:
    made = longer(bank)
    setting = waits(configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 60}))
    revise_purpose(caller=bank.staff("ada"), name="assistance", terms=replace(ASSISTANCE, ceiling_days=10))
    configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    for stale in (made, setting):
        with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.PLAN_CHANGED):
            open_by(bank, stale, "dora")
    assert (days(bank), read_settings(caller=bank.staff("aud")).reveal_minutes) == (10, 5)


# No, and never mind


def test_a_second_person_declines_with_a_reason(bank: Organisation) -> None:
    made = longer(bank)
    with refused(bank, Action.DECLINE_LOOSENING, ReasonCode.SAME_PERSON):
        decline_proposal(caller=bank.staff("ada"), kind=KIND, object_id=made.id, reason=DeclineReason.TOO_BROAD)
    done = decline_proposal(caller=bank.staff("dora"), kind=KIND, object_id=made.id, reason=DeclineReason.TOO_BROAD)
    assert (done.how, done.reason) == ("declined", "too_broad")
    assert [one.state for one in list_loosenings(caller=bank.staff("aud"), waiting=False)] == ["declined"]
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.ALREADY_DECIDED):
        open_by(bank, made, "dora")
    assert days(bank) == 365


def test_its_author_takes_it_back_and_nobody_else_does(bank: Organisation) -> None:
    made = longer(bank)
    with refused(bank, Action.WITHDRAW_LOOSENING, ReasonCode.NOT_THE_AUTHOR):
        withdraw_proposal(caller=bank.staff("dora"), kind=KIND, object_id=made.id)
    assert withdraw_proposal(caller=bank.staff("ada"), kind=KIND, object_id=made.id).how == "withdrawn"
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.ALREADY_DECIDED):
        open_by(bank, made, "dora")


@pytest.mark.parametrize("who", ["rita", "aud", "kay"])
def test_only_who_may_approve_does(bank: Organisation, who: str) -> None:
    made = longer(bank)
    with refused(bank, Action.APPROVE_LOOSENING, ReasonCode.CAPABILITY_MISSING):
        open_by(bank, made, who)
    with refused(bank, Action.DECLINE_LOOSENING, ReasonCode.CAPABILITY_MISSING):
        decline_proposal(caller=bank.staff(who), kind=KIND, object_id=made.id, reason=DeclineReason.TOO_BROAD)


def test_a_password_of_a_while_ago_is_not_enough(bank: Organisation) -> None:
    made = longer(bank)
    stale = bank.staff("dora", stepped_up=False)
    for act in (
        lambda: approve_loosening(caller=stale, loosening_id=made.id, digest=made.digest),
        lambda: decline_proposal(caller=stale, kind=KIND, object_id=made.id, reason=DeclineReason.TOO_BROAD),
        lambda: configure_tenant(caller=bank.staff("ada", stepped_up=False), changes={"reveal_minutes": 5}),
        lambda: revise_purpose(caller=bank.staff("ada", stepped_up=False), name="assistance", terms=LONGER),
    ):
        with pytest.raises(AccessRefused) as caught:
            act()
        assert caught.value.reason is ReasonCode.STEP_UP_NEEDED


def test_another_organisation_sees_and_decides_none_of_it(bank: Organisation, outsider: Organisation) -> None:
    made = longer(bank)
    assert list_loosenings(caller=outsider.staff("aud")) == []
    with refused(outsider, Action.APPROVE_LOOSENING, ReasonCode.NOT_FOUND):
        open_by(outsider, made, "dora")


def test_the_database_refuses_the_same_person_as_well(bank: Organisation) -> None:
    made = longer(bank)
    with pytest.raises(IntegrityError, match="loosening_approved_by_another"), tenant_context(bank.tenant.id):
        Loosening.objects.update(approved_by=bank.staff("ada").principal.id, approved_at=made.requested_at)
