"""The Celery application. Messages are hints that carry ids only: the Job row is the truth (DESIGN section 11)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")

app = Celery("memstore")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["memstore", "governance"])
