"""Consent: notices with their wording, events that are only ever added, and what is in force now."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection

from governance.errors import AccessRefused, InvalidChange
from governance.expiring_cache import clear_all
from governance.keyring.models import Identity
from governance.models import ConsentEvent, ConsentNotice, SubjectPurpose
from governance.processing.consents import (
    Choice,
    ConsentState,
    consent_history,
    list_notices,
    register_notice,
)
from governance.processing.purposes import create_purpose
from governance.processing.restrictions import restrict
from governance.subjects.subjects import admit_subject, find_subject
from governance.tenancy.database_clock import CLOCK_TOLERANCE
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, ReasonCode, SubjectKind
from memstore.recall.browse import browse
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights import choices
from tests.support.cast import DATABASES, OFFERS, Organisation, texts
from tests.support.consenting import WORDING, consents, notice, withdraws
from tests.support.refusing import as_owner, refused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALICE = ScopeIds(user_id="alice")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def alice(bank: Organisation) -> SubjectFacts:
    """A person known to the bank, with the bank's notice at hand."""
    notice(bank)
    return admit_subject(bank.tenant.id, SubjectKind.USER, "alice")


def took_back(bank: Organisation, *, caller: Caller | None = None, purpose: str = "offers", **choice: object) -> object:
    how = Choice(**({"channel": "web"} | choice))  # type: ignore[arg-type]  # fields of Choice
    return choices.withdraw(caller=caller or bank.caller(), scope=ALICE, purpose=purpose, choice=how)


def granted(bank: Organisation, *, caller: Caller | None = None, purpose: str = "offers", wording: str = "") -> object:
    return choices.grant(
        caller=caller or bank.caller(),
        scope=ALICE,
        purpose=purpose,
        notice=wording or notice(bank),
        choice=Choice("web"),
    )


def offered(bank: Organisation) -> None:
    remember(
        caller=bank.caller(purpose="offers"),
        scope=ALICE,
        messages=[Message(role="user", content="I collect old clocks")],
        infer=False,
    )


def read(bank: Organisation) -> list[str]:
    listed = browse(caller=bank.caller(purpose="offers"), filters={"user_id": "alice"})
    return [view.text for view in listed.memories]


def in_force(bank: Organisation) -> ConsentState:
    subject = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    [found], _ = consent_history(caller=bank.caller(), subject=subject)
    return found


# Notices


def test_a_notice_is_known_by_the_hash_of_its_wording(bank: Organisation) -> None:
    found = register_notice(caller=bank.staff("dora"), purpose="offers", language="de-AT", text=WORDING)
    assert found.sha256 == hashlib.sha256(WORDING.encode()).hexdigest()
    assert list_notices(caller=bank.staff("aud")) == [found]


def test_another_wording_is_another_version_and_each_language_counts_for_itself(bank: Organisation) -> None:
    dora = bank.staff("dora")
    versions = [
        register_notice(caller=dora, purpose="offers", language=language, text=text).version
        for language, text in (("en", WORDING), ("en", WORDING + " "), ("de", WORDING))
    ]
    assert versions == [1, 2, 1]


def test_the_same_wording_is_registered_once(bank: Organisation) -> None:
    notice(bank)
    with refused(bank, Action.REGISTER_NOTICE, ReasonCode.DUPLICATE) as caught:
        register_notice(caller=bank.staff("dora"), purpose="offers", language="en", text=WORDING)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "text"


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"purpose": "assistance"}, "purpose", ReasonCode.NOT_CONSENT_BASED),
        ({"language": ""}, "language", ReasonCode.INVALID),
        ({"language": "english"}, "language", ReasonCode.INVALID),
        ({"language": "en_GB"}, "language", ReasonCode.INVALID),
        ({"text": " \n"}, "text", ReasonCode.INVALID),
        ({"text": "x" * 100_001}, "text", ReasonCode.INVALID),
    ],
)
def test_what_no_notice_can_be_is_refused_by_its_field(
    bank: Organisation, wrong: dict[str, str], field: str, reason: ReasonCode
) -> None:
    with refused(bank, Action.REGISTER_NOTICE, reason) as caught:
        register_notice(caller=bank.staff("dora"), **({"purpose": "offers", "language": "en", "text": "x"} | wrong))
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


def test_a_notice_for_an_unknown_purpose_is_refused(bank: Organisation) -> None:
    with refused(bank, Action.REGISTER_NOTICE, ReasonCode.NOT_FOUND):
        register_notice(caller=bank.staff("dora"), purpose="unheard of", language="en", text=WORDING)


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "the key"])
def test_others_register_no_notices(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.REGISTER_NOTICE, ReasonCode.CAPABILITY_MISSING):
        register_notice(caller=caller, purpose="offers", language="en", text=WORDING)


@pytest.mark.parametrize("table", ["governance_consentnotice", "governance_consentevent"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET language = 'xx'", "DELETE FROM {}", "TRUNCATE {}"])
def test_neither_we_nor_the_owner_change_notices_and_consents(bank: Organisation, table: str, statement: str) -> None:
    consents(bank)
    before = rows_of(bank)
    with pytest.raises(DatabaseError), tenant_context(bank.tenant.id):
        connection.cursor().execute(statement.format(table))
    with pytest.raises(psycopg.Error, match="append-only"), as_owner(bank.tenant.id) as cursor:
        cursor.execute(statement.format(table).encode())
    assert rows_of(bank) == before


def test_nobody_consents_to_a_wording_that_was_edited_behind_our_back(bank: Organisation, alice: SubjectFacts) -> None:
    wording = notice(bank)
    with as_owner(bank.tenant.id) as cursor:
        cursor.execute("ALTER TABLE governance_consentnotice DISABLE TRIGGER USER")
        cursor.execute("UPDATE governance_consentnotice SET text = text || ' And we sell it.'")
        cursor.execute("ALTER TABLE governance_consentnotice ENABLE TRIGGER USER")
    with tenant_context(bank.tenant.id):
        row = ConsentNotice.objects.get()
    for name in (wording, str(row.id), hashlib.sha256(row.text.encode()).hexdigest()):
        with refused(bank, Action.GRANT_CONSENT, ReasonCode.NOTICE_UNKNOWN):
            granted(bank, wording=name)


# Giving and taking back


def test_one_call_gives_and_one_call_takes_back(bank: Organisation) -> None:
    given = consents(bank)
    assert (given.purpose, given.granted, given.until, given.consent_version) == ("offers", True, None, 0)
    offered(bank)
    assert read(bank) == ["I collect old clocks"]
    ended = withdraws(bank)
    assert (ended.n_destroyed, ended.n_kept) == (1, 0)
    with refused(bank, Action.BROWSE, ReasonCode.CONSENT_MISSING):
        read(bank)
    assert (in_force(bank).granted, in_force(bank).consent_version) == (False, 1)


def test_the_history_says_what_was_agreed_to_when_and_how(bank: Organisation) -> None:
    at = now() - DAY
    choices.grant(
        caller=bank.caller(),
        scope=ALICE,
        purpose="offers",
        notice=notice(bank).upper(),
        choice=Choice("branch", happened_at=at, until=at + 30 * DAY),
    )
    withdraws(bank)
    subject = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    _, [given, taken] = consent_history(caller=bank.staff("aud"), subject=subject)
    assert (given.action, given.notice_sha256, given.language, given.channel, given.given_by) == (
        "grant",
        notice(bank),
        "en",
        "branch",
        "subject",
    )
    assert (given.happened_at, given.until) == (at, at + 30 * DAY)
    assert (taken.action, taken.notice_sha256, taken.channel, taken.until) == ("withdraw", None, "web", None)


def test_of_nobody_and_of_somebody_without_consents_the_history_is_the_same(
    bank: Organisation, alice: SubjectFacts
) -> None:
    assert consent_history(caller=bank.caller(), subject=None) == ([], [])
    assert consent_history(caller=bank.caller(), subject=alice) == ([], [])


@pytest.mark.parametrize("what", ["no notice", "nonsense", "of another purpose", "of another tenant", "no hash"])
def test_without_a_notice_of_the_purpose_nobody_consents(
    bank: Organisation, outsider: Organisation, alice: SubjectFacts, what: str
) -> None:
    create_purpose(caller=bank.staff("ada"), name="other offers", terms=OFFERS)
    elsewhere = register_notice(caller=bank.staff("dora"), purpose="other offers", language="en", text="Other words.")
    foreign = register_notice(caller=outsider.staff("dora"), purpose="offers", language="en", text="Foreign words.")
    wording = {
        "no notice": str(uuid4()),
        "nonsense": "yes",
        "of another purpose": elsewhere.sha256,
        "of another tenant": foreign.sha256,
        "no hash": "0" * 64,
    }[what]
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.NOTICE_UNKNOWN):
        granted(bank, wording=wording)


def test_a_refused_consent_leaves_no_trace_of_a_person_whom_we_never_met(bank: Organisation) -> None:
    notice(bank)

    def known() -> int:
        with tenant_context(bank.tenant.id, using="keys"):
            return Identity.objects.count()

    before = known()
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.NOTICE_UNKNOWN):
        granted(bank, wording="0" * 64)
    assert known() == before


def test_an_older_consent_that_arrives_late_rewrites_nothing(bank: Organisation) -> None:
    consents(bank)
    withdraws(bank)
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.OUT_OF_ORDER):
        consents(bank, happened_at=now() - HOUR)


def test_the_same_consent_counts_once(bank: Organisation) -> None:
    at = now() - HOUR
    consents(bank, happened_at=at)
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.DUPLICATE):
        consents(bank, happened_at=at)
    took_back(bank, happened_at=at + timedelta(minutes=1))
    with refused(bank, Action.WITHDRAW_CONSENT, ReasonCode.DUPLICATE):
        took_back(bank)
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.DUPLICATE):
        consents(bank, happened_at=at)


def test_a_consent_may_be_renewed_and_given_anew(bank: Organisation) -> None:
    until = now() + DAY
    assert consents(bank, until=until).until == until
    assert consents(bank).until is None
    withdraws(bank)
    again = consents(bank)
    assert (again.granted, again.consent_version) == (True, 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"happened_at": timedelta(minutes=6)}, "at"),
        ({"happened_at": 365 * DAY}, "at"),
        ({"until": -HOUR}, "expires_at"),
        ({"happened_at": -HOUR, "until": -HOUR}, "expires_at"),
        ({"channel": ""}, "channel"),
        ({"channel": "A letter from Alice"}, "channel"),
        ({"channel": "x" * 41}, "channel"),
    ],
)
def test_what_no_choice_can_be_is_refused_by_its_field(
    bank: Organisation, alice: SubjectFacts, wrong: dict[str, timedelta | str], field: str
) -> None:
    moment = now()
    values = {name: moment + value if isinstance(value, timedelta) else value for name, value in wrong.items()}
    choice = Choice(**({"channel": "web"} | values))  # type: ignore[arg-type]  # fields of Choice
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.INVALID) as caught:
        choices.grant(caller=bank.caller(), scope=ALICE, purpose="offers", notice=notice(bank), choice=choice)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field
    if field == "channel":
        with refused(bank, Action.WITHDRAW_CONSENT, ReasonCode.INVALID):
            choices.withdraw(caller=bank.caller(), scope=ALICE, purpose="offers", choice=choice)


def test_a_clock_that_is_a_little_fast_is_believed(bank: Organisation) -> None:
    assert consents(bank, happened_at=now() + CLOCK_TOLERANCE / 2).granted


def test_only_what_rests_on_consent_is_consented_to(bank: Organisation, alice: SubjectFacts) -> None:
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.NOT_CONSENT_BASED):
        granted(bank, purpose="assistance")
    with refused(bank, Action.WITHDRAW_CONSENT, ReasonCode.NOT_CONSENT_BASED):
        took_back(bank, purpose="assistance")
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.PURPOSE_NOT_ALLOWED):
        granted(bank, purpose="unheard of")
    with refused(bank, Action.WITHDRAW_CONSENT, ReasonCode.NOT_FOUND):
        took_back(bank, purpose="unheard of")


@pytest.mark.parametrize("how", ["given until a past day", "run out"])
def test_a_consent_that_is_over_is_over_in_the_next_read(bank: Organisation, how: str) -> None:
    consents(bank)
    offered(bank)
    if how == "run out":
        with tenant_context(bank.tenant.id):
            SubjectPurpose.objects.update(consent_until=now() - timedelta(seconds=1))
        clear_all()  # as in another process, which holds nothing in memory
    else:
        withdraws(bank)
        with tenant_context(bank.tenant.id):
            moment = ConsentEvent.objects.latest("sequence").created_at
        assert not consents(
            bank, happened_at=moment + timedelta(microseconds=1), until=moment + timedelta(microseconds=2)
        ).granted
    for action, attempt in ((Action.BROWSE, read), (Action.REMEMBER, offered)):
        with refused(bank, action, ReasonCode.CONSENT_MISSING):
            attempt(bank)
    assert not in_force(bank).granted


# By whom


def test_taking_back_needs_no_capability_and_giving_does(bank: Organisation) -> None:
    consents(bank)
    key = bank.another_key([Capability.RECALL])
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.CAPABILITY_MISSING):
        granted(bank, caller=bank.caller(key_text=key))
    took_back(bank, caller=bank.caller(key_text=key))
    assert not in_force(bank).granted


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "ada"])
def test_of_the_staff_only_data_protection_officers_record_a_consent(bank: Organisation, who: str) -> None:
    consents(bank)
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.CAPABILITY_MISSING):
        granted(bank, caller=bank.staff(who))
    took_back(bank, caller=bank.staff(who))
    granted(bank, caller=bank.staff("dora"))
    assert in_force(bank).granted


def test_a_key_pinned_to_somebody_else_chooses_nothing_for_me(bank: Organisation, alice: SubjectFacts) -> None:
    bob = admit_subject(bank.tenant.id, SubjectKind.USER, "bob")
    caller = bank.caller(key_text=bank.another_key(pinned_subject=bob.id))
    with refused(bank, Action.GRANT_CONSENT, ReasonCode.PINNED_ELSEWHERE):
        granted(bank, caller=caller)
    with refused(bank, Action.WITHDRAW_CONSENT, ReasonCode.PINNED_ELSEWHERE):
        took_back(bank, caller=caller)


def test_who_is_restricted_may_still_take_a_consent_back(bank: Organisation) -> None:
    consents(bank)
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    restrict(caller=bank.staff("dora"), subject=alice)
    assert withdraws(bank).purpose == "offers"


def test_consents_of_one_tenant_are_nothing_to_another(bank: Organisation, outsider: Organisation) -> None:
    consents(outsider)
    withdraws(bank)
    assert in_force(outsider).granted
    assert texts(bank, "alice") == []


@pytest.mark.parametrize(
    ("wrong", "admits"),
    [
        ({}, True),
        ({"purpose": "assistance"}, False),
        ({"channel": "A letter"}, False),
        ({"happened_at": datetime(2999, 1, 1, tzinfo=UTC)}, True),
    ],
)
def test_a_withdrawal_of_somebody_whom_we_never_met_is_answered_as_any(
    bank: Organisation, outsider: Organisation, wrong: dict[str, str], admits: bool
) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")

    def answer(organisation: Organisation) -> object:
        try:
            return took_back(organisation, **wrong)  # type: ignore[arg-type]  # one of them is a moment
        except AccessRefused as refusal:
            return refusal.reason

    assert answer(outsider) == answer(bank)
    assert (find_subject(outsider.tenant.id, SubjectKind.USER, "alice") is not None) == admits


def test_taking_back_twice_is_answered_alike_for_somebody_whom_we_never_met(
    bank: Organisation, outsider: Organisation
) -> None:
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")

    def answers(organisation: Organisation) -> list[object]:
        found: list[object] = []
        for _ in range(2):
            try:
                found.append(took_back(organisation))
            except AccessRefused as refusal:
                found.append(refusal.reason)
        return found

    assert answers(outsider) == answers(bank)


# The database


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"action": "grant"}, "consent_to_a_notice"),
        ({"action": "renew", "notice_id": UUID(int=1)}, "consent_is_given_or_taken_back"),
    ],
)
def test_the_database_refuses_it_as_well(
    bank: Organisation, alice: SubjectFacts, values: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        ConsentEvent.objects.create(
            tenant_id=bank.tenant.id,
            subject_id=alice.id,
            purpose_id=bank.offers.purpose_id,
            channel="web",
            given_by="subject",
            happened_at=now(),
            consent_version=0,
            recorded_by=bank.key.id,
            **values,
        )


def test_the_database_keeps_one_standing_per_person_and_purpose(bank: Organisation, alice: SubjectFacts) -> None:
    consents(bank)
    with pytest.raises(IntegrityError, match="standing_once"), tenant_context(bank.tenant.id):
        SubjectPurpose.objects.create(tenant_id=bank.tenant.id, subject_id=alice.id, purpose_id=bank.offers.purpose_id)
