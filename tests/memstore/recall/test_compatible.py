"""Reading for a purpose sees what is recorded as compatible with it: directed, not transitive, never from consent."""

from __future__ import annotations

import pytest

from governance.errors import InvalidChange
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import create_purpose, end_compatibility, record_compatibility
from governance.vocabulary import Article9Condition, Handling, LawfulBasis
from memstore.errors import MemoryNotFound
from memstore.recall.browse import browse
from memstore.recall.get import get, history
from memstore.recall.recall import recall
from tests.support.cast import DATABASES, Organisation, say
from tests.support.two_people import compatible

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
PLAIN = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)
CARE = PurposeTerms(
    LawfulBasis.CONTRACT,
    ceiling_days=30,
    special=Handling.ALLOW,
    article9_condition=Article9Condition.HEALTH_CARE,
    dpia_reference="DPIA-1",
)


@pytest.fixture
def keys(bank: Organisation) -> dict[str, str]:
    """A key for each of three purposes, each with a memory of alice."""
    found = {}
    for name, terms in {"support": CARE, "quality": PLAIN, "research": PLAIN}.items():
        create_purpose(caller=bank.staff("ada"), name=name, terms=terms)
        found[name] = bank.another_key(purposes=[name], default_purpose=name)
        say(bank, "alice", f"I told {name} about clocks", key_text=found[name])
    return found


def seen(bank: Organisation, key: str) -> set[str]:
    caller = bank.caller(key_text=key)
    recalled = {view.text for view in recall(caller=caller, query="clocks", filters={"user_id": "alice"}, threshold=0)}
    listed = {view.text for view in browse(caller=caller, filters={"user_id": "alice"}).memories}
    assert recalled == listed
    return {text.split()[2] for text in listed}


def test_what_is_recorded_is_read_and_nothing_in_the_other_direction(bank: Organisation, keys: dict[str, str]) -> None:
    assert {name: seen(bank, key) for name, key in keys.items()} == {name: {name} for name in keys}
    link = compatible(bank, "support", "quality")
    compatible(bank, "quality", "research")
    assert {name: seen(bank, key) for name, key in keys.items()} == {
        "support": {"support"},
        "quality": {"quality", "support"},
        "research": {"research", "quality"},  # not what quality may read for itself
    }
    end_compatibility(caller=bank.staff("dora"), compatibility_id=link)
    assert seen(bank, keys["quality"]) == {"quality"}


def test_special_categories_stay_with_their_purpose(bank: Organisation, keys: dict[str, str]) -> None:
    compatible(bank, "support", "quality")
    sick = say(bank, "alice", "I was diagnosed with diabetes", key_text=keys["support"]).stored[0].id
    told = say(bank, "alice", "I told support about tea", key_text=keys["support"]).stored[0].id
    caller = bank.caller(key_text=keys["quality"])
    listed = {view.text for view in browse(caller=caller, filters={"user_id": "alice"}).memories}
    assert listed == {"I told support about clocks", "I told quality about clocks", "I told support about tea"}
    named = bank.caller(key_text=keys["quality"], purpose="quality")
    assert get(caller=named, memory_id=told).text == "I told support about tea"
    assert len(history(caller=named, memory_id=told)) == 1
    with pytest.raises(MemoryNotFound):
        get(caller=named, memory_id=sick)


def test_consent_serves_no_other_purpose(bank: Organisation) -> None:
    with pytest.raises(InvalidChange) as refused:
        record_compatibility(caller=bank.staff("dora"), source="offers", target="assistance", reason="why not")
    assert refused.value.field == "from_purpose"
