"""`memstore demo-people`: list the demo's staff with passwords and current one-time codes, for use without an app."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from governance.access.totp import STEP_SECONDS, code_at


class Command(BaseCommand):
    help = "Names, passwords and current one-time codes of the demo's fictional staff, from MEMSTORE_HOME/demo.json."

    def handle(self, *_args: object, **_options: object) -> None:
        path = Path(settings.MEMSTORE_HOME) / "demo.json"
        try:
            demo = json.loads(path.read_text())
        except FileNotFoundError:
            raise CommandError(f"there is no demo at {path}: start it with `make run`") from None
        now = time.time()
        left = STEP_SECONDS - int(now) % STEP_SECONDS
        self.stdout.write(f"organisation {demo['tenant_slug']}; each code works once, and for {left} seconds more\n\n")
        self.stdout.write(f"{'name':16}{'role':16}{'password':24}code")
        for one in demo["console"]:
            code = code_at(base64.b32decode(one["totp_secret"]), int(now) // STEP_SECONDS).decode()
            self.stdout.write(f"{one['username']:16}{one['role']:16}{one['password']:24}{code}")
