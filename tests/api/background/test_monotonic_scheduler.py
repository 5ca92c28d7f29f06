"""The scheduler runs by a clock that is never set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from celery.schedules import crontab

from api.background import monotonic_scheduler
from api.background.monotonic_scheduler import Every, SteadyScheduler


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steady = 1_000.0
        self.shift = timedelta()
        monkeypatch.setattr(monotonic_scheduler, "monotonic", lambda: self.steady)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(SteadyScheduler, "apply_entry", lambda _self, entry, **_: names.append(entry.name))
    monkeypatch.setattr(SteadyScheduler, "producer", None)
    return names


def run(scheduler: SteadyScheduler, clock: Clock, seconds: float) -> None:
    end = clock.steady + seconds
    while clock.steady < end:
        pause = scheduler.tick()
        clock.steady += max(pause, 0.001)


def test_all_run_at_the_start_and_then_each_in_its_own_time(sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    scheduler = SteadyScheduler(current_app)
    run(scheduler, clock, 1)
    assert set(sent) == set(current_app.conf.beat_schedule)
    sent.clear()
    run(scheduler, clock, 60)
    assert (sent.count("seal"), sent.count("sweep"), sent.count("check")) == (20, 2, 0)


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(days=-400), timedelta(hours=5)])
def test_a_time_of_day_that_is_set_changes_nothing(
    sent: list[str], monkeypatch: pytest.MonkeyPatch, shift: timedelta
) -> None:
    clock = Clock(monkeypatch)
    scheduler = SteadyScheduler(current_app)
    run(scheduler, clock, 1)
    sent.clear()
    now = datetime.now(UTC) + shift
    for entry in scheduler.schedule.values():
        monkeypatch.setattr(type(entry), "default_now", lambda _self: now)
    run(scheduler, clock, 60)
    assert (sent.count("seal"), sent.count("sweep")) == (20, 2)


def test_what_is_no_number_of_seconds_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    nightly = {"task": "memstore.tasks.sweep", "schedule": crontab(hour="4")}
    monkeypatch.setitem(current_app.conf.beat_schedule, "nightly", nightly)
    kinds = {name: type(entry.schedule) for name, entry in SteadyScheduler(current_app).schedule.items()}
    assert (kinds["nightly"], kinds["sweep"]) == (crontab, Every)
