"""Copies: the content of each part, who gets one, and that nothing of another person or of this one is left behind."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import tempfile
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from governance.access.recipients import register_recipient
from governance.accountability.disclosures import record_disclosure
from governance.errors import AccessRefused, FactsMoved, NoSuchObject
from governance.keyring.signing import public_keys
from governance.models import CopyLink, Disclosed, Ground, RecipientKind, RequestKind, Verification
from governance.processing.restrictions import restrict
from governance.rights.handling import refuse_item
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, ReasonCode, SubjectKind
from memstore.forget.forget import forget_scope
from memstore.models import Job, MemoryVersion
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.learn import learn
from memstore.remember.remember import remember
from memstore.rights.copies.hand_out import hand_out_copy, link_copy, make_copy, outline_copy, withhold
from memstore.rights.copies.members import plain
from memstore.rights.fulfil import fulfil_request
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents
from tests.support.erasing import asks
from tests.support.refusing import refused

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
HOSTILE = '<script>alert(1)</script> \u202egnp.exe \x1b[31mred\x1b[0m =cmd|"/c calc"!A1 ' + "w" * 300


def access(bank: Organisation, user_id: str = "alice", kind: RequestKind = RequestKind.ACCESS) -> UUID:
    request_id = asks(bank, user_id, kind).request.id
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.IN_PERSON)
    return request_id


def copy_of(bank: Organisation, request_id: UUID) -> dict[str, bytes]:
    """Return the members of the ZIP, by name."""
    return opened(b"".join(make_copy(caller=bank.staff("dora"), request_id=request_id).chunks))


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        return {name: bundle.read(name) for name in bundle.namelist()}


def lines(member: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in member.splitlines()]


def test_everything_of_the_person_is_in_it_and_nothing_of_another(bank: Organisation, outsider: Organisation) -> None:
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    say(bank, "bob", "bob collects clocks")
    say(outsider, "alice", "another alice")
    members = copy_of(bank, access(bank))
    assert list(members) == [
        "README.txt",
        "index.html",
        "memories.jsonl",
        "memories.csv",
        "conversations.jsonl",
        "processing.json",
        "portable.json",
        "manifest.json",
    ]
    assert [(item["text"], item["purpose"], item["lawful_basis"]) for item in lines(members["memories.jsonl"])] == [
        ("I like tea", "assistance", "contract"),
        ("I want offers", "offers", "consent"),
    ]
    assert [item["text"] for item in json.loads(members["portable.json"])["memories"]] == [
        "I like tea",
        "I want offers",
    ]
    everything = b"".join(members.values())
    for foreign in (b"clocks", b"bob", b"another alice"):
        assert foreign not in everything
    page = members["index.html"].decode()
    assert "I like tea" in page
    assert "it is needed for your contract" in page


def test_what_was_said_and_not_learned_yet_is_in_it(bank: Organisation) -> None:
    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My flat is on the third floor.")],
    )
    [conversation] = lines(copy_of(bank, access(bank))["conversations.jsonl"])
    assert conversation["messages"] == [{"role": "user", "name": None, "text": "My flat is on the third floor."}]


def test_it_says_who_was_told_and_who_looked_without_names_of_staff(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    recipient = register_recipient(caller=bank.staff("ada"), name="Health Office", kind=RecipientKind.AUTHORITY).id
    record_disclosure(
        caller=bank.staff("dora"),
        recipient_id=recipient,
        subject=alice.id,
        at=datetime.now(UTC),
        description=Disclosed.SUMMARY,
        purpose="assistance",
    )
    about = json.loads(copy_of(bank, access(bank))["processing.json"])
    assert [(one["name"], one["what"]) for one in about["recipients"]] == [("Health Office", ["summary"])]
    assert {one["by"] for one in about["consultations"]} <= {"the assistant", "a member of staff"}
    for name in ("dora", "dov", "rita"):
        assert name not in json.dumps(about)


def test_contact_data_of_others_is_taken_out_and_ones_own_is_not(bank: Organisation) -> None:
    say(bank, "alice", "My e-mail is alice@example.com")
    other = say(bank, "alice", "My sister Berta has the e-mail berta@example.com").stored[0].id
    request_id = access(bank)
    shown = [item["text"] for item in lines(copy_of(bank, request_id)["memories.jsonl"])]
    assert shown == [
        "My e-mail is alice@example.com",
        "My sister Berta has the e-mail [redacted: e-mail address of another person, Art. 15(4)]",
    ]
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=other, ground=Ground.SHOWN_IN_FULL)
    assert "berta@example.com" in copy_of(bank, request_id)["memories.jsonl"].decode()
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=other, ground=Ground.RIGHTS_OF_OTHERS)
    members = copy_of(bank, request_id)
    assert b"Berta" not in b"".join(members.values())
    assert "rights of somebody else" in members["index.html"].decode()
    assert json.loads(members["manifest.json"])["withheld"] == 1


def test_what_reaches_others_is_taken_out_of_metadata_and_of_conversations_too(bank: Organisation) -> None:
    said = "My brother Carl lives in Porto, carl@example.com"
    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content=said)],
        infer=False,
        metadata={"contact": ["carl@example.com"], "carl@example.com": 1},
    )
    remember(caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=[Message(role="user", content=said)])
    members = copy_of(bank, access(bank))
    assert b"carl@example.com" not in b"".join(members.values())
    assert b"Carl lives in Porto" in members["memories.jsonl"]


def test_ones_own_number_beside_the_word_of_a_profession_stays(bank: Organisation) -> None:
    say(bank, "alice", "I am a doctor, write to alice@example.com")
    assert b"alice@example.com" in copy_of(bank, access(bank))["memories.jsonl"]


def test_a_withheld_memory_shows_nothing_of_what_it_says(bank: Organisation) -> None:
    memory = say(bank, "alice", "My sister has diabetes").stored[0].id
    request_id = access(bank)
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=memory, ground=Ground.RIGHTS_OF_OTHERS)
    [item] = lines(copy_of(bank, request_id)["memories.jsonl"])
    assert (item["text"], item["found"], item["categories"], item["metadata"], item["earlier"]) == (
        None,
        [],
        [],
        {},
        [],
    )


def test_one_damaged_memory_does_not_keep_the_others_back(bank: Organisation) -> None:
    damaged = say(bank, "alice", "I like tea").stored[0].id
    say(bank, "alice", "I live in Porto")
    with tenant_context(bank.tenant.id):
        MemoryVersion.objects.filter(memory_id=damaged).update(sealed=b"damaged")
    members = copy_of(bank, access(bank))
    shown = [(item["text"], item["withheld"]) for item in lines(members["memories.jsonl"])]
    assert shown == [(None, "unreadable"), ("I live in Porto", "")]
    assert "cannot be opened" in members["index.html"].decode()


def test_what_is_restricted_or_objected_to_is_shown_and_marked(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    restrict(caller=bank.staff("dora"), subject=alice)
    members = copy_of(bank, access(bank))
    assert [item["marks"] for item in lines(members["memories.jsonl"])] == [["restriction"]]
    assert "its use is restricted" in members["index.html"].decode()


def test_what_the_assistant_said_is_nothing_that_the_person_provided(bank: Organisation) -> None:
    messages = [
        Message(role="user", content="I like tea"),
        Message(role="assistant", content="You may like green tea"),
    ]
    remember(caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=messages, infer=False)
    members = copy_of(bank, access(bank))
    assert len(lines(members["memories.jsonl"])) == 2
    assert [one["text"] for one in json.loads(members["portable.json"])["memories"]] == ["I like tea"]


def test_a_link_works_after_the_request_was_closed_as_done(bank: Organisation) -> None:
    request_id = access(bank)
    link = link_copy(caller=bank.staff("dora"), request_id=request_id)
    fulfil_request(caller=bank.staff("dora"), request_id=request_id)
    assert b"".join(hand_out_copy(token=link.token).chunks)


def test_only_memories_of_who_asks_can_be_withheld(bank: Organisation) -> None:
    bobs = say(bank, "bob", "I like tea").stored[0].id
    request_id = access(bank)
    with pytest.raises(NoSuchObject):
        withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=bobs, ground=Ground.RIGHTS_OF_OTHERS)


class Page(HTMLParser):
    """The tags of a page, and what would be fetched or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_page(content: bytes) -> Page:
    page = Page()
    page.feed(content.decode())
    return page


def test_what_people_said_is_inert_on_the_page_and_in_the_table(bank: Organisation) -> None:
    say(bank, "alice", HOSTILE)
    say(bank, "alice", "=1+1")
    members = copy_of(bank, access(bank))
    page = read_page(members["index.html"])
    assert "script" not in page.tags
    assert all(link.startswith("#") for link in page.links)
    shown = "".join(page.text)
    assert "<script>alert(1)</script>" in shown
    for bad in ("\x1b", "\u202e"):
        assert bad not in shown
    rows = list(csv.reader(io.StringIO(members["memories.csv"].decode())))
    assert [row[1] for row in rows[1:]] == [plain(HOSTILE), "'=1+1"]
    [hostile, _] = lines(members["memories.jsonl"])
    assert hostile["text"] == HOSTILE  # for machines it is what it is


@given(st.text(max_size=200))
def test_any_text_is_shown_and_nothing_more(text: str) -> None:
    seen = plain(text)
    assert "\x1b" not in seen
    assert not set(seen) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert html.unescape(html.escape(seen)) == seen


def test_the_manifest_lists_every_file_and_is_signed(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    members = copy_of(bank, access(bank))
    manifest = json.loads(members["manifest.json"])
    assert set(manifest["files"]) == set(members) - {"manifest.json"}
    for name, listed in manifest["files"].items():
        assert listed == {"sha256": hashlib.sha256(members[name]).hexdigest(), "size": len(members[name])}
    signature, public = bytes.fromhex(manifest.pop("signature")), manifest.pop("public_key")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, rfc8785.dumps(manifest))
    assert public in {key.public for key in public_keys(bank.tenant.id) if key.use == "manifest"}


def test_the_event_with_its_memories_comes_before_the_first_byte(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    copy = make_copy(caller=bank.staff("dora"), request_id=access(bank))
    event = bank.events()[-1]
    assert (event.type, event.n_items, event.reason) == ("make_copy", 1, "allowed")
    assert memory.bytes in bytes(event.items or b"")
    assert b"".join(copy.chunks)


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay"])
def test_nobody_else_makes_a_copy_or_a_link(bank: Organisation, who: str) -> None:
    request_id = access(bank)
    for action, call in ((Action.MAKE_COPY, make_copy), (Action.LINK_COPY, link_copy)):
        with refused(bank, action, ReasonCode.CAPABILITY_MISSING):
            call(caller=bank.staff(who), request_id=request_id)


def test_without_a_second_factor_there_is_no_copy(bank: Organisation) -> None:
    request_id = access(bank)
    with refused(bank, Action.MAKE_COPY, ReasonCode.STEP_UP_NEEDED):
        make_copy(caller=bank.staff("dora", stepped_up=False), request_id=request_id)


def test_before_it_is_known_who_asks_there_is_no_copy(bank: Organisation) -> None:
    request_id = asks(bank, kind=RequestKind.ACCESS).request.id
    with refused(bank, Action.MAKE_COPY, ReasonCode.IDENTITY_UNVERIFIED):
        make_copy(caller=bank.staff("dora"), request_id=request_id)


def test_of_another_kind_or_tenant_there_is_no_copy(bank: Organisation, outsider: Organisation) -> None:
    request_id = access(bank)
    with refused(outsider, Action.MAKE_COPY, ReasonCode.NOT_FOUND):
        make_copy(caller=outsider.staff("dora"), request_id=request_id)
    other = asks(bank, kind=RequestKind.RESTRICTION).request.id
    with refused(bank, Action.MAKE_COPY, ReasonCode.NOT_FOUND):
        make_copy(caller=bank.staff("dora"), request_id=other)


def test_a_link_hands_out_one_copy_once(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    link = link_copy(caller=bank.staff("dora"), request_id=access(bank))
    assert b"I like tea" in opened(b"".join(hand_out_copy(token=link.token).chunks))["memories.jsonl"]
    with refused(bank, Action.HAND_OUT_COPY, ReasonCode.LINK_UNKNOWN):
        hand_out_copy(token=link.token)


def test_of_two_at_once_one_gets_it(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    link = link_copy(caller=bank.staff("dora"), request_id=access(bank))
    outcomes: list[str] = []

    def fetch() -> None:
        try:
            outcomes.append("copy" if b"".join(hand_out_copy(token=link.token).chunks) else "empty")
        except AccessRefused as refusal:
            outcomes.append(refusal.reason.value)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["copy", "link_unknown", "link_unknown", "link_unknown"]


@pytest.mark.parametrize("what", ["forged", "expired", "unknown", "other tenant", "nonsense"])
def test_every_link_that_is_not_right_is_answered_the_same(
    bank: Organisation, outsider: Organisation, what: str
) -> None:
    link = link_copy(caller=bank.staff("dora"), request_id=access(bank))
    tenant, link_id, code = link.token.split(".")
    token = {
        "forged": f"{tenant}.{link_id}.{'x' * len(code)}",
        "expired": link.token,
        "unknown": f"{tenant}.{bank.tenant.id}.{code}",
        "other tenant": f"{outsider.tenant.id}.{link_id}.{code}",
        "nonsense": "nonsense",
    }[what]
    if what == "expired":
        with tenant_context(bank.tenant.id):
            CopyLink.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(AccessRefused) as caught:
        hand_out_copy(token=token)
    assert caught.value.reason is ReasonCode.LINK_UNKNOWN


def test_an_erased_person_has_no_copy_and_a_running_one_stops(bank: Organisation) -> None:
    for n in range(3):
        say(bank, "alice", f"fact {n}")
    request_id = access(bank)
    link = link_copy(caller=bank.staff("dora"), request_id=request_id)
    running = make_copy(caller=bank.staff("dora"), request_id=request_id).chunks
    next(running)
    forget_scope(caller=bank.caller(), scope=ScopeIds(user_id="alice"))
    with pytest.raises(FactsMoved):
        b"".join(running)
    with pytest.raises(AccessRefused, match="request_not_open"):
        make_copy(caller=bank.staff("dora"), request_id=request_id)
    with pytest.raises(AccessRefused, match="link_unknown"):
        hand_out_copy(token=link.token)


def test_nothing_of_a_copy_is_left_on_a_disk(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    say(bank, "alice", "I like tea")
    copy_of(bank, access(bank))
    assert list(tmp_path.iterdir()) == []


def test_an_outline_shows_numbers_only(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    shown = outline_copy(caller=bank.staff("dora"), request_id=access(bank))
    assert (shown.memories, shown.conversations, shown.withheld) == (1, 0, 0)


def test_the_command_takes_a_link_and_writes_for_its_owner_only(
    bank: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    link, out = link_copy(caller=bank.staff("dora"), request_id=access(bank)), io.StringIO()
    path = tmp_path / "copy.zip"
    call_command("export", "--out", str(path), "--dry-run", stdout=out)
    assert not path.exists()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{link.token}\n"))
    call_command("export", "--out", str(path), stdout=out)
    assert "the link is used up" in out.getvalue()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "index.html" in opened(path.read_bytes())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{link.token}\n"))
    with pytest.raises(CommandError, match="link_unknown"):
        call_command("export", "--out", str(tmp_path / "second.zip"))


def test_a_withheld_memory_is_not_told_by_the_conversation_that_it_came_from(bank: Organisation) -> None:
    remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My sister has diabetes.")],
    )
    with tenant_context(bank.tenant.id):
        job_id = Job.objects.get(kind="ADD").id
    learn(job_id=job_id, tenant_id=bank.tenant.id)
    with tenant_context(bank.tenant.id):
        memory_id = MemoryVersion.objects.get(source_id__isnull=False).memory_id
    request_id = access(bank)
    assert b"diabetes" in copy_of(bank, request_id)["conversations.jsonl"]
    withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=memory_id, ground=Ground.RIGHTS_OF_OTHERS)
    assert b"diabetes" not in b"".join(copy_of(bank, request_id).values())


def test_a_refused_purpose_is_left_out_with_its_ground(bank: Organisation) -> None:
    consents(bank)
    say(bank, "alice", "I like tea")
    say(bank, "alice", "I want offers", key_text=bank.another_key(default_purpose="offers"))
    request_id = access(bank)
    refuse_item(caller=bank.staff("dora"), request_id=request_id, ground=Ground.RIGHTS_OF_OTHERS, purpose="offers")
    members = copy_of(bank, request_id)
    assert [(item["text"], item["withheld"]) for item in lines(members["memories.jsonl"])] == [
        ("I like tea", ""),
        (None, "15(4)"),
    ]
    assert b"I want offers" not in b"".join(members.values())


def test_nothing_is_withheld_of_a_request_that_asks_for_no_copy(bank: Organisation) -> None:
    memory = say(bank, "alice", "I like tea").stored[0].id
    request_id = asks(bank, "alice", RequestKind.RESTRICTION).request.id
    with pytest.raises(NoSuchObject):
        withhold(caller=bank.staff("dora"), request_id=request_id, memory_id=memory, ground=Ground.RIGHTS_OF_OTHERS)
