"""Every exception has its status and code, and no answer says what only the log or the trail should hold."""

from __future__ import annotations

import psycopg
import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.db import Error as DatabaseFailure
from django.http import Http404
from psycopg_pool import PoolTimeout
from rest_framework import serializers

from api.web.errors import REFUSALS, STATUS_OF_REASON, TABLE, handle
from governance.errors import (
    AccessRefused,
    AnchorUnavailable,
    AuditUnavailable,
    FactsMoved,
    IdentityUnproved,
    InvalidChange,
    KeyUnavailable,
    LedgerRefuses,
    LedgerUnavailable,
    NoSuchObject,
    Unopenable,
    WrongRootKey,
)
from governance.guard import audit_event
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import ReasonCode
from memstore.errors import Busy, Conflict, ErasureHalted, InvalidInput, MemoryNotFound, ProviderError, TooMuch
from memstore.models import Job, Memory
from memstore.recall.filter.parse import UnscopedFilter, WildcardScope
from tests.support.asking import add, ask, listed
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

SECRET = "qz7canary"
RAISED: list[tuple[Exception, int, str]] = [
    (WildcardScope("filters.user_id", "names everybody"), 400, "wildcard_scope"),
    (UnscopedFilter("filters", "names nobody"), 400, "unscoped"),
    (InvalidInput("filters.a", "expected a text"), 400, "invalid_input"),
    (TooMuch("messages", "at most 10 characters"), 413, "payload_too_large"),
    (Busy(SECRET), 429, "busy"),
    (MemoryNotFound(SECRET), 404, "memory_not_found"),
    (Conflict("the memory was changed"), 409, "conflict"),
    (ErasureHalted("residue_found"), 500, "erasure_halted"),
    (ProviderError(SECRET, SECRET, permanent=True), 502, "provider_failed"),
    (KeyUnavailable(SECRET), 503, "key_unavailable"),
    (WrongRootKey(SECRET), 503, "wrong_root_key"),
    (IdentityUnproved(SECRET), 502, "identity_provider_failed"),
    (FactsMoved(SECRET), 409, "conflict"),
    (InvalidChange("days", "expected 1 or more"), 400, "invalid"),
    (NoSuchObject("hold"), 404, "not_found"),
    (AuditUnavailable(SECRET), 503, "audit_unavailable"),
    (AnchorUnavailable(SECRET), 503, "anchor_unavailable"),
    (LedgerUnavailable(SECRET), 503, "ledger_unavailable"),
    (LedgerRefuses(SECRET), 503, "ledger_refuses"),
    (Unopenable(SECRET), 500, "unopenable"),
    (RequestDataTooBig(SECRET), 413, "payload_too_large"),
    (Http404(SECRET), 404, "not_found"),
    (DatabaseError(SECRET), 503, "database_unavailable"),
    (DatabaseFailure(SECRET), 503, "database_unavailable"),
    (InterfaceError(SECRET), 503, "database_unavailable"),
    (psycopg.Error(SECRET), 503, "database_unavailable"),
    (PoolTimeout(SECRET), 503, "database_unavailable"),
    (OperationalError(SECRET), 503, "database_unavailable"),
    (IntegrityError(SECRET), 503, "database_unavailable"),
    (RuntimeError(SECRET), 500, "server_error"),
    (ValueError(SECRET), 500, "server_error"),
    (SuspiciousOperation(SECRET), 400, "bad_request"),
]


@pytest.mark.parametrize(("raised", "status", "code"), RAISED, ids=lambda value: type(value).__name__)
def test_an_exception_of_a_use_case_has_its_answer(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, code: str
) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr("api.mem0.memories.browse", fail)
    answer = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert body["detail"] == body["error"]
    assert body["request_id"] == answer["X-Request-ID"]
    assert SECRET not in answer.content.decode()
    assert body.get("field") == getattr(raised, "field", None)
    assert answer.headers.get("Retry-After") == ("1" if isinstance(raised, Busy) else None)


def test_every_exception_of_the_table_is_tried_above() -> None:
    assert {kind for kind, *_ in TABLE} <= {type(raised) for raised, *_ in RAISED}


@pytest.mark.parametrize("reason", [reason for reason in ReasonCode if reason is not ReasonCode.ALLOWED])
def test_every_reason_of_policy_has_its_answer(reason: ReasonCode) -> None:
    answer = handle(AccessRefused(reason), {})
    assert answer is not None
    assert answer.status_code == STATUS_OF_REASON.get(reason, 403)
    assert reason.value.encode() in answer.content


def test_every_worded_reason_is_one_of_policy() -> None:
    assert set(REFUSALS) <= set(ReasonCode)


@pytest.mark.parametrize(
    ("detail", "field", "problem"),
    [
        ({"query": ["too long"]}, "query", "too long"),
        ({"memories": {"[2]": {"text": ["expected a text"]}}}, "memories[2].text", "expected a text"),
        ({"memories": {2: {"text": ["expected a text"]}}}, "memories[2].text", "expected a text"),
        ({"fields_wanted": ["expected a list"]}, "fields", "expected a list"),
        ({"non_field_errors": ["expected an object"]}, "body", "expected an object"),
        ({"messages": {"non_field_errors": ["expected a list"]}}, "messages", "expected a list"),
        (["expected an object"], "body", "expected an object"),
    ],
)
def test_the_first_problem_is_told_with_the_path_of_its_field(detail: object, field: str, problem: str) -> None:
    answer = handle(serializers.ValidationError(detail), {})  # type: ignore[arg-type]  # as nested as it gets
    assert answer is not None
    assert f'"detail": "{field}: {problem}"'.encode() in answer.content


def test_when_the_record_cannot_be_written_nothing_is_done_or_shown(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_id = add(bank, "I like tea", user_id="alice")
    with monkeypatch.context() as broken:
        broken.setattr(audit_event, "_INSERT", "INSERT INTO no_such_table SELECT %s")
        for method, path, body in (
            ("POST", "/v3/memories/add/", {"messages": "more", "infer": False, "user_id": "alice"}),
            ("POST", "/v3/memories/search/", {"query": "tea", "user_id": "alice"}),
            ("POST", "/v3/memories/", {"filters": {"user_id": "alice"}}),
            ("POST", "/v3/memories/", {"filters": {"user_id": "*"}}),
            ("GET", f"/v1/memories/{memory_id}/", None),
            ("PUT", f"/v1/memories/{memory_id}/", {"text": "changed"}),
            ("DELETE", f"/v1/memories/{memory_id}/", None),
            ("DELETE", "/v1/memories/?user_id=alice", None),
            ("GET", "/v1/entities/", None),
            ("GET", "/v1/events/", None),
        ):
            answer = ask(bank, method, path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable"), path
            assert b"tea" not in answer.content
    assert listed(bank, user_id="alice") == ["I like tea"]
    with tenant_context(bank.tenant.id):
        assert (Memory.objects.get().version, Job.objects.count()) == (1, 1)
