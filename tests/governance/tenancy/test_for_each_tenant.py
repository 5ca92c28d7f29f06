"""Background jobs in every tenant: one that fails is logged and keeps no other waiting."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from api.web.logs import JsonFormatter
from governance.ids import NIL
from governance.tenancy.tenant_lookup import for_each_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

TENANTS = [uuid4(), uuid4(), uuid4()]


@pytest.fixture(autouse=True)
def _three_tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.tenancy.tenant_lookup.tenant_ids", lambda: TENANTS)


def fails_for(broken: UUID) -> Callable[[UUID], int]:
    def do(tenant_id: UUID) -> int:
        if tenant_id == broken:
            raise ValueError("what Alice said")
        return 7

    return do


@pytest.mark.parametrize("broken", TENANTS, ids=["first", "middle", "last"])
def test_a_tenant_that_fails_keeps_no_other_waiting(broken: UUID) -> None:
    assert for_each_tenant("a_job", fails_for(broken)) == {one: 7 for one in TENANTS if one != broken}


def test_the_failure_is_logged_with_the_job_and_the_tenant_and_without_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for_each_tenant("a_job", fails_for(TENANTS[1]))
    [record] = caplog.records
    assert (record.levelno, record.msg) == (logging.ERROR, "tenant_failed")
    assert vars(record)["fields"] == {"job": "a_job", "tenant": str(TENANTS[1])}
    assert "Alice" not in JsonFormatter().format(record)


def test_the_nil_tenant_is_visited_only_when_asked_for() -> None:
    assert list(for_each_tenant("a_job", str)) == TENANTS
    assert list(for_each_tenant("a_job", str, with_nil=True)) == [NIL, *TENANTS]
