"""One damaged row costs one memory: everything else of the person is found, and the damage is recorded."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.db import connections

from governance.errors import KeyDamaged, Unopenable
from governance.expiring_cache import clear_all
from governance.ids import NIL
from governance.keyring.sealing import Field, Sealer, pad
from governance.models import Tenant
from governance.subjects.subjects import find_subject, subject_sealer
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, SubjectKind
from memstore.forget.sweep import sweep
from memstore.models import Card, Memory, MemoryVersion
from memstore.oversight.inspection import inspect
from memstore.recall.browse import browse
from memstore.recall.entity_list import entities
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from memstore.records.card import BUCKET, HEAD, PREFIX, tail_start
from memstore.records.redate import redate
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.call_events import event
from memstore.remember.remember import remember
from memstore.remember.revise import Revision, revise
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
TEXTS = ("I like green tea", "My cat is called Tea", "Tea is served at five")


def three(bank: Organisation) -> list[UUID]:
    said = [Message(role="user", content=text) for text in TEXTS]
    done = remember(
        caller=bank.caller(), scope=ScopeIds(user_id="alice"), messages=said, infer=False, metadata={"channel": "chat"}
    )
    return [fact.id for fact in done.stored]


def damage(model: type[Card | MemoryVersion], bank: Organisation, victim: UUID, change: Callable[..., bytes]) -> None:
    """Replace the victim's sealed value by what `change` makes of it and of another memory's."""
    with tenant_context(bank.tenant.id):
        other = bytes(model.objects.exclude(memory_id=victim)[0].sealed)
        row = model.objects.get(memory_id=victim)
        model.objects.filter(memory_id=victim).update(sealed=change(bytes(row.sealed), other))
    clear_all()


def sealer(bank: Organisation) -> Sealer:
    subject = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert subject is not None
    return subject_sealer(bank.tenant.id, subject, bank.assistance.purpose_id)


def damages(bank: Organisation) -> list[UUID | None]:
    return [one.object_id for one in bank.events() if one.type == Action.DAMAGE_FOUND]


def found(bank: Organisation, **more: object) -> set[str]:
    filters = {"user_id": "alice", **more}
    listed = {view.text for view in browse(caller=bank.caller(), filters=filters).memories}
    for top_k in (10, 1):
        ranked = recall(caller=bank.caller(), query="tea", filters=filters, threshold=0, top_k=top_k)
        assert {view.text for view in ranked} <= listed
        assert len(ranked) == min(top_k, len(listed))
    return listed


AT_REST: dict[str, Callable[[bytes, bytes], bytes]] = {
    "cut off": lambda sealed, _: sealed[: len(sealed) // 2],
    "cut to its header": lambda sealed, _: sealed[:11],
    "cut to nothing": lambda _sealed, _: b"",
    "one bit": lambda sealed, _: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "another version of the format": lambda sealed, _: b"ms\x09" + sealed[3:],
    "another memory's": lambda _, other: other,
    "noise": lambda sealed, _: bytes(len(sealed)),
}


@pytest.mark.parametrize("model", [Card, MemoryVersion])
@pytest.mark.parametrize("change", AT_REST.values(), ids=AT_REST.keys())
def test_a_row_that_does_not_open_hides_no_other(
    bank: Organisation, model: type[Card | MemoryVersion], change: Callable[[bytes, bytes], bytes]
) -> None:
    victim, *others = three(bank)
    damage(model, bank, victim, change)
    assert found(bank) == set(TEXTS[1:])
    assert found(bank, text="tea") == set(TEXTS[1:])
    assert found(bank, metadata={"channel": "chat"}) == set(TEXTS[1:])
    assert [get(caller=bank.caller(), memory_id=one).text for one in others] == list(TEXTS[1:])
    assert all(history(caller=bank.caller(), memory_id=one) for one in others)
    with pytest.raises(Unopenable):
        get(caller=bank.caller(), memory_id=victim)
    assert damages(bank) == [victim]  # once, however often it is come across


CARDS: dict[str, tuple[str, object]] = {
    "unknown format": ("format", 9),
    "unknown basis": ("basis", 250),
    "unknown class": ("data_class", 99),
    "longer vector than there is": ("dimensions", 60_000),
    "more terms than there are": ("n_terms", 60_000),
    "more context than there is": ("n_context", 60_000),
    "no scale": ("scale", np.nan),
    "endless scale": ("scale", np.inf),
    "no time": ("created_at", np.nan),
    "endless time": ("updated_at", np.inf),
    "year 30,000,000": ("said_at", 1e15),
}


@pytest.mark.parametrize(("name", "value"), CARDS.values(), ids=CARDS.keys())
def test_a_card_that_opens_and_holds_nonsense_hides_no_other(bank: Organisation, name: str, value: object) -> None:
    victim = three(bank)[0]

    def rewritten(sealed: bytes, _: bytes) -> bytes:
        content = bytearray(sealer(bank).unseal(Field.CARD, victim, 1, sealed))
        np.frombuffer(content, HEAD, 1, PREFIX)[name] = value
        return sealer(bank).seal(Field.CARD, victim, 1, bytes(content))

    damage(Card, bank, victim, rewritten)
    assert found(bank) == set(TEXTS[1:])
    assert damages(bank) == [victim]
    with pytest.raises(Unopenable):
        get(caller=bank.caller(), memory_id=victim)


@pytest.mark.parametrize("content", [b"", b"short", b"{}" * 200])
def test_a_card_of_another_size_hides_no_other(bank: Organisation, content: bytes) -> None:
    victim = three(bank)[0]
    damage(Card, bank, victim, lambda *_: sealer(bank).seal(Field.CARD, victim, 1, content))
    assert found(bank) == set(TEXTS[1:])
    assert damages(bank) == [victim]


TAILS = [
    b"no json",
    b"[]",
    b"{}",
    b'{"ids":["alice"],"role":"user","speaker":null,"categories":[],"metadata":{},"expires_on":null}',
    b'{"ids":["alice",null,null,7],"role":"user","speaker":null,"categories":[],"metadata":{},"expires_on":null}',
    b'{"ids":["alice",null,null,null],"role":"user","speaker":null,"categories":[],"metadata":7,"expires_on":null}',
    b'{"ids":["alice",null,null,null],"role":"user","speaker":null,"categories":7,"metadata":{},"expires_on":null}',
    b'{"ids":["alice",null,null,null],"role":"user","speaker":null,"categories":[],"metadata":{},"expires_on":"2"}',
]


@pytest.mark.parametrize("tail", TAILS)
def test_a_card_whose_end_cannot_be_read_hides_no_other(bank: Organisation, tail: bytes) -> None:
    victim = three(bank)[0]

    def rewritten(sealed: bytes, _: bytes) -> bytes:
        content = sealer(bank).unseal(Field.CARD, victim, 1, sealed)[PREFIX:]
        head = np.frombuffer(content, HEAD, 1)[0]
        return sealer(bank).seal(Field.CARD, victim, 1, pad(content[: tail_start(head)] + tail, BUCKET))

    damage(Card, bank, victim, rewritten)
    assert found(bank) == set(TEXTS[1:])
    assert found(bank, metadata={"channel": "chat"}) == set(TEXTS[1:])
    assert damages(bank) == [victim]


@pytest.mark.parametrize(
    "said", [None, [], {}, {"text": None}, {"text": "x", "unheard": 1}, {"text": "x", "metadata": []}], ids=repr
)
def test_a_text_that_opens_and_holds_nonsense_hides_no_other(bank: Organisation, said: object) -> None:
    victim = three(bank)[0]
    if isinstance(said, dict) and said:
        said = {"categories": [], "role": "user", **said}
    content = pad(json.dumps(said).encode(), 128)
    damage(MemoryVersion, bank, victim, lambda *_: sealer(bank).seal(Field.TEXT, victim, 1, content))
    assert found(bank) == set(TEXTS[1:])
    assert damages(bank) == [victim]


def test_many_damaged_texts_hide_none_that_is_whole(bank: Organisation) -> None:
    for number in range(30):
        say(bank, "alice", f"Tea number {number}")
    with tenant_context(bank.tenant.id):
        MemoryVersion.objects.all().update(sealed=b"ms")
    say(bank, "alice", "A lone cup of tea")
    assert found(bank) == {"A lone cup of tea"}
    assert len(damages(bank)) == 30


def test_a_wording_of_before_that_is_damaged_is_left_out_of_the_history(bank: Organisation) -> None:
    victim = three(bank)[0]
    revise(caller=bank.caller(), revisions=[Revision(victim, text="I like black tea")])
    with tenant_context(bank.tenant.id):
        MemoryVersion.objects.filter(memory_id=victim, version=1).update(sealed=b"")
    assert [(one.version, one.before) for one in history(caller=bank.caller(), memory_id=victim)] == [(2, None)]
    assert damages(bank) == [victim]


def test_what_became_of_a_call_is_told_without_the_damaged_one(bank: Organisation) -> None:
    victim, second, third = three(bank)
    damage(MemoryVersion, bank, victim, lambda *_: b"")
    with tenant_context(bank.tenant.id):
        job_id = Memory.objects.values_list("job_id", flat=True).get(id=victim)
    assert job_id is not None
    assert {one.id for one in event(caller=bank.caller(), event_id=job_id).stored} == {second, third}


def test_people_at_work_see_the_others_and_that_this_one_has_no_words(bank: Organisation) -> None:
    victim = three(bank)[0]
    damage(MemoryVersion, bank, victim, lambda *_: b"")
    subject = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert subject is not None
    shown, total = inspect(caller=bank.staff("dora"), subject_id=subject.id)
    assert (total, {one.id for one in shown if one.text is None}) == (3, {victim})
    assert damages(bank) == [victim]


def test_a_damaged_identity_hides_nobody_else_and_no_memory(bank: Organisation) -> None:
    three(bank)
    say(bank, "bob", "I like milk")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    with tenant_context(bank.tenant.id, using="keys"), connections["keys"].cursor() as cursor:
        cursor.execute("UPDATE keyring_identity SET sealed = 'x' WHERE id = %s", [alice.id])
    assert [one.name for one in entities(caller=bank.caller()).entities] == ["bob"]
    assert found(bank) == set(TEXTS)
    assert damages(bank) == [alice.id]


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(60)])
def test_a_damaged_key_costs_what_it_sealed_and_nothing_of_another_purpose(bank: Organisation, wrapped: bytes) -> None:
    three(bank)
    with tenant_context(bank.tenant.id, using="keys"), connections["keys"].cursor() as cursor:
        cursor.execute(
            "UPDATE keyring_datakey SET wrapped = %s WHERE tenant_id = %s AND use = 'purpose' RETURNING id",
            [wrapped, bank.tenant.id],
        )
        [(key_id,)] = cursor.fetchall()
    clear_all()
    assert found(bank) == set()
    assert damages(bank) == [key_id]
    say(bank, "bob", "I like milk")
    assert recall(caller=bank.caller(), query="milk", filters={"user_id": "bob"})
    with pytest.raises(KeyDamaged):
        say(bank, "alice", "Nothing can be added to it")


def test_dates_are_computed_anew_though_a_card_is_damaged(bank: Organisation) -> None:
    victim = three(bank)[0]
    damage(Card, bank, victim, lambda *_: b"")
    with tenant_context(bank.tenant.id):
        Memory.objects.update(expires_at=Memory.objects.get(id=victim).created_at + timedelta(days=1))
        Tenant.objects.filter(id=bank.tenant.id).update(retention_cursor=NIL)
    assert redate(bank.tenant.id) == 3
    assert damages(bank) == [victim]
    assert sweep(bank.tenant.id) is not None


def test_a_second_look_within_a_day_adds_no_second_alarm(bank: Organisation) -> None:
    victim, second, _ = three(bank)
    damage(MemoryVersion, bank, victim, lambda *_: b"")
    for _ in range(3):
        found(bank)
    assert damages(bank) == [victim]
    damage(MemoryVersion, bank, second, lambda *_: b"")
    found(bank)
    assert damages(bank) == [victim, second]
