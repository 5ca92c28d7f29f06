"""Break-glass: clear sight of one person, for a reason, for some minutes, reviewed afterwards by another person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError
from django.db.models import F

from governance.access.break_glass import BreakGlassView, break_glass, list_break_glass, review_break_glass
from governance.errors import InvalidChange
from governance.models import BreakGlass, RevealReason, ReviewOutcome, Subject
from governance.processing.tenants import configure_tenant
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind, View
from memstore.oversight.inspection import inspect
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation, say
from tests.support.refusing import refused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

TEXT = "The number of my locker is 48151623"
JUSTIFIED, UNJUSTIFIED = ReviewOutcome.JUSTIFIED, ReviewOutcome.UNJUSTIFIED


@pytest.fixture
def alice(bank: Organisation) -> SubjectFacts:
    say(bank, "alice", TEXT)
    return admit_subject(bank.tenant.id, SubjectKind.USER, "alice")


def opened(
    bank: Organisation, subject: SubjectFacts, who: str = "rita", minutes: int = 10, reference: str = "2026/117"
) -> BreakGlassView:
    return break_glass(
        caller=bank.staff(who), subject=subject, reason=RevealReason.COMPLAINT, reference=reference, minutes=minutes
    )


def reviewed(
    bank: Organisation, glass: BreakGlassView, who: str = "dora", outcome: ReviewOutcome = JUSTIFIED
) -> BreakGlassView:
    return review_break_glass(caller=bank.staff(who), break_glass_id=glass.id, outcome=outcome)


def seen(bank: Organisation, subject: SubjectFacts, who: str = "rita") -> tuple[View, str | None]:
    [[shown], _] = inspect(caller=bank.staff(who), subject_id=subject.id)
    return shown.view, shown.text


def shift(bank: Organisation, glass: BreakGlassView, by: timedelta) -> None:
    """Move the opening of a reveal back in time."""
    with tenant_context(bank.tenant.id):
        BreakGlass.objects.filter(id=glass.id).update(opened_at=F("opened_at") - by, closes_at=F("closes_at") - by)


@pytest.mark.parametrize("who", ["rita", "dora"])
def test_memories_are_masked_until_the_glass_is_broken(bank: Organisation, alice: SubjectFacts, who: str) -> None:
    view, text = seen(bank, alice, who)
    assert view is View.MASKED
    assert text == "The number of my locker is [number]"
    opened(bank, alice, who)
    assert seen(bank, alice, who) == (View.CLEAR, TEXT)
    assert [event.type for event in bank.events()][-3:] == ["inspect", "break_glass", "inspect"]


def test_it_opens_one_person_to_one_user(bank: Organisation, alice: SubjectFacts) -> None:
    say(bank, "bob", TEXT)
    bob = admit_subject(bank.tenant.id, SubjectKind.USER, "bob")
    opened(bank, alice)
    assert seen(bank, bob)[0] is View.MASKED
    assert seen(bank, alice, "dora")[0] is View.MASKED


def test_it_closes_by_itself(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice, minutes=10)
    assert glass.closes_at - glass.opened_at == timedelta(minutes=10)
    shift(bank, glass, timedelta(minutes=10))
    assert seen(bank, alice)[0] is View.MASKED
    assert [one.state for one in list_break_glass(caller=bank.staff("aud"))] == ["to_review"]


def test_a_review_closes_it_before_its_time(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    judged = reviewed(bank, glass, outcome=UNJUSTIFIED)
    assert (judged.state, judged.outcome, judged.reviewed_by) == (
        "reviewed",
        "unjustified",
        bank.staff("dora").principal.id,
    )
    assert seen(bank, alice)[0] is View.MASKED


@pytest.mark.parametrize("who", ["aud", "kay", "ada", "the key"])
def test_others_neither_break_it_nor_look(bank: Organisation, alice: SubjectFacts, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.BREAK_GLASS, ReasonCode.CAPABILITY_MISSING):
        break_glass(caller=caller, subject=alice, reason=RevealReason.SAFETY, reference="1", minutes=5)
    with refused(bank, Action.INSPECT, ReasonCode.CAPABILITY_MISSING):
        inspect(caller=caller, subject_id=alice.id)


def test_breaking_and_reviewing_need_a_second_factor(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    with refused(bank, Action.BREAK_GLASS, ReasonCode.STEP_UP_NEEDED):
        break_glass(
            caller=bank.staff("rita", stepped_up=False),
            subject=alice,
            reason=RevealReason.SAFETY,
            reference="1",
            minutes=5,
        )
    with refused(bank, Action.REVIEW_BREAK_GLASS, ReasonCode.STEP_UP_NEEDED):
        review_break_glass(caller=bank.staff("dora", stepped_up=False), break_glass_id=glass.id, outcome=JUSTIFIED)


@pytest.mark.parametrize("minutes", [-1, 0, 31])
def test_it_is_open_no_longer_than_the_tenant_says(bank: Organisation, alice: SubjectFacts, minutes: int) -> None:
    with refused(bank, Action.BREAK_GLASS, ReasonCode.INVALID) as caught:
        opened(bank, alice, minutes=minutes)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "minutes"


def test_the_tenant_sets_the_longest_time(bank: Organisation, alice: SubjectFacts) -> None:
    assert opened(bank, alice, minutes=30)
    configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    with refused(bank, Action.BREAK_GLASS, ReasonCode.INVALID):
        opened(bank, alice, minutes=6)
    assert opened(bank, alice, minutes=5)


@pytest.mark.parametrize("reference", ["", "Alice complained; loudly", "x" * 65])
def test_it_names_a_case_and_tells_no_story(bank: Organisation, alice: SubjectFacts, reference: str) -> None:
    with refused(bank, Action.BREAK_GLASS, ReasonCode.INVALID) as caught:
        opened(bank, alice, reference=reference)
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "case_reference"


def test_who_was_erased_is_not_revealed(bank: Organisation, alice: SubjectFacts) -> None:
    opened(bank, alice)
    with tenant_context(bank.tenant.id):
        Subject.objects.filter(id=alice.id).update(state="erased", standing_version=F("standing_version") + 1)
    with refused(bank, Action.INSPECT, ReasonCode.SUBJECT_NOT_ACTIVE):
        inspect(caller=bank.staff("rita"), subject_id=alice.id)


def test_nobody_judges_himself(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice, "dora")
    with refused(bank, Action.REVIEW_BREAK_GLASS, ReasonCode.SAME_PERSON):
        reviewed(bank, glass, "dora")
    assert reviewed(bank, glass, "dov").state == "reviewed"


def test_it_is_judged_once(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    reviewed(bank, glass, "dora", UNJUSTIFIED)
    with refused(bank, Action.REVIEW_BREAK_GLASS, ReasonCode.ALREADY_DECIDED):
        reviewed(bank, glass, "dov", JUSTIFIED)


@pytest.mark.parametrize("who", ["rita", "aud", "kay", "ada"])
def test_only_data_protection_officers_judge(bank: Organisation, alice: SubjectFacts, who: str) -> None:
    glass = opened(bank, alice, "dora")
    with refused(bank, Action.REVIEW_BREAK_GLASS, ReasonCode.CAPABILITY_MISSING):
        reviewed(bank, glass, who)


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_what_is_not_here_is_not_judged(
    bank: Organisation, outsider: Organisation, alice: SubjectFacts, whose: str
) -> None:
    foreign = opened(outsider, admit_subject(outsider.tenant.id, SubjectKind.USER, "alice"))
    before = rows_of(outsider)
    with refused(bank, Action.REVIEW_BREAK_GLASS, ReasonCode.NOT_FOUND):
        review_break_glass(
            caller=bank.staff("dora"),
            break_glass_id=uuid4() if whose == "nobody's" else foreign.id,
            outcome=JUSTIFIED,
        )
    assert rows_of(outsider) == before
    assert list_break_glass(caller=bank.staff("dora")) == []


def test_whose_last_one_waits_too_long_for_its_review_opens_no_other(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    shift(bank, glass, timedelta(hours=72, minutes=10))
    with refused(bank, Action.BREAK_GLASS, ReasonCode.REVIEW_OVERDUE):
        opened(bank, alice)
    assert opened(bank, alice, "dov").state == "open"  # the delay of one is not the delay of another
    reviewed(bank, glass)
    assert opened(bank, alice).state == "open"


def test_until_the_review_is_late_there_may_be_another(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    shift(bank, glass, timedelta(hours=71))
    assert opened(bank, alice).state == "open"


def test_the_tenant_sets_how_long_a_review_may_take(bank: Organisation, alice: SubjectFacts) -> None:
    glass = opened(bank, alice)
    shift(bank, glass, timedelta(hours=2))
    configure_tenant(caller=bank.staff("ada"), changes={"review_hours": 1})
    with refused(bank, Action.BREAK_GLASS, ReasonCode.REVIEW_OVERDUE):
        opened(bank, alice)


def test_everybody_at_work_sees_that_it_was_broken(bank: Organisation, alice: SubjectFacts) -> None:
    first, second = opened(bank, alice), opened(bank, alice, "dov")
    reviewed(bank, first)
    for who in STAFF_NAMES:
        caller = bank.staff(who)
        assert [one.id for one in list_break_glass(caller=caller)] == [second.id, first.id]
        assert [one.id for one in list_break_glass(caller=caller, to_review=True)] == [second.id]
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.CAPABILITY_MISSING):
        list_break_glass(caller=bank.caller())


NOW = datetime(2026, 1, 1, tzinfo=UTC)
ME, YOU = UUID(int=77), UUID(int=78)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"reviewed_by": ME, "reviewed_at": NOW}, "break_glass_reviewed_by_another"),
        ({"reviewed_by": YOU}, "break_glass_reviewed_by_somebody"),
        ({"reviewed_at": NOW}, "break_glass_reviewed_by_somebody"),
        ({"case_reference": ""}, "break_glass_names_a_case"),
        ({"subject_id": UUID(int=79)}, "in_tenant"),
    ],
)
def test_the_database_refuses_it_as_well(
    bank: Organisation, alice: SubjectFacts, values: dict[str, object], constraint: str
) -> None:
    row = {"user_id": ME, "subject_id": alice.id, "reason_code": "safety", "case_reference": "1", "closes_at": NOW}
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        BreakGlass.objects.create(tenant_id=bank.tenant.id, **(row | values))
