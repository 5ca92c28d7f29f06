"""Others add and search while the person is erased: no survivor, and never an error. Over HTTP: `e2e/test_erasing`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from governance.errors import AccessRefused
from governance.expiring_cache import clear_all
from governance.models import ErasureStep, Subject
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode, SubjectKind
from memstore.forget.erasure.scan import traces
from memstore.models import Memory
from memstore.recall.recall import recall
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import approved, four_eyes, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ADDERS, ADDS, SEARCHERS = 20, 5, 4


class Crowd:
    """Threads that repeat what they do until they are stopped, and the outcome."""

    def __init__(self, bank: Organisation) -> None:
        self.bank = bank
        self.outcomes: list[str] = []
        self.seen: list[set[str]] = []
        self.failures: list[BaseException] = []
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []

    def add(self, number: int) -> None:
        for turn in range(ADDS):
            try:
                say(self.bank, "alice", f"during {number} {turn}")
                self.outcomes.append("stored")
            except AccessRefused as refused:
                self.outcomes.append(refused.reason.value)

    def search(self) -> None:
        while not self.over.is_set():
            try:
                asked = {"query": "fact", "filters": {"user_id": "alice"}, "top_k": 500, "threshold": 0}
                self.seen.append({view.text for view in recall(caller=self.bank.caller(), **asked)})  # type: ignore[arg-type]
            except AccessRefused as refused:  # in handling, and nothing destroyed yet: restricted
                if refused.reason is not ReasonCode.SUBJECT_NOT_ACTIVE:
                    raise

    def begin(self, work_: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=[work_])
        self.threads.append(thread)
        thread.start()
        return thread

    def _guarded(self, work_: Callable[[], None]) -> None:
        try:
            work_()
        except BaseException as failure:  # noqa: BLE001 - told to the test, which fails by it
            self.failures.append(failure)
        finally:
            connections.close_all()


def test_adds_and_searches_beside_an_erasure_leave_no_survivor(bank: Organisation, settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    four_eyes(bank)
    before = {f"before {n}" for n in range(20)}
    for text in sorted(before):
        say(bank, "alice", text)
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    crowd = Crowd(bank)
    for _ in range(SEARCHERS):
        crowd.begin(crowd.search)
    adding = [crowd.begin(lambda n=n: crowd.add(n)) for n in range(ADDERS)]  # type: ignore[misc]
    request_id = approved(bank)
    work(bank, request_id, until=ErasureStep.DELETE)
    for thread in adding:
        thread.join()
    work(bank, request_id)
    crowd.over.set()
    for thread in crowd.threads:
        thread.join()
    assert crowd.failures == []
    assert len(crowd.outcomes) == ADDERS * ADDS
    assert set(crowd.outcomes) <= {"stored", "subject_not_active"}
    assert all(text in before or text.startswith("during") for found in crowd.seen for text in found)
    clear_all()
    assert texts(bank, "alice") == []
    assert traces(bank.tenant.id, alice.id) == {}
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0
        assert Subject.objects.get(id=alice.id).state == "erased"
