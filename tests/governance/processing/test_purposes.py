"""Purposes: terms that do not contradict themselves, versions that never change, compatibility in one direction."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.models import Compatibility, Purpose, PurposeVersion
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import (
    create_purpose,
    end_compatibility,
    list_compatibilities,
    list_purposes,
    purpose_versions,
    record_compatibility,
    revise_purpose,
)
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Article9Condition, Handling, LawfulBasis, ReasonCode
from memstore.forget.forget import forget_scope
from memstore.models import Memory
from memstore.recall.browse import browse
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights import choices
from tests.support.cast import (
    ASSISTANCE,
    DATABASES,
    KNOWLEDGE,
    OFFERS,
    STAFF_NAMES,
    Organisation,
    organisation,
    say,
    texts,
)
from tests.support.consenting import consents
from tests.support.refusing import as_owner, refused
from tests.support.rows import rows_of
from tests.support.two_people import compatible, revised

if TYPE_CHECKING:
    from governance.processing.purposes import PurposeView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ALICE = ScopeIds(user_id="alice")
STRICT = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=365)


def made(bank: Organisation, name: str = "service", terms: PurposeTerms = ASSISTANCE) -> PurposeView:
    return create_purpose(caller=bank.staff("ada"), name=name, terms=terms)


def linked(bank: Organisation, source: str, target: str) -> UUID:
    return compatible(bank, source, target)


def kept(bank: Organisation, key: str, text: str, purpose: str) -> UUID:
    done = remember(
        caller=bank.caller(key_text=key, purpose=purpose),
        scope=ALICE,
        messages=[Message(role="user", content=text)],
        infer=False,
    )
    return done.stored[0].id


def read(bank: Organisation, key: str, purpose: str) -> list[str]:
    """Return what browsing and recalling show, which must agree."""
    caller, filters = bank.caller(key_text=key, purpose=purpose), {"user_id": "alice"}
    browsed = sorted(view.text for view in browse(caller=caller, filters=filters).memories)
    found = recall(caller=caller, query="anything", filters=filters, threshold=0)
    assert sorted(view.text for view in found) == browsed
    return browsed


# Terms


def test_without_a_word_more_the_strict_terms_hold(bank: Organisation) -> None:
    terms = made(bank, terms=STRICT).terms
    assert (terms.special, terms.criminal, terms.secrets, terms.unknown) == ("refuse", "refuse", "mask", "quarantine")
    assert (terms.usable_for_decision, terms.direct_marketing, terms.personal) == (False, False, True)


CONTRADICTIONS = [
    ({"ceiling_days": 0}, "ceiling_days"),
    ({"ceiling_days": -1}, "ceiling_days"),
    ({"ceiling_days": 36_526}, "ceiling_days"),
    ({"source_days": 0}, "source_days"),
    ({"source_days": 36_526}, "source_days"),
    # special categories without a condition of Article 9(2), however they are taken
    ({"special": Handling.ALLOW, "dpia_reference": "D1"}, "article9_condition"),
    ({"special": Handling.MASK, "dpia_reference": "D1"}, "article9_condition"),
    ({"special": Handling.QUARANTINE, "dpia_reference": "D1"}, "article9_condition"),
    # explicit consent where the purpose rests on something else
    (
        {
            "special": Handling.ALLOW,
            "article9_condition": Article9Condition.EXPLICIT_CONSENT,
            "dpia_reference": "D1",
        },
        "article9_condition",
    ),
    # criminal matters without an authority of Article 10
    ({"criminal": Handling.ALLOW}, "criminal_authority"),
    ({"criminal": Handling.QUARANTINE}, "criminal_authority"),
    # what needs an impact assessment, without one
    ({"special": Handling.ALLOW, "article9_condition": Article9Condition.HEALTH_CARE}, "dpia_reference"),
    ({"usable_for_decision": True}, "dpia_reference"),
    # consent without a person
    ({"personal": False, "lawful_basis": LawfulBasis.CONSENT}, "lawful_basis"),
]


@pytest.mark.parametrize(("wrong", "field"), CONTRADICTIONS)
def test_terms_that_contradict_themselves_are_refused_by_their_field(
    bank: Organisation, wrong: dict[str, object], field: str
) -> None:
    terms = replace(STRICT, **wrong)  # type: ignore[arg-type]  # fields of PurposeTerms
    with refused(bank, Action.CREATE_PURPOSE, ReasonCode.INVALID) as caught:
        made(bank, terms=terms)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field
    with refused(bank, Action.REVISE_PURPOSE, ReasonCode.INVALID):
        revise_purpose(caller=bank.staff("ada"), name="assistance", terms=terms)


@pytest.mark.parametrize("name", ["", " service", "service ", "a,b", "a\nb", "x" * 101])
def test_a_purpose_has_a_name_that_fits_everywhere(bank: Organisation, name: str) -> None:
    with refused(bank, Action.CREATE_PURPOSE, ReasonCode.INVALID) as caught:
        made(bank, name)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "name"


def test_a_name_is_given_once_in_a_tenant(bank: Organisation, outsider: Organisation) -> None:
    made(bank)
    with refused(bank, Action.CREATE_PURPOSE, ReasonCode.DUPLICATE):
        made(bank)
    assert made(outsider).name == "service"


@pytest.mark.parametrize("who", ["dora", "rita", "aud", "kay", "the key"])
def test_only_administrators_write_purposes(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.CREATE_PURPOSE, ReasonCode.CAPABILITY_MISSING):
        create_purpose(caller=caller, name="service", terms=ASSISTANCE)
    with refused(bank, Action.REVISE_PURPOSE, ReasonCode.CAPABILITY_MISSING):
        revise_purpose(caller=caller, name="assistance", terms=STRICT)


def test_everybody_at_work_sees_ones_own_purposes(bank: Organisation, outsider: Organisation) -> None:
    made(outsider, "elsewhere")
    for who in STAFF_NAMES:
        names = [one.name for one in list_purposes(caller=bank.staff(who))]
        assert names == ["assistance", "knowledge", "offers"]
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.CAPABILITY_MISSING):
        list_purposes(caller=bank.caller())


# Versions


def test_a_new_version_is_for_what_is_stored_from_now_on(bank: Organisation) -> None:
    before = say(bank, "alice", "I like tea").stored[0].id
    second = revised(bank, "assistance", replace(ASSISTANCE, ceiling_days=10))
    assert second.version == 2
    after = say(bank, "alice", "I live in Porto").stored[0].id
    with tenant_context(bank.tenant.id):
        rows = {row.id: row for row in Memory.objects.all()}
    assert rows[before].purpose_version_id == bank.assistance.version_id
    assert rows[after].purpose_version_id == second.version_id
    assert {key: row.expires_at - row.created_at for key, row in rows.items()} == {
        before: timedelta(days=365),
        after: timedelta(days=10),
    }
    assert texts(bank, "alice") == ["I like tea", "I live in Porto"]
    assert [event.purpose_version_id for event in bank.events() if event.type == "remember"] == [
        bank.assistance.version_id,
        second.version_id,
    ]


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (ASSISTANCE, ReasonCode.DUPLICATE),  # says nothing new
        (replace(ASSISTANCE, lawful_basis=LawfulBasis.LEGITIMATE_INTERESTS), ReasonCode.INVALID),
        (replace(ASSISTANCE, lawful_basis=LawfulBasis.CONSENT), ReasonCode.INVALID),
        (replace(ASSISTANCE, personal=False), ReasonCode.INVALID),
    ],
)
def test_another_basis_is_another_purpose(bank: Organisation, terms: PurposeTerms, reason: ReasonCode) -> None:
    with refused(bank, Action.REVISE_PURPOSE, reason):
        revise_purpose(caller=bank.staff("ada"), name="assistance", terms=terms)


def test_what_is_not_here_is_not_revised(bank: Organisation, outsider: Organisation) -> None:
    made(outsider, "elsewhere")
    for name in ("unheard of", "elsewhere"):
        with refused(bank, Action.REVISE_PURPOSE, ReasonCode.NOT_FOUND):
            revise_purpose(caller=bank.staff("ada"), name=name, terms=STRICT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_purposeversion SET ceiling_days = 36525",
        "DELETE FROM governance_purposeversion",
        "TRUNCATE governance_purposeversion",
    ],
)
def test_neither_we_nor_the_owner_change_a_version(bank: Organisation, statement: str) -> None:
    before = rows_of(bank)
    with pytest.raises(DatabaseError), tenant_context(bank.tenant.id):
        connection.cursor().execute(statement)
    with pytest.raises(psycopg.Error, match="append-only"), as_owner(bank.tenant.id) as cursor:
        cursor.execute(statement.encode())
    assert rows_of(bank) == before


# Compatibility


def test_reading_for_the_target_sees_the_source_and_never_the_other_way_round(bank: Organisation) -> None:
    made(bank)
    key = bank.another_key(purposes=["assistance", "service"])
    for purpose in ("assistance", "service"):
        kept(bank, key, f"for {purpose}", purpose)
    link = linked(bank, "service", "assistance")
    assert read(bank, key, "assistance") == ["for assistance", "for service"]
    assert read(bank, key, "service") == ["for service"]
    end_compatibility(caller=bank.staff("dov"), compatibility_id=link)
    assert read(bank, key, "assistance") == ["for assistance"]


def test_a_key_for_the_target_alone_reads_the_source_and_writes_nothing_for_it(bank: Organisation) -> None:
    made(bank)
    both, target = bank.another_key(purposes=["assistance", "service"]), bank.another_key(purposes=["assistance"])
    kept(bank, both, "for service", "service")
    linked(bank, "service", "assistance")
    assert read(bank, target, "assistance") == ["for service"]
    with refused(bank, Action.REMEMBER, ReasonCode.PURPOSE_NOT_ALLOWED):
        kept(bank, target, "more", "service")
    forget_scope(caller=bank.caller(key_text=target), scope=ALICE)
    assert read(bank, both, "service") == ["for service"]


def test_compatibility_is_not_handed_on(bank: Organisation) -> None:
    made(bank, "first")
    made(bank, "second")
    made(bank, "third")
    key = bank.another_key(purposes=["assistance", "first", "second", "third"])
    for purpose in ("first", "second", "third"):
        kept(bank, key, f"for {purpose}", purpose)
    linked(bank, "first", "second")
    linked(bank, "second", "third")
    assert read(bank, key, "third") == ["for second", "for third"]


def test_what_rests_on_consent_serves_no_other_purpose(bank: Organisation) -> None:
    with refused(bank, Action.RECORD_COMPATIBILITY, ReasonCode.INVALID) as caught:
        linked(bank, "offers", "assistance")
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "from_purpose"


def test_what_rests_on_consent_is_not_read_for_another_even_if_a_row_says_so(bank: Organisation) -> None:
    consents(bank)
    key = bank.another_key()
    kept(bank, key, "for offers", "offers")
    with tenant_context(bank.tenant.id):
        Compatibility.objects.create(
            tenant_id=bank.tenant.id,
            source_id=bank.offers.purpose_id,
            target_id=bank.assistance.purpose_id,
            reason="slipped in",
            created_by=bank.key.id,
        )
    assert read(bank, key, "assistance") == []
    assert read(bank, key, "offers") == ["for offers"]


def test_who_objected_to_the_source_is_not_read_from_it(bank: Organisation) -> None:
    made(bank, "research", replace(ASSISTANCE, lawful_basis=LawfulBasis.LEGITIMATE_INTERESTS))
    key = bank.another_key(purposes=["assistance", "research"])
    kept(bank, key, "for research", "research")
    linked(bank, "research", "assistance")
    assert read(bank, key, "assistance") == ["for research"]
    choices.object_to(caller=bank.caller(key_text=key), scope=ALICE, purpose="research")
    assert read(bank, key, "assistance") == []


@pytest.mark.parametrize(
    ("source", "target", "why", "reason", "field"),
    [
        ("assistance", "assistance", "same", ReasonCode.INVALID, "from_purpose"),
        ("assistance", "offers", "", ReasonCode.INVALID, "reason"),
        ("assistance", "offers", "  ", ReasonCode.INVALID, "reason"),
        ("unheard of", "offers", "same", ReasonCode.NOT_FOUND, None),
        ("assistance", "unheard of", "same", ReasonCode.NOT_FOUND, None),
        ("elsewhere", "offers", "same", ReasonCode.NOT_FOUND, None),
    ],
)
def test_what_cannot_be_compatible_is_refused(
    bank: Organisation,
    outsider: Organisation,
    source: str,
    target: str,
    why: str,
    reason: ReasonCode,
    field: str | None,
) -> None:
    made(outsider, "elsewhere")
    with refused(bank, Action.RECORD_COMPATIBILITY, reason) as caught:
        record_compatibility(caller=bank.staff("dora"), source=source, target=target, reason=why)
    assert getattr(caught.value, "field", None) == field


def test_a_compatibility_is_recorded_once_and_ended_once(bank: Organisation, outsider: Organisation) -> None:
    link = linked(bank, "assistance", "offers")
    with refused(bank, Action.RECORD_COMPATIBILITY, ReasonCode.DUPLICATE):
        linked(bank, "assistance", "offers")
    with refused(outsider, Action.END_COMPATIBILITY, ReasonCode.NOT_FOUND):
        end_compatibility(caller=outsider.staff("dora"), compatibility_id=link)
    end_compatibility(caller=bank.staff("dora"), compatibility_id=link)
    for ended in (link, uuid4()):
        with refused(bank, Action.END_COMPATIBILITY, ReasonCode.NOT_FOUND):
            end_compatibility(caller=bank.staff("dora"), compatibility_id=ended)
    assert linked(bank, "assistance", "offers") != link
    views = {one.name: one.compatible for one in list_purposes(caller=bank.staff("aud"))}
    assert views == {"assistance": (), "knowledge": (), "offers": ("assistance",)}


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay", "the key"])
def test_only_data_protection_officers_judge_compatibility(bank: Organisation, who: str) -> None:
    link = linked(bank, "assistance", "offers")
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.RECORD_COMPATIBILITY, ReasonCode.CAPABILITY_MISSING):
        record_compatibility(caller=caller, source="knowledge", target="offers", reason="same")
    with refused(bank, Action.END_COMPATIBILITY, ReasonCode.CAPABILITY_MISSING):
        end_compatibility(caller=caller, compatibility_id=link)


# The database


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"lawful_basis": "curiosity"}, "one_of_the_six_lawful_bases"),
        ({"ceiling_days": 0}, "purpose_has_a_ceiling"),
        ({"special": "allow", "dpia_reference": "D1"}, "special_categories_need_a_condition"),
        ({"criminal": "allow"}, "criminal_matters_need_an_authority"),
        ({"special": "allow", "article9_condition": "9(2)(a)"}, "special_data_and_decisions_need_a_dpia"),
        ({"usable_for_decision": True}, "special_data_and_decisions_need_a_dpia"),
        ({"version": 1}, "purpose_version_once"),
    ],
)
def test_the_database_refuses_it_as_well(bank: Organisation, values: dict[str, object], constraint: str) -> None:
    row = asdict(STRICT) | {"article9_condition": "", "version": 2} | values
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        PurposeVersion.objects.create(tenant_id=bank.tenant.id, purpose_id=bank.assistance.purpose_id, **row)


def test_the_database_refuses_a_name_twice(bank: Organisation) -> None:
    with pytest.raises(IntegrityError, match="purpose_name_once"), tenant_context(bank.tenant.id):
        Purpose.objects.create(tenant_id=bank.tenant.id, name="assistance")


@pytest.mark.parametrize(
    ("source", "target", "constraint"),
    [
        ("assistance", "assistance", "compatibility_between_two_purposes"),
        ("assistance", "offers", "compatibility_once"),
        ("elsewhere", "offers", "in_tenant"),
        ("assistance", "elsewhere", "in_tenant"),
    ],
)
def test_the_database_refuses_what_cannot_be_compatible(
    bank: Organisation, outsider: Organisation, source: str, target: str, constraint: str
) -> None:
    linked(bank, "assistance", "offers")
    ids = {one.name: one.id for one in list_purposes(caller=bank.staff("aud"))}
    ids["elsewhere"] = made(outsider, "elsewhere", KNOWLEDGE).id
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        Compatibility.objects.create(
            tenant_id=bank.tenant.id,
            source_id=ids[source],
            target_id=ids[target],
            reason="x",
            created_by=bank.key.id,
        )


def test_the_terms_of_the_cast_are_kept_as_they_were_written(bank: Organisation) -> None:
    terms = {one.name: one.terms for one in list_purposes(caller=bank.staff("aud"))}
    assert terms == {"assistance": ASSISTANCE, "knowledge": KNOWLEDGE, "offers": OFFERS}


# What staff read


def test_every_version_stays_readable_newest_first_and_only_in_its_own_organisation(bank: Organisation) -> None:
    ada = bank.staff("ada")
    made = create_purpose(caller=ada, name="service", terms=STRICT)
    revise_purpose(caller=ada, name="service", terms=replace(STRICT, ceiling_days=30))
    linked(bank, "knowledge", "service")
    found = purpose_versions(caller=bank.staff("aud"), purpose_id=made.id)
    assert [(one.version, one.terms.ceiling_days, one.compatible) for one in found] == [
        (2, 30, ("knowledge",)),
        (1, 365, ("knowledge",)),
    ]
    with pytest.raises(NoSuchObject):
        purpose_versions(caller=organisation("other").staff("ada"), purpose_id=made.id)
    with pytest.raises(AccessRefused):
        purpose_versions(caller=bank.caller(), purpose_id=made.id)


def test_compatibilities_in_force_are_listed_with_reason_and_author_and_ended_ones_are_not(bank: Organisation) -> None:
    create_purpose(caller=bank.staff("ada"), name="service", terms=STRICT)
    ended, kept_on = linked(bank, "service", "assistance"), linked(bank, "knowledge", "assistance")
    end_compatibility(caller=bank.staff("dora"), compatibility_id=ended)
    [found] = list_compatibilities(caller=bank.staff("aud"))
    assert (found.id, found.source, found.target, found.reason) == (kept_on, "knowledge", "assistance", "same contract")
    assert found.created_by == bank.staff("dora").principal.id
    assert list_compatibilities(caller=organisation("other").staff("aud")) == []
    with pytest.raises(AccessRefused):
        list_compatibilities(caller=bank.caller())
