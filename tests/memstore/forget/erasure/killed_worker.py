"""A worker that kills itself with SIGKILL at one point of an erasure. Run as a process of its own by `test_killed`.

python killed_worker.py STEP before|within|after DEFAULT_DATABASE KEYS_DATABASE ERASURE TENANT
"""

from __future__ import annotations

import os
import signal
import sys
from uuid import UUID

import django
from django.conf import settings


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(name: str, moment: str, default: str, keys: str, erasure: str, tenant: str) -> None:
    settings.DATABASES["default"]["NAME"] = default
    settings.DATABASES["keys"]["NAME"] = keys
    django.setup()
    from governance.models import ErasureStep
    from memstore.forget.erasure import saga as run_module
    from memstore.forget.erasure.steps import STEPS, Counts, Run

    wanted, real, do = ErasureStep(name), STEPS[ErasureStep(name)], run_module._do

    def killed(at: Run) -> Counts:
        if moment == "before":
            die()
        counts = real(at)
        if moment == "within":
            die()  # what went to the other database is committed there, and nothing of it here
        return counts

    def killed_after(run: Run, step: ErasureStep) -> None:
        do(run, step)
        if moment == "after" and step is wanted:
            die()

    STEPS[wanted] = killed
    run_module._do = killed_after
    run_module.run_erasure(erasure_id=UUID(erasure), tenant_id=UUID(tenant))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.settings")
    main(*sys.argv[1:])
