"""The queue's connections are as closed as the database's: PGMQ's client drops that part of the address."""

from __future__ import annotations

import os

import pytest

from api.configuration.broker import celery_settings

DATABASE: dict[str, object] = {
    "NAME": "memstore",
    "USER": "memstore_app",
    "HOST": "data.internal",
    "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/etc/bank-ca.pem", "prepare_threshold": 2},
}


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROKER_URL", "BROKER_URL_FILE", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back what celery_settings sets
        monkeypatch.delenv(name)


def test_how_to_prove_the_server_is_left_to_libpq_for_the_queue() -> None:
    celery_settings(database=DATABASE)
    assert (os.environ["PGSSLMODE"], os.environ["PGSSLROOTCERT"]) == ("verify-full", "/etc/bank-ca.pem")


def test_what_the_operator_set_for_libpq_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/mine.pem")
    celery_settings(database=DATABASE)
    assert os.environ["PGSSLROOTCERT"] == "/etc/mine.pem"


def test_another_broker_leaves_libpq_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "amqps://queue.internal//")
    celery_settings(database=DATABASE)
    assert "PGSSLMODE" not in os.environ


def test_how_often_the_scheduler_looks_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSTORE_RESUME_SECONDS", "1")
    monkeypatch.setenv("MEMSTORE_SWEEP_SECONDS", "600")
    found = celery_settings(database=DATABASE)["CELERY_BEAT_SCHEDULE"]
    assert isinstance(found, dict)
    told = {name: (one["schedule"], one["options"]["expires"]) for name, one in found.items()}
    assert told["resume-jobs"] == told["resume-erasures"] == (1.0, 5.0)
    assert told["sweep"] == (600.0, 600.0)
