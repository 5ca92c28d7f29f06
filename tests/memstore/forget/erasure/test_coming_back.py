"""A person who was erased comes back, to a process that still caches them, and is a new subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from governance.errors import AccessRefused
from governance.guard import facts
from governance.keyring import identities
from governance.subjects.subjects import find_subject
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.forget import forget_scope
from memstore.intake.embed import embedder
from memstore.recall.recall import recall
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights.choices import consent_history
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents, withdraws

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ALICE = ScopeIds(user_id="alice")


@pytest.fixture
def erased_elsewhere(bank: Organisation) -> Callable[[], None]:
    """Erase alice as another process would: what this one had in its caches stays there."""
    say(bank, "alice", "I like tea")

    def erase() -> None:
        caches = (identities._found, facts._facts)
        held = [cache.items() for cache in caches]
        forget_scope(caller=bank.caller(), scope=ALICE)
        for cache, items in zip(caches, held, strict=True):
            for key, value in items:
                cache.put(key, value)  # type: ignore[attr-defined]

    return erase


def speak(caller: Caller, text: str, *, infer: bool = False) -> None:
    remember(caller=caller, scope=ALICE, messages=[Message(role="user", content=text)], infer=infer)


@pytest.mark.parametrize("infer", [False, True])
def test_what_is_said_afterwards_is_kept(bank: Organisation, erased_elsewhere: Callable[[], None], infer: bool) -> None:
    before = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    erased_elsewhere()
    speak(bank.caller(), "I like coffee", infer=infer)
    now = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert before is not None
    assert now is not None
    assert now.id != before.id
    assert texts(bank, "alice") == ([] if infer else ["I like coffee"])


def test_what_was_decided_before_is_not_kept_for_somebody_new(
    bank: Organisation, erased_elsewhere: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure comes between the decision and the rows, while what was said is being embedded."""
    real, pending = embedder(), [erased_elsewhere]

    class Slow:
        model_id = real.model_id

        def embed(self, texts: list[str]) -> NDArray[np.float32]:
            if pending:
                pending.pop()()
            return real.embed(texts)

    monkeypatch.setattr("memstore.remember.remember.embedder", Slow)
    with pytest.raises(AccessRefused) as caught:
        speak(bank.caller(), "I like coffee")
    assert caught.value.reason is ReasonCode.SUBJECT_NOT_ACTIVE
    assert bank.refusals()[-1] == ("remember", "subject_not_active")
    assert texts(bank, "alice") == []


def test_the_new_memories_are_found_also_where_the_old_id_is_known_as_erased(
    bank: Organisation, erased_elsewhere: Callable[[], None]
) -> None:
    erased_elsewhere()
    stale = identities._found.items()
    assert texts(bank, "alice") == []  # from here on this process knows that whom it remembers was erased
    speak(bank.caller(), "I like coffee")
    for key, value in stale:
        identities._found.put(key, value)
    assert texts(bank, "alice") == ["I like coffee"]
    found = recall(caller=bank.caller(), query="coffee", filters={"user_id": "alice"}, threshold=0)
    assert [view.text for view in found] == ["I like coffee"]


def test_a_choice_is_the_new_persons(bank: Organisation, erased_elsewhere: Callable[[], None]) -> None:
    erased_elsewhere()
    consents(bank, "alice")
    [state], [event] = consent_history(caller=bank.caller(), scope=ALICE)
    assert (state.granted, event.action) == (True, "grant")
    withdraws(bank, "alice")
    assert [one.action for one in consent_history(caller=bank.caller(), scope=ALICE)[1]] == ["grant", "withdraw"]
