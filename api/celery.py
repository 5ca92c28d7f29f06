"""The Celery application. Messages are hints that carry ids only: the Job row is the truth (DESIGN section 11)."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_ready
from kombu.transport import TRANSPORT_ALIASES

from api.liveness import show

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
TRANSPORT_ALIASES["pgmq"] = "api.background.message_screening:Transport"  # which looks at what it reads

app = Celery("memstore")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["memstore", "governance"])


@setup_logging.connect
def _leave_logging_to_django(**_: object) -> None:
    """Once somebody listens, Celery sets up no logging of its own: its level would silence ours."""


@worker_init.connect
def _pass_the_gate(**_: object) -> None:
    """A worker serves too: nothing is done on a restored backup before it is brought up to the ledger."""
    from memstore.forget.restore.replay import open_gate

    open_gate()


@worker_ready.connect
def _say_that_it_takes_work(**_: object) -> None:
    """The worker is connected to its broker."""
    show("worker")


@beat_init.connect
def _say_that_it_keeps_time(**_: object) -> None:
    show("scheduler")
