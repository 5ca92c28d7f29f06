"""Workers that kill themselves with SIGKILL at one point of an erasure, each a fork of a process that is ready.

python killed_worker.py DEFAULT_DATABASE KEYS_DATABASE
STEP before|within|after ERASURE TENANT     a line on standard input for each worker; answered with its exit code
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


def main(default: str, keys: str) -> None:
    settings.DATABASES["default"]["NAME"] = default
    settings.DATABASES["keys"]["NAME"] = keys
    django.setup()
    from memstore.forget.erasure import saga  # noqa: F401 - so that no worker spends its time on it

    for line in sys.stdin:
        worker = os.fork()
        if worker == 0:
            erase(*line.split())
            sys.exit(0)
        _, status = os.waitpid(worker, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def erase(name: str, moment: str, erasure: str, tenant: str) -> None:
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
