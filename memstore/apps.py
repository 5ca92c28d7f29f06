from __future__ import annotations

from django.apps import AppConfig


class MemstoreConfig(AppConfig):
    name = "memstore"
