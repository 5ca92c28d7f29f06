"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
application = get_wsgi_application()

# What is loaded by now stays: the collector need not walk through it again. A recall makes thousands of
# short-lived tuples, which reference counting frees; the default of 700 would collect several times in each.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
