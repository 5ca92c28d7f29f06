#!/usr/bin/env python
"""Django's command line. `make run` starts everything; this is for single commands."""

import os
import sys

from django.core.management import execute_from_command_line

import api.celery  # noqa: F401 - makes our Celery application the one that tasks are sent with

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    execute_from_command_line(sys.argv)
