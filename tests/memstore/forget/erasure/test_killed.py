"""A worker is killed with SIGKILL at each step of an erasure: the next one continues, and it ends once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connections

from governance.expiring_cache import clear_all
from governance.keyring.keys import person_keys
from governance.models import Certificate, Erasure, ErasureState, ErasureStep, ErasureStepDone, RightsRequest
from governance.tenancy.tenant_context import tenant_context
from memstore.forget.erasure.saga import resume_erasures
from memstore.forget.erasure.scan import traces
from memstore.models import Memory
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import approved, four_eyes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
WORKER = Path(__file__).with_name("killed_worker.py")
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def workers(django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    """A process that forks a worker for each line that it is told, and says how that one ended."""
    names = [str(connections[alias].settings_dict["NAME"]) for alias in DATABASES]
    environment = {"MEMSTORE_KEY_CACHE_SECONDS": "0", "MEMSTORE_DB_POOL": "0", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, WORKER, *names],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        yield running


@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("step", ErasureStep)
def test_killed_at_any_step_it_resumes_and_ends_once(
    bank: Organisation, settings: Settings, workers: subprocess.Popen[str], step: ErasureStep, moment: str
) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    four_eyes(bank)
    for n in range(3):
        say(bank, "alice", f"fact {n}")
    say(bank, "bob", "I like tea")
    request_id = approved(bank)
    with tenant_context(bank.tenant.id):
        erasure = Erasure.objects.get(request_id=request_id)
    killed(workers, erasure, step, moment)
    clear_all()
    if passed(step, moment):
        assert texts(bank, "alice") == []
    if (step, moment) != (ErasureStep.CERTIFY, "after"):  # then there is nothing left to do
        nobody_is_at_it(bank, erasure)
    resume_erasures()
    with tenant_context(bank.tenant.id):
        assert Erasure.objects.get(id=erasure.id).state == ErasureState.DONE
        assert RightsRequest.objects.get(id=request_id).state == "done"
        done = ErasureStepDone.objects.filter(erasure_id=erasure.id).order_by("at", "id").values_list("step", flat=True)
        assert list(done) == [one.value for one in ErasureStep]
        assert Certificate.objects.filter(erasure_id=erasure.id).count() == 1
        assert Memory.objects.count() == 1
    assert traces(bank.tenant.id, erasure.subject_id) == {}
    assert person_keys(tenant_id=bank.tenant.id, subject_id=erasure.subject_id) == []
    assert texts(bank, "alice") == []
    assert texts(bank, "bob") == ["I like tea"]


def passed(step: ErasureStep, moment: str) -> bool:
    """Return whether the tombstone was committed before the worker died."""
    return step is not ErasureStep.TOMBSTONE or moment == "after"


def killed(workers: subprocess.Popen[str], erasure: Erasure, step: ErasureStep, moment: str) -> None:
    assert workers.stdin is not None
    assert workers.stdout is not None
    workers.stdin.write(f"{step.value} {moment} {erasure.id} {erasure.tenant_id}\n")
    workers.stdin.flush()
    assert workers.stdout.readline() == f"{-signal.SIGKILL}\n"


def nobody_is_at_it(bank: Organisation, erasure: Erasure) -> None:
    """Let the dead worker's lease run out."""
    with tenant_context(bank.tenant.id):
        past = datetime.now(UTC) - timedelta(seconds=1)
        assert Erasure.objects.filter(id=erasure.id, state=ErasureState.RUNNING.value).update(lease_until=past) == 1
