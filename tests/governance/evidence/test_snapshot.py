"""Reading of a whole trail: fast on one that has just grown, and of one moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.utils import InternalError

from governance.evidence import bundle, verify_stored_trail
from governance.evidence.snapshot import snapshot
from governance.models import AuditEvent
from tests.governance.evidence.trail import happen, sealed
from tests.support.cast import DATABASES, Organisation

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.mark.parametrize(
    "statement", [verify_stored_trail._LEAVES.decode(), bundle._EVENTS.decode()], ids=["verify", "export"]
)
def test_no_leaf_scans_a_window_of_its_own(bank: Organisation, statement: str) -> None:
    """On statistics from before the trail grew, a nested loop made 60,000 events take minutes."""
    sealed(bank, 3)
    tenant = bank.tenant.id
    with snapshot(tenant), connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement, {"tenant": tenant, "low": 0, "high": 100})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "governance_auditevent" in plan
    assert "Nested Loop" not in plan


def test_what_happens_meanwhile_is_not_in_it(bank: Organisation) -> None:
    def meanwhile() -> None:
        happen(bank, 2)
        connections.close_all()

    with snapshot(bank.tenant.id):
        before = AuditEvent.objects.count()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result()
        assert AuditEvent.objects.count() == before


def test_nothing_can_be_written_in_it(bank: Organisation) -> None:
    with pytest.raises(InternalError, match="read-only"), snapshot(bank.tenant.id):
        AuditEvent.objects.create()
