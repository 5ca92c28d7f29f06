"""Accounting of disclosures: the ledger and the reads by recipients' keys, summarised, with what may stay out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError
from django.db.models import F

from governance.access.recipients import end_recipient, register_recipient
from governance.accountability import disclosures as module
from governance.accountability.accounting_of_disclosures import Accounting, DisclosureLine, accounting
from governance.accountability.disclosures import record_disclosure, suspend_accounting
from governance.errors import InvalidChange
from governance.models import AccountingSuspension, ApiKey, Disclosed, Disclosure, RecipientKind, Subject
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.recall.recall import recall
from tests.governance.accountability.trail import M1, happened
from tests.support.cast import DATABASES, Organisation, say
from tests.support.refusing import refused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from governance.access.recipients import RecipientView
    from governance.accountability.disclosures import DisclosureView

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
DAY = timedelta(days=1)


@pytest.fixture
def alice(bank: Organisation) -> UUID:
    return admit_subject(bank.tenant.id, SubjectKind.USER, "alice").id


def office(organisation: Organisation, name: str = "Health Office", *, exempt: bool = False) -> RecipientView:
    return register_recipient(
        caller=organisation.staff("ada"),
        name=name,
        kind=RecipientKind.AUTHORITY,
        address="Harbour Road 1",
        exempt=exempt,
    )


def told(organisation: Organisation, recipient: RecipientView, subject: UUID, at: datetime, **given: Any) -> UUID:
    return entered(organisation, recipient.id, subject, at, **given).id


def entered(
    organisation: Organisation, recipient_id: UUID, subject: UUID | tuple[SubjectKind, str], at: datetime, **given: Any
) -> DisclosureView:
    said = {"description": Disclosed.SUMMARY, "purpose": "assistance"} | given
    return record_disclosure(
        caller=organisation.staff("dora"), recipient_id=recipient_id, subject=subject, at=at, **said
    )


def handed_out(organisation: Organisation, recipient: RecipientView) -> str:
    """Return a key of the recipient, and its text."""
    text = organisation.another_key()
    with tenant_context(organisation.tenant.id):
        ApiKey.objects.filter(prefix=text.split("_")[1]).update(recipient_id=recipient.id)
    return text


def lines(organisation: Organisation, subject: UUID, **given: Any) -> tuple[DisclosureLine, ...]:
    return accounting(caller=organisation.staff("aud"), subject=subject, **given).disclosures


def test_repeated_ones_for_one_purpose_are_first_how_many_and_last(bank: Organisation, alice: UUID) -> None:
    now, one, two = datetime.now(UTC), office(bank), office(bank, "Court")
    told(bank, one, alice, now - 9 * DAY)
    told(bank, one, alice, now - 3 * DAY, description=Disclosed.COPY)
    told(bank, one, alice, now - 5 * DAY)
    told(bank, one, alice, now - 2 * DAY, purpose="offers")
    told(bank, two, alice, now - DAY)
    told(bank, two, admit_subject(bank.tenant.id, SubjectKind.USER, "bob").id, now - DAY)
    told(bank, two, alice, now - 6 * 366 * DAY)  # more than six years ago
    where = ("Harbour Road 1", "authority")
    expected = (
        DisclosureLine("Health Office", *where, "assistance", ("copy", "summary"), now - 9 * DAY, now - 3 * DAY, 3),
        DisclosureLine("Health Office", *where, "offers", ("summary",), now - 2 * DAY, now - 2 * DAY, 1),
        DisclosureLine("Court", *where, "assistance", ("summary",), now - DAY, now - DAY, 1),
    )
    assert lines(bank, alice) == expected
    assert lines(bank, alice, since=now - 4 * DAY, until=now - DAY) == (
        DisclosureLine("Health Office", *where, "assistance", ("copy",), now - 3 * DAY, now - 3 * DAY, 1),
        expected[1],
    )


def test_what_a_recipient_reads_with_its_key_is_a_disclosure(bank: Organisation, alice: UUID) -> None:
    recipient = office(bank)
    text = handed_out(bank, recipient)
    say(bank, "alice", "I like tea")
    for _ in range(2):
        recall(caller=bank.caller(key_text=text), query="tea", filters={"user_id": "alice"})
    # its own key's reads, a search that found nothing, a write and a refusal are none
    recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    recall(caller=bank.caller(key_text=text), query="tea", filters={"user_id": "bob"})
    handed = bank.caller(key_text=text)
    happened(bank, who=handed, subject=alice, action=Action.REMEMBER, items=[(M1, 1)], at=datetime.now(UTC))
    happened(bank, who=handed, subject=alice, reason=ReasonCode.CONSENT_MISSING, at=datetime.now(UTC))
    [line] = lines(bank, alice)
    assert (line.recipient, line.purpose, line.descriptions, line.disclosures) == (
        "Health Office",
        "assistance",
        ("memories_read",),
        2,
    )
    told(bank, recipient, alice, datetime.now(UTC) - DAY)
    [line] = lines(bank, alice)
    assert (line.descriptions, line.disclosures) == (("memories_read", "summary"), 3)


def test_exempt_recipients_are_not_accounted_for(bank: Organisation, alice: UUID) -> None:
    clinic = office(bank, "Clinic", exempt=True)
    told(bank, clinic, alice, datetime.now(UTC) - DAY)
    happened(bank, who=bank.caller(key_text=handed_out(bank, clinic)), subject=alice, items=[(M1, 1)])
    assert lines(bank, alice) == ()


def test_while_suspended_nothing_tells_that_there_is_anything(
    bank: Organisation, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, now = office(bank), office(bank, "Court"), datetime.now(UTC)
    told(bank, one, alice, now - 9 * DAY)
    told(bank, two, alice, now - 8 * DAY)
    happened(
        bank,
        who=bank.caller(key_text=handed_out(bank, one)),
        subject=alice,
        items=[(M1, 1)],
        at=now - timedelta(hours=1),
    )
    suspend_accounting(caller=bank.staff("dora"), recipient_id=one.id, until=now + DAY, reference="2026/9")
    report = accounting(caller=bank.staff("aud"), subject=alice)
    assert [line.recipient for line in report.disclosures] == ["Court"]
    assert bank.events()[-1].n_items == 1
    assert set(Accounting.__dataclass_fields__) == {
        "subject_id",
        "since",
        "until",
        "made_at",
        "disclosures",
    }
    # once it is over, all of it is back
    monkeypatch.setattr(
        "governance.accountability.accounting_of_disclosures.suspended_recipients",
        lambda subject, at: module.suspended_recipients(subject, at + 2 * DAY),
    )
    assert {line.recipient for line in lines(bank, alice)} == {"Health Office", "Court"}


def test_a_suspension_may_be_for_one_person_only(bank: Organisation, alice: UUID) -> None:
    bob, recipient, now = admit_subject(bank.tenant.id, SubjectKind.USER, "bob").id, office(bank), datetime.now(UTC)
    for subject in (alice, bob):
        told(bank, recipient, subject, now - DAY)
    suspend_accounting(
        caller=bank.staff("dora"), recipient_id=recipient.id, until=now + DAY, reference="1", subject_id=alice
    )
    assert (len(lines(bank, alice)), len(lines(bank, bob))) == (0, 1)


def test_an_authoritys_spoken_word_holds_for_thirty_days(bank: Organisation) -> None:
    dora, recipient, now = bank.staff("dora"), office(bank), datetime.now(UTC)
    with refused(bank, Action.SUSPEND_ACCOUNTING, ReasonCode.INVALID) as caught:
        suspend_accounting(caller=dora, recipient_id=recipient.id, until=now + 31 * DAY, reference="1", oral=True)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "until"
    assert suspend_accounting(
        caller=dora, recipient_id=recipient.id, until=now + 29 * DAY, reference="1", oral=True
    ).oral
    assert not suspend_accounting(caller=dora, recipient_id=recipient.id, until=now + 400 * DAY, reference="1").oral
    with refused(bank, Action.SUSPEND_ACCOUNTING, ReasonCode.INVALID):
        suspend_accounting(caller=dora, recipient_id=recipient.id, until=now, reference="1")


def test_the_event_of_an_entry_names_person_and_purpose(bank: Organisation, alice: UUID) -> None:
    made = told(bank, office(bank), alice, datetime.now(UTC))
    event = bank.events()[-1]
    assert (event.type, event.subject_id, event.object_id) == ("record_disclosure", alice, made)
    assert event.purpose_version_id == bank.assistance.version_id


def test_of_an_erased_person_it_can_still_be_told(bank: Organisation, alice: UUID) -> None:
    recipient = office(bank)
    told(bank, recipient, alice, datetime.now(UTC) - DAY)
    with tenant_context(bank.tenant.id):
        Subject.objects.filter(id=alice).update(state="erased", standing_version=F("standing_version") + 1)
    told(bank, recipient, alice, datetime.now(UTC) - DAY)
    assert [line.disclosures for line in lines(bank, alice)] == [2]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"at": datetime.now(UTC) + DAY}, "at"),
        ({"at": datetime(1950, 1, 1, tzinfo=UTC)}, "at"),
        ({"description": Disclosed.MEMORIES_READ}, "description"),
    ],
)
def test_what_cannot_be_entered_is_refused_by_its_field(
    bank: Organisation, alice: UUID, given: dict[str, Any], field: str
) -> None:
    recipient = office(bank)
    with refused(bank, Action.RECORD_DISCLOSURE, ReasonCode.INVALID) as caught:
        told(bank, recipient, alice, **({"at": datetime.now(UTC)} | given))
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


def test_nothing_is_disclosed_to_a_recipient_after_its_end(bank: Organisation, alice: UUID) -> None:
    recipient = office(bank)
    end_recipient(caller=bank.staff("ada"), recipient_id=recipient.id)
    told(bank, recipient, alice, datetime.now(UTC) - DAY)  # entered late
    with refused(bank, Action.RECORD_DISCLOSURE, ReasonCode.INVALID):
        told(bank, recipient, alice, datetime.now(UTC))


@pytest.mark.parametrize("missing", ["recipient", "subject", "purpose", "name"])
@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_what_is_not_here_is_not_entered(
    bank: Organisation, outsider: Organisation, alice: UUID, missing: str, whose: str
) -> None:
    mine, theirs = office(bank), office(outsider)
    stranger = admit_subject(outsider.tenant.id, SubjectKind.USER, "otto").id
    before = rows_of(outsider)
    foreign = whose == "outsider's"
    recipient = (theirs.id if foreign else uuid4()) if missing == "recipient" else mine.id
    subject: UUID | tuple[SubjectKind, str] = (stranger if foreign else uuid4()) if missing == "subject" else alice
    if missing == "name":
        subject = (SubjectKind.USER, "otto")
    purpose = "no such purpose" if missing == "purpose" else "assistance"
    with refused(bank, Action.RECORD_DISCLOSURE, ReasonCode.NOT_FOUND):
        entered(bank, recipient, subject, datetime.now(UTC), purpose=purpose)
    if missing == "recipient":
        with refused(bank, Action.SUSPEND_ACCOUNTING, ReasonCode.NOT_FOUND):
            suspend_accounting(
                caller=bank.staff("dora"), recipient_id=recipient, until=datetime.now(UTC) + DAY, reference="1"
            )
    assert rows_of(outsider) == before


def test_another_tenant_and_somebody_unknown_have_an_empty_accounting(
    bank: Organisation, outsider: Organisation, alice: UUID
) -> None:
    told(bank, office(bank), alice, datetime.now(UTC) - DAY)
    assert lines(outsider, alice) == ()
    report = accounting(caller=outsider.staff("aud"), subject=(SubjectKind.USER, "alice"))
    assert (report.subject_id, report.disclosures) == (None, ())
    assert report.until - report.since >= timedelta(days=6 * 365)


@pytest.mark.parametrize("who", ["ada", "rita", "kay", "the key"])
def test_only_those_whose_office_it_is(bank: Organisation, alice: UUID, who: str) -> None:
    caller, recipient, now = bank.caller() if who == "the key" else bank.staff(who), office(bank), datetime.now(UTC)
    with refused(bank, Action.READ_REPORT, ReasonCode.CAPABILITY_MISSING):
        accounting(caller=caller, subject=alice)
    with refused(bank, Action.RECORD_DISCLOSURE, ReasonCode.CAPABILITY_MISSING):
        record_disclosure(
            caller=caller,
            recipient_id=recipient.id,
            subject=alice,
            at=now,
            description=Disclosed.COPY,
            purpose="assistance",
        )
    with refused(bank, Action.SUSPEND_ACCOUNTING, ReasonCode.CAPABILITY_MISSING):
        suspend_accounting(caller=caller, recipient_id=recipient.id, until=now + DAY, reference="1")


@pytest.mark.parametrize(
    ("model", "values", "constraint"),
    [
        (Disclosure, {"description": "memories_read"}, "disclosure_of_a_known_thing"),
        (Disclosure, {"recipient_id": uuid4()}, "recipient_id_in_tenant"),
        (Disclosure, {"subject_id": uuid4()}, "subject_id_in_tenant"),
        (Disclosure, {"purpose_id": uuid4()}, "purpose_id_in_tenant"),
        (AccountingSuspension, {"case_reference": ""}, "suspension_names_a_case"),
        (AccountingSuspension, {"until": datetime(2026, 1, 1, tzinfo=UTC)}, "suspension_has_a_period"),
        (AccountingSuspension, {"recipient_id": uuid4()}, "recipient_id_in_tenant"),
        (AccountingSuspension, {"subject_id": uuid4()}, "subject_id_in_tenant"),
    ],
)
def test_the_database_refuses_it_as_well(
    bank: Organisation, alice: UUID, model: type[Any], values: dict[str, Any], constraint: str
) -> None:
    now, recipient = datetime.now(UTC), office(bank).id
    rows: dict[type[Any], dict[str, Any]] = {
        Disclosure: {
            "subject_id": alice,
            "purpose_id": bank.assistance.purpose_id,
            "at": now,
            "description": "copy",
            "recorded_by": alice,
        },
        AccountingSuspension: {
            "until": now + DAY,
            "case_reference": "1",
            "oral": False,
            "suspended_by": alice,
            "suspended_at": now,
        },
    }
    row = {"recipient_id": recipient} | rows[model] | values
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        model.objects.create(tenant_id=bank.tenant.id, **row)
