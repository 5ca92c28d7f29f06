from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest

from governance.vocabulary import LawfulBasis
from memstore.records.card import HEAD, CardContent, OpenedCard, encode
from memstore.records.payload import Payload
from memstore.records.scope_ids import ScopeIds
from memstore.records.terms import terms

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CONTENT = CardContent(
    payload=Payload(text="I moved to Lisbon", speaker="Anna"),
    scope=ScopeIds(user_id="anna"),
    created_at=NOW,
    updated_at=NOW,
    said_at=None,
    expires_at=NOW,
    expires_on=None,
    position=3,
    model=1,
    lawful_basis=LawfulBasis.CONTRACT,
    context="to be nearer to the harbour, the harbour",
)
VECTOR = np.array([0.6, 0.8], np.float32)


def opened(content: CardContent) -> OpenedCard:
    return OpenedCard(uuid4(), 1, encode(content, VECTOR))


def test_card_gives_back_what_was_laid_out() -> None:
    card = opened(CONTENT)
    assert card.is_sound()
    assert card.vector == pytest.approx(VECTOR, abs=0.01)
    assert card.scope == CONTENT.scope
    assert card.view("I moved to Lisbon").speaker == "Anna"


def test_context_is_kept_as_different_terms_that_the_text_has_not() -> None:
    card = opened(replace(CONTENT, context="Lisbon harbour, nearer the harbour"))
    assert sorted(card.context.tolist()) == sorted(terms("nearer harbour").tolist())


def test_content_of_an_opened_card_lays_out_the_same_card() -> None:
    assert encode(opened(CONTENT).content(CONTENT.payload), opened(CONTENT).vector) == encode(CONTENT, VECTOR)


@pytest.mark.parametrize(("role", "by_person"), [("user", 1), ("assistant", 0), ("robot", 0)])
def test_card_says_whether_a_person_spoke(role: str, by_person: int) -> None:
    content = encode(replace(CONTENT, payload=replace(CONTENT.payload, role=role)), VECTOR)
    assert np.frombuffer(content, HEAD, 1)[0]["by_person"] == by_person
