"""Django's WSGI application, which the front calls in a thread (`api.asgi`)."""

import os

from django.core.checks import ERROR, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with
from api.serve.process_tuning import settle
from governance.errors import LedgerRefuses, LedgerUnavailable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
application = get_wsgi_application()
from memstore.forget.restore.replay import open_gate  # noqa: E402 - models can be imported from here on

# A command runs Django's checks before it starts; so does a process that serves.
if problems := [found for found in run_checks(tags=[Tags.security]) if found.level >= ERROR]:
    raise ImproperlyConfigured("; ".join(str(found) for found in problems))
try:
    open_gate()  # before the first request: no restored backup takes a protection back
except (LedgerRefuses, LedgerUnavailable) as refusal:
    raise ImproperlyConfigured(f"nothing is served: {refusal}") from None
settle()
