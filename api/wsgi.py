"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with
from api.lean import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
application = get_wsgi_application()
settle()
