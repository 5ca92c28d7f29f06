"""A clock that jumps is an alarm: the database's, against this machine's, against itself, and against the trail."""

from __future__ import annotations

import pytest

from governance.evidence import clock_check
from governance.evidence.clock_check import Look, check_clock, drift_of
from governance.evidence.trail_health import alarms
from governance.ids import NIL
from governance.models import AuditEvent
from governance.tenancy.tenant_context import tenant_context
from tests.support.cast import DATABASES

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = 1_800_000_000.0
BEFORE = Look(NOW - 60, 40.0)


@pytest.mark.parametrize(
    ("database", "here", "last", "head", "is_jump"),
    [
        (NOW, NOW, None, None, False),  # the first look ever
        (NOW, NOW, BEFORE, NOW - 1, False),
        (NOW, NOW + 4, BEFORE, NOW - 1, False),  # a little apart
        (NOW, NOW + 6, BEFORE, NOW - 1, True),  # behind this machine
        (NOW, NOW - 6, None, None, True),  # ahead of it
        (NOW - 3_600, NOW - 3_600, BEFORE, None, True),  # both set back at once
        (NOW + 3_600, NOW + 3_600, BEFORE, None, True),  # both set forward
        (NOW, NOW, None, NOW + 60, True),  # behind what was signed before this process began
        (NOW, NOW, None, NOW - 86_400, False),  # a quiet day is no jump
    ],
)
def test_what_is_a_jump(database: float, here: float, last: Look | None, head: float | None, is_jump: bool) -> None:
    assert drift_of(Look(database, 100.0), last, here=here, newest_head=head).is_jump is is_jump


def test_a_jump_is_on_the_record_and_an_even_clock_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_check, "_last", None)
    before = alarms()["clock_jumped"]
    assert not check_clock().is_jump
    assert not check_clock().is_jump
    assert alarms()["clock_jumped"] == before
    last = clock_check._last
    assert last is not None
    monkeypatch.setattr(clock_check, "_last", Look(last.database + 3_600, last.steady))
    assert check_clock().is_jump
    assert alarms()["clock_jumped"] >= max(before, 1)
    assert not check_clock().is_jump  # it goes on evenly from there


def test_the_alarm_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_check, "_last", Look(0.0, 0.0))
    check_clock()
    with tenant_context(NIL):
        found = AuditEvent.objects.filter(type="clock_jumped", job="alarm").order_by("-at").first()
    assert found is not None
    assert (found.principal_id, found.subject_id, found.object_id) == (NIL, None, None)
