"""The person's view of their own memories, before and after their identity is proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.access.recipients import register_recipient
from governance.errors import AccessRefused, AuditUnavailable, NoSuchObject
from governance.guard import witness
from governance.models import ApiKey, AuditEvent, Ground, RecipientKind, RequestKind
from governance.processing.restrictions import restrict
from governance.rights.portal.own_choices import own_choices
from governance.rights.portal.own_readers import who_read
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Capability, MemoryState, ReasonCode, SubjectKind
from memstore.models import Memory, MemoryVersion
from memstore.recall.browse import browse
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights.copies.hand_out import withhold
from memstore.rights.portal.own_memories import overview, own_memory
from memstore.rights.portal.own_requests import ask, object_own, withdraw_own
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents
from tests.support.sitting import opened, proves, sits, sitting

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ILLNESS = "I was diagnosed with diabetes last year"


def words(caller: Caller) -> set[str | None]:
    return {memory.text for group in overview(caller=caller).groups for memory in group.memories}


def known(bank: Organisation, user_id: str = "alice") -> Caller:
    token = opened(bank, user_id)
    request_id = ask(caller=sitting(token).caller, form=uuid4(), kind=RequestKind.ACCESS).request.id
    return proves(bank, token, request_id)


def offered(bank: Organisation, text: str) -> None:
    said = [Message(role="user", content=text)]
    remember(caller=bank.caller(purpose="offers"), scope=ScopeIds(user_id="alice"), messages=said, infer=False)


def test_a_person_sees_their_own_words_with_why_and_until_when(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like coffee")
    found = overview(caller=sits(bank))
    [group] = found.groups
    [memory] = group.memories
    assert (group.purpose, group.lawful_basis, found.total) == ("assistance", "contract", 1)
    assert (memory.text, memory.said_by, memory.stated, memory.marks) == ("I like tea", "user", "stated", ())
    assert memory.use_ends <= memory.kept_until
    assert not found.proved


def test_a_link_shows_no_more_than_its_key_could_read_until_the_person_is_known(bank: Organisation) -> None:
    """Special categories wait for the code, also where the key itself may recall them."""
    say(bank, "alice", "I like tea")
    say(bank, "alice", ILLNESS)
    assert words(sits(bank)) == {"I like tea"}
    assert words(known(bank)) == {"I like tea", ILLNESS}


def test_nothing_is_shown_of_purposes_that_the_key_does_not_act_for(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    consents(bank)
    offered(bank, "I want a new car")
    narrow = bank.caller(key_text=bank.another_key(purposes=["assistance"]))
    assert words(sits(bank, by=narrow)) == {"I like tea"}
    assert words(sits(bank)) == {"I like tea", "I want a new car"}


def test_a_key_that_cannot_recall_learns_nothing_by_a_link(bank: Organisation) -> None:
    memory_id = say(bank, "alice", "I like tea").stored[0].id
    only = bank.caller(key_text=bank.another_key([Capability.PORTAL_ISSUE]))
    for blind in (sits(bank, by=only), sits(bank, by=bank.staff("dora"))):
        found = overview(caller=blind)
        assert (found.groups, found.total, found.words) == ((), 0, False)
        with pytest.raises(NoSuchObject):
            own_memory(caller=blind, memory_id=memory_id)


@pytest.mark.parametrize("state", [MemoryState.QUARANTINED, MemoryState.RESTRICTED, MemoryState.SUPERSEDED])
def test_what_is_out_of_use_is_shown_marked_to_the_person_and_not_to_a_link(
    bank: Organisation, state: MemoryState
) -> None:
    say(bank, "alice", "I like tea")
    with tenant_context(bank.tenant.id):
        Memory.objects.update(state=state.value)
    assert words(sits(bank)) == set()
    [group] = overview(caller=known(bank)).groups
    assert [(memory.text, memory.marks) for memory in group.memories] == [("I like tea", (state.value,))]


def test_what_expired_is_shown_marked_to_the_person_and_not_to_a_link(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    with tenant_context(bank.tenant.id):
        Memory.objects.update(expires_at=datetime.now(UTC) - timedelta(days=1))
    assert words(sits(bank)) == set()
    [group] = overview(caller=known(bank)).groups
    assert group.memories[0].marks == ("expired",)


def test_a_restricted_person_sees_themselves_once_known_and_a_link_shows_nothing(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    restrict(caller=bank.staff("dora"), subject=alice)
    assert words(sits(bank)) == set()
    [group] = overview(caller=known(bank)).groups
    assert [(memory.text, memory.marks) for memory in group.memories] == [("I like tea", ("restriction",))]


def test_phone_numbers_of_others_are_taken_out_as_in_the_copy(bank: Organisation) -> None:
    say(bank, "alice", "My sister can be reached at anna@example.com")
    [text] = words(known(bank))
    assert text is not None
    assert "anna@example.com" not in text
    assert "Art. 15(4)" in text


def test_nobody_sees_a_memory_of_somebody_else(bank: Organisation, outsider: Organisation) -> None:
    memory_id = say(bank, "alice", "I like tea").stored[0].id
    assert own_memory(caller=sits(bank), memory_id=memory_id).text == "I like tea"
    for stranger in (sits(bank, "bob"), known(bank, "carol"), sits(outsider, "alice")):
        assert words(stranger) == set()
        with pytest.raises(NoSuchObject):
            own_memory(caller=stranger, memory_id=memory_id)


def test_no_key_and_nobody_of_the_staff_uses_the_portal_itself(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    for caller in (bank.caller(), *(bank.staff(who) for who in ("rita", "dora", "aud", "ada", "kay"))):
        with pytest.raises(AccessRefused) as refused:
            overview(caller=caller)
        assert refused.value.reason is ReasonCode.CAPABILITY_MISSING


def test_the_person_in_the_portal_reads_and_writes_nothing_as_a_machine(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    person = known(bank)
    with pytest.raises(AccessRefused):
        browse(caller=person, filters={"user_id": "alice"})
    with pytest.raises(AccessRefused):
        recall(caller=person, query="tea", filters={"user_id": "alice"})
    with pytest.raises(AccessRefused):
        remember(caller=person, scope=ScopeIds(user_id="alice"), messages=[Message(role="user", content="I lie")])


def test_a_look_is_on_the_record_as_the_persons_own_with_what_was_shown(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    person = sits(bank)
    overview(caller=person)
    last = bank.events()[-1]
    assert (last.type, last.role, last.principal_id) == ("read_portal", "subject", person.principal.id)
    assert (last.subject_id, last.n_items) == (person.principal.id, 1)


def test_special_words_wait_while_the_second_witness_cannot_follow(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", ILLNESS)
    person, link = known(bank), sits(bank)
    monkeypatch.setattr(witness, "is_full", lambda: True)
    with pytest.raises(AuditUnavailable):
        overview(caller=person)
    assert words(link) == set()


def test_many_memories_come_in_pages(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memstore.rights.portal.own_memories.PAGE_SIZE", 2)
    for thing in ("tea", "rice", "wool", "jazz", "snow"):
        say(bank, "alice", f"I like {thing}")
    person = sits(bank)
    pages = [overview(caller=person, page=page) for page in (1, 2, 3, 4)]
    assert [sum(len(group.memories) for group in page.groups) for page in pages] == [2, 2, 1, 1]
    assert {page.pages for page in pages} == {3}


def test_what_was_withheld_from_the_copy_is_withheld_here_and_what_was_shown_in_full_is_shown(
    bank: Organisation,
) -> None:
    mine, theirs, number = "I like tea", "I share a flat with Carl", "Call my sister at +351 912 345 678"
    ids = {text: say(bank, "alice", text).stored[0].id for text in (mine, theirs, number)}
    token = opened(bank)
    request_id = ask(caller=sitting(token).caller, form=uuid4(), kind=RequestKind.ACCESS).request.id
    person = proves(bank, token, request_id)

    def decide(text: str, ground: Ground) -> None:
        withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=ids[text], ground=ground)

    [redacted] = words(person) - {mine, theirs}
    assert redacted is not None
    assert "912" not in redacted
    decide(theirs, Ground.RIGHTS_OF_OTHERS)
    decide(number, Ground.SHOWN_IN_FULL)
    shown = {row.text: row.marks for group in overview(caller=person).groups for row in group.memories}
    assert shown == {mine: (), None: ("withheld",), number: ()}
    assert words(sits(bank)) == {mine, number}  # who holds a link learns of nothing that is withheld
    decide(mine, Ground.RIGHTS_OF_OTHERS)
    decide(theirs, Ground.SHOWN_IN_FULL)
    assert words(person) == {None, theirs, number}


def test_a_damaged_memory_is_marked_and_the_others_are_shown(bank: Organisation) -> None:
    damaged = say(bank, "alice", "I like tea").stored[0].id
    say(bank, "alice", "I like coffee")
    with tenant_context(bank.tenant.id):
        version = MemoryVersion.objects.get(memory_id=damaged)
        first, *rest = bytes(version.sealed)
        MemoryVersion.objects.filter(id=version.id).update(sealed=bytes([first ^ 1, *rest]))
    shown = {row.text: row.marks for group in overview(caller=sits(bank)).groups for row in group.memories}
    assert shown == {None: ("unreadable",), "I like coffee": ()}


def test_what_was_seen_leads_to_whoever_issued_the_link(bank: Organisation) -> None:
    """The issuer may have looked, and not the person."""
    say(bank, "alice", "I like tea")
    sits(bank)
    issuer = bank.caller(key_text=bank.another_key())
    overview(caller=sits(bank, by=issuer))
    with tenant_context(bank.tenant.id):
        looked = AuditEvent.objects.get(type="read_portal")
        opening = AuditEvent.objects.get(type="open_portal", object_id=looked.object_id)
        issued = AuditEvent.objects.get(type="issue_portal_link", object_id=opening.object_id)
    assert (issued.principal_id, issued.subject_id) == (issuer.principal.id, looked.subject_id)


def test_a_link_of_a_recipients_key_shows_no_words_before_the_code(bank: Organisation) -> None:
    """The words would be a disclosure to the recipient that is not accounted for."""
    say(bank, "alice", "I like tea")
    recipient = register_recipient(caller=bank.staff("ada"), name="Bureau", kind=RecipientKind.PROCESSOR).id
    bureau = bank.caller(key_text=bank.another_key())
    assert words(sits(bank, by=bureau)) == {"I like tea"}
    with tenant_context(bank.tenant.id):
        ApiKey.objects.filter(id=bureau.principal.id).update(recipient_id=recipient)
    found = overview(caller=sits(bank, by=bureau))
    assert (found.groups, found.words) == ((), False)


def test_who_read_it_is_told_by_kind_of_reader_and_never_by_name(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    for _ in range(2):
        recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    person = sits(bank)
    overview(caller=person)
    found = {readers.role: readers.reads for readers in who_read(caller=person)}
    assert found == {"api_key": 2, "subject": 1}
    assert who_read(caller=sits(bank, "bob")) == ()


def test_a_withdrawal_takes_effect_at_once(bank: Organisation) -> None:
    consents(bank)
    offered(bank, "I want a new car")
    person = sits(bank)
    assert [(one.purpose, one.granted) for one in own_choices(caller=person)] == [("offers", True)]
    ended = withdraw_own(caller=person, purpose="offers")
    assert ended.n_destroyed == 1
    assert [(one.purpose, one.granted) for one in own_choices(caller=person)] == [("offers", False)]
    assert words(person) == set()
    with pytest.raises(AccessRefused) as refused:
        withdraw_own(caller=person, purpose="offers")
    assert refused.value.reason is ReasonCode.DUPLICATE


def test_a_choice_is_open_where_the_link_does_not_show_how_it_stands(bank: Organisation) -> None:
    consents(bank)
    narrow = sits(bank, by=bank.caller(key_text=bank.another_key(purposes=["assistance"])))
    assert [(one.purpose, one.granted) for one in own_choices(caller=narrow)] == [("offers", None)]
    withdraw_own(caller=narrow, purpose="offers")
    assert [(one.purpose, one.granted) for one in own_choices(caller=sits(bank))] == [("offers", False)]


def test_one_objects_only_to_what_one_may_object_to(bank: Organisation) -> None:
    with pytest.raises(AccessRefused) as refused:
        object_own(caller=sits(bank), purpose="assistance")
    assert refused.value.reason is ReasonCode.NOT_OBJECTIONABLE


def test_a_correction_names_a_memory_that_the_sitting_shows(bank: Organisation) -> None:
    mine: UUID = say(bank, "alice", "I like tea").stored[0].id
    theirs: UUID = say(bank, "bob", "I like coffee").stored[0].id
    hidden: UUID = say(bank, "alice", ILLNESS).stored[0].id
    person = sits(bank)
    asked = ask(caller=person, form=uuid4(), kind=RequestKind.RECTIFICATION, memory_id=mine, correction="I like coffee")
    assert (asked.request.memory_id, asked.request.channel) == (mine, "portal")
    for memory_id in (theirs, hidden):
        with pytest.raises(NoSuchObject):
            ask(caller=person, form=uuid4(), kind=RequestKind.RECTIFICATION, memory_id=memory_id, correction="changed")
