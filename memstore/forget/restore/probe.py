"""Restore probe: open memories of some people in the databases that the environment names.

`python -m memstore.forget.restore.probe 100` is part of the restore drill. Prints counts only; each opening is on the
record of the restored copy.
"""

from __future__ import annotations

import sys

import django


def main(people: int) -> int:
    """Open the newest memory of so many people in each tenant. Return the exit code: 0 when every one opened."""
    django.setup()
    from governance.errors import FactsMoved, GovernanceError
    from governance.guard.authorize import authorize, system_caller
    from governance.guard.facts import subject_facts
    from governance.subjects.subjects import subject_sealer
    from governance.tenancy.tenant_context import tenant_context
    from governance.tenancy.tenant_lookup import tenant_ids
    from governance.vocabulary import Action, SystemJob
    from memstore.models import Memory
    from memstore.records.payload import current_versions, open_payloads

    opened = failed = 0
    for tenant_id in tenant_ids():
        grant = authorize(caller=system_caller(tenant_id, SystemJob.RESTORE), action=Action.RESTORE)
        with tenant_context(tenant_id):
            newest = Memory.objects.order_by("subject_id", "-created_at").distinct("subject_id")[:people]
            rows = list(newest)
        facts = subject_facts(tenant_id, [row.subject_id for row in rows])
        with grant.effect():
            for row in rows:
                version = current_versions([row]).get(row.id)
                try:
                    sealer = subject_sealer(tenant_id, facts[row.subject_id], row.purpose_id)
                    opened += len(open_payloads(sealer, [version] if version else []))
                except (GovernanceError, FactsMoved):
                    failed += 1
                grant.record_under_lock(subject_id=row.subject_id, items=[(row.id, row.version)])
    print(f"{opened} memories of as many people opened, {failed} did not")  # noqa: T201 - what the drill reads
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
