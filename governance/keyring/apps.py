from __future__ import annotations

import resource

from django.apps import AppConfig


class KeyringConfig(AppConfig):
    name = "governance.keyring"
    label = "keyring"

    def ready(self) -> None:
        # Unwrapped keys live in this process's memory; a core dump would write them to disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
