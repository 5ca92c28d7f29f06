"""The Celery application. Messages are hints that carry ids only: the Job row is the truth (DESIGN section 11)."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_ready
from kombu.transport import TRANSPORT_ALIASES

from api.liveness import show

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
TRANSPORT_ALIASES["pgmq"] = "api.background.message_screening:Transport"  # which screens what it reads

app = Celery("memstore")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["memstore", "governance"])


@setup_logging.connect
def _leave_logging_to_django(**_: object) -> None:
    """Keep Celery from setting up logging, whose level would silence ours: a receiver of this signal is enough."""


@worker_init.connect
def _pass_the_gate(**_: object) -> None:
    """Open the gate before a worker serves: a restored backup is first brought up to the ledger."""
    from memstore.forget.restore.replay import open_gate

    open_gate()


@worker_ready.connect
def _say_that_it_takes_work(**_: object) -> None:
    """Give the worker's sign of life: it is connected to its broker."""
    show("worker")


@beat_init.connect
def _say_that_it_keeps_time(**_: object) -> None:
    show("scheduler")
