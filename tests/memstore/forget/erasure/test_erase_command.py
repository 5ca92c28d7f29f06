"""The command `memstore erase`: the plan, progress, a clear end, and an id that is in no list of processes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from governance.models import Certificate, Erasure, ErasureStep, RightsRequest
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Memory
from tests.memstore.forget.erasure.test_kept_by_law import held
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.erasing import approved, four_eyes

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture(autouse=True)
def _cold(settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0


def erase(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, *arguments: str, user_id: str = "alice"
) -> tuple[str, int]:
    """Return (what it printed, its exit code)."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{user_id}\n"))
    out = io.StringIO()
    try:
        call_command("erase", "--tenant", bank.tenant.slug, *arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


def test_a_dry_run_shows_the_plan_and_changes_nothing(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    say(bank, "alice", "I like tea")
    printed, code = erase(bank, monkeypatch, "--dry-run")
    assert code == 0
    assert "assistance: erase, 1 memory" in printed
    assert texts(bank, "alice") == ["I like tea"]
    with tenant_context(bank.tenant.id):
        assert RightsRequest.objects.count() == 0


def test_it_tells_each_step_and_ends_with_a_certificate(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    say(bank, "alice", "I like tea")
    printed, code = erase(bank, monkeypatch)
    assert code == 0
    assert printed.splitlines()[-1] == "erased; the certificate is with the request"
    told = [line.split() for line in printed.splitlines() if "/10 " in line]
    assert told == [[f"{n}/10", step.value] for n, step in enumerate(ErasureStep, 1)]
    with tenant_context(bank.tenant.id):
        assert Memory.objects.count() == 0
        assert Certificate.objects.count() == 1


def test_where_two_people_are_needed_it_says_so(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    printed, code = erase(bank, monkeypatch)
    assert code == 3
    assert "waits for a second person" in printed


def test_it_goes_on_with_an_approved_one_where_no_worker_runs(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    printed, code = erase(bank, monkeypatch, "--request", str(approved(bank)))
    assert (code, "erased" in printed) == (0, True)


def test_an_approval_that_does_not_match_its_rows_ends_with_what_to_do(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    four_eyes(bank)
    request_id = approved(bank)
    with tenant_context(bank.tenant.id):
        Erasure.objects.filter(request_id=request_id).update(approval_mac=bytes(32))
    printed, code = erase(bank, monkeypatch, "--request", str(request_id))
    assert (code, printed.splitlines()[-1].partition(":")[0]) == (1, "stopped")


def test_under_a_hold_it_shows_what_stays_and_why(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    say(bank, "alice", "I like tea")
    held(bank)
    printed, code = erase(bank, monkeypatch)
    assert code == 3
    assert "keeps 1 (17(3)(e))" in printed


@pytest.mark.parametrize("user_id", ["", "a/b"])
def test_an_id_that_is_none_is_refused(bank: Organisation, monkeypatch: pytest.MonkeyPatch, user_id: str) -> None:
    printed, code = erase(bank, monkeypatch, user_id=user_id)
    assert code == 1
    assert "user_id" in printed


def test_somebody_whom_we_never_met_ends_the_same_way(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, code = erase(bank, monkeypatch, user_id="nobody")
    assert (code, printed.splitlines()[-1]) == (0, "erased; the certificate is with the request")


def test_an_unknown_request_or_tenant_is_said_so(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such erasure" in erase(bank, monkeypatch, "--request", str(bank.tenant.id))[0]
    with pytest.raises(CommandError, match="no tenant"):
        call_command("erase", "--tenant", "nobody")
