"""Database router: the keyring's models live in `keys`, all others in `default`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model


class KeysRouter:
    def db_for_read(self, model: type[Model], **_hints: object) -> str:
        return "keys" if model._meta.app_label == "keyring" else "default"

    def db_for_write(self, model: type[Model], **_hints: object) -> str:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        return (db == "keys") == (app_label == "keyring")
