"""Part 7: a long audit trail: sealed, verified, and queried for who read one person."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from benchmarks.founding import code_now
from benchmarks.report import Part, Table, at_most
from benchmarks.timing import Clock, number, say

if TYPE_CHECKING:
    from benchmarks.filled import Workbench

EVENTS, ABOUT_ONE = 1_000_000, 100_000
AT_ONCE = 100_000
MEMORIES, LISTED, READERS = 3_000, 10, 7  # of the one person; listed by each event; readers
VERIFY_SECONDS, REPORT_SECONDS = 20.0, 1.0
ASKED = 10
PASSWORD = "a long sentence for a benchmark"  # noqa: S105 - of a database that is thrown away
# Reads by a few readers, each listing some of the memories. Put in as the store does: the event and its place in the
# queue, under row security.
_SEED = """
    WITH written AS (
        INSERT INTO governance_auditevent (id, tenant_id, at, policy_version, n_items, principal_id, request_id,
               subject_id, purpose_version_id, type, reason, role, lawful_basis, item_digest, items)
        SELECT gen_random_uuid(), %(tenant)s, now() - n * interval '1 second' * %(spread)s::float8, 1, %(listed)s::int,
               ('00000000-0000-0000-0000-0000000001' || lpad((n %% %(readers)s::int)::text, 2, '0'))::uuid,
               gen_random_uuid(), %(subject)s, '00000000-0000-0000-0000-000000000009', 'recall', 'allowed', 'api_key',
               'contract', sha256(list.items), list.items
          FROM generate_series(%(first)s::int, %(last)s::int) n, LATERAL (
               SELECT decode(string_agg(md5(place::text) || '00000001', ''), 'hex') AS items
                 FROM generate_series(1, %(listed)s::int) i, LATERAL (
                      SELECT (n * %(listed)s::int + i) %% %(memories)s::int AS place) one) list
        RETURNING id, tenant_id, at)
    INSERT INTO governance_auditqueued (event_id, tenant_id, at) SELECT id, tenant_id, at FROM written
"""


@dataclass(frozen=True, slots=True)
class Verified:
    seconds: float
    peak_mb: float
    verdict: str


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    from governance.evidence.anchors import anchor_all

    events, about_one = (20_000, 10_000) if bench.quick else (EVENTS, ABOUT_ONE)
    tenant_id, token = _organisation()
    subject = uuid4()
    _seed(tenant_id, subject, about_one, spread=20)  # a hundred thousand in 23 days
    _seed(tenant_id, uuid4(), events - about_one, spread=2)
    seal_seconds = _sealed(tenant_id)
    anchor_all()
    verified = _verified(tenant_id)
    say(f"verified {events:,} events: {verified.seconds:.1f} s, peak {verified.peak_mb:.0f} MB")
    report = _asked(token, subject)
    say(f"who read one person, {about_one:,} events: p50 {report['p50 ms']:.0f} ms")
    return Part(
        "trail",
        "7. A long audit trail",
        (
            f"{events:,} events of one tenant, {about_one:,} of them about one person, each with a list of {LISTED} "
            "memories. Verified by `memstore audit verify` in a process of its own, with its start: every leaf and "
            "every head recomputed, the anchors and the second witness compared. The report is asked for over the "
            "API: `GET /governance/v1/reports/subjects/<id>/`, from the request to the whole answer."
        ),
        tables=[
            Table(
                "Sealed and verified",
                ["events", "sealed, s", "events a second", "verified, s", "peak MB", "verdict"],
                [
                    [
                        f"{events:,}",
                        number(seal_seconds),
                        number(events / seal_seconds),
                        number(verified.seconds),
                        number(verified.peak_mb),
                        verified.verdict,
                    ]
                ],
            ),
            Table(
                "Who read one person",
                ["events", "asked", "p50 ms", "slowest ms", "answer kB"],
                [[f"{about_one:,}", f"{ASKED}", *(number(report[it]) for it in ("p50 ms", "slowest ms", "kB"))]],
            ),
        ],
        targets=[
            at_most(f"{events:,} events verified", verified.seconds, VERIFY_SECONDS, " s"),
            at_most(f"who read one person, {about_one:,} events, p50", report["p50 ms"] / 1_000, REPORT_SECONDS, " s"),
        ],
    )


def _organisation() -> tuple[UUID, str]:
    """Return a tenant's id, and the session token of its data protection officer."""
    from governance.access.sessions import sign_in
    from governance.access.staff import enrol, found_organisation
    from governance.access.tokens import read_claim
    from governance.processing.tenants import create_tenant
    from governance.vocabulary import Role

    tenant = create_tenant(slug="bench-trail", name="bench-trail")
    people = [("one", Role.ADMINISTRATOR, "1"), ("two", Role.DPO, "2")]
    tenant_id, user_id, code = read_claim(found_organisation(tenant.id, people)["two"])
    second = code_now(enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD).totp_secret)
    return tenant_id, sign_in(tenant=tenant.slug, username="two", password=PASSWORD, code=second).token


def _seed(tenant_id: UUID, subject: UUID, events: int, *, spread: float) -> None:
    from django.db import connection

    from governance.tenancy.tenant_context import tenant_context

    for first in range(1, events + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, events)
        values: dict[str, UUID | int | float] = {
            "tenant": tenant_id,
            "subject": subject,
            "first": first,
            "last": last,
            "spread": spread,
            "listed": LISTED,
            "memories": MEMORIES,
            "readers": READERS,
        }
        with tenant_context(tenant_id), connection.cursor() as cursor:
            cursor.execute(_SEED, values)
        say(f"{last:,} events written")


def _sealed(tenant_id: UUID) -> float:
    from governance.evidence.sealer import seal

    start = time.perf_counter()
    n = seal(tenant_id)
    seconds = time.perf_counter() - start
    say(f"{n:,} events sealed in {seconds:.1f} s")
    return seconds


def _verified(tenant_id: UUID) -> Verified:
    command = [sys.executable, "-m", "django", "audit", "verify", "--tenant", str(tenant_id)]
    start, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        while child.poll() is None:
            peak = max(peak, _peak_mb(child.pid))
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        said = child.stdout.read() if child.stdout else ""
    if child.returncode != 0:
        raise RuntimeError(f"a trail that nobody touched was not found intact: {said}")
    return Verified(seconds, peak, said.split(":", 1)[1].strip())


def _peak_mb(pid: int) -> float:
    """Return the peak resident memory of a running process in MB. (`ru_maxrss` begins with its parent's.)"""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0  # it has just ended


def _asked(token: str, subject: UUID) -> dict[str, float]:
    from django.conf import settings
    from django.test import Client

    now = datetime.now(UTC)
    since, until = now - timedelta(days=60), now + timedelta(days=1)
    query = {"since": since.isoformat(), "until": until.isoformat()}
    logging.getLogger("api.request").setLevel(logging.WARNING)
    client, clock, size = Client(headers={"Authorization": f"Token {token}"}), Clock(), 0
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    for _ in range(ASKED):
        with clock.lap():
            answer = client.get(f"/governance/v1/reports/subjects/{subject}/", query)
            size = len(answer.content)
        if answer.status_code != 200:
            raise RuntimeError(f"the report was answered {answer.status_code}: {answer.content[:300]!r}")
    return {"p50 ms": clock.timing().p50, "slowest ms": max(clock.seconds) * 1_000, "kB": size / 1_000}
