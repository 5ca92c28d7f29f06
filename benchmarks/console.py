"""Part 11: each list page of the console over a bank's worth of people: milliseconds in the server, and queries."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.report import Part, Table, at_most
from benchmarks.timing import number, say

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.test import Client

    from benchmarks.filled import Workbench

SUBJECTS, MEMORIES, EVENTS, REQUESTS, JOBS = 50_000, 500_000, 500_000, 5_000, 100_000
TIMES = 10
MS, QUERIES = 300.0, 15
PASSWORD = "a long sentence for a benchmark"  # noqa: S105 - of a database that is thrown away
PAGES = (
    "home", "people", "quarantine", "requests", "holds", "objections", "break-glass", "copies", "purposes", "retention",
    "notices", "roles", "staff", "api-keys", "recipients", "audit", "trail", "certificates", "breaches", "changes",
    "epochs", "jobs", "health",
)  # fmt: skip
FURTHER = {"requests": "?all=1&page=50", "audit": "?type=recall&reason=refused", "jobs": "?page=20"}
# Rows as the store would have them, but for what is sealed: no list page opens it.
_SUBJECTS = """
    INSERT INTO governance_subject (id, tenant_id, kind, state, generation, revision, standing_version)
    SELECT gen_random_uuid(), %(tenant)s, 'user', CASE WHEN n %% 200 = 0 THEN 'restricted' ELSE 'active' END, 1, 0, 0
      FROM generate_series(1, %(n)s::int) n
"""
_MEMORIES = """
    INSERT INTO memstore_memory (id, tenant_id, subject_id, purpose_version_id, purpose_id, lawful_basis, state,
           data_class, version, fingerprint, created_at, updated_at, expires_at, destroy_at, retention_rules)
    SELECT gen_random_uuid(), %(tenant)s, s.id, %(version)s, %(purpose)s, 'contract', 'active',
           (ARRAY['ordinary','ordinary','ordinary','confidential','special'])[1 + n %% 5], 1,
           sha256((s.id::text || n)::bytea), now() - n * interval '9 days', now(),
           now() + (n * 30 + 5) * interval '1 day', now() + (n * 30 + 5) * interval '1 day', '{}'
      FROM governance_subject s, generate_series(1, %(each)s::int) n WHERE s.tenant_id = %(tenant)s
"""
_EVENTS = """
    INSERT INTO governance_auditevent (id, tenant_id, at, policy_version, n_items, principal_id, request_id,
           purpose_version_id, type, reason, role, lawful_basis)
    SELECT gen_random_uuid(), %(tenant)s, now() - n * interval '5 seconds', 1, 1, %(principal)s, gen_random_uuid(),
           %(version)s, 'recall', CASE WHEN n %% 500 = 0 THEN 'consent_missing' ELSE 'allowed' END, 'api_key',
           'contract'
      FROM generate_series(1, %(n)s::int) n
"""
_REQUESTS = """
    INSERT INTO governance_rightsrequest (id, tenant_id, kind, state, profile, subject_id, channel, opened_by,
           received_at, due_at, extension_reason, pause_reason, verification, ground, receipt_sha256, sealed,
           closed_at, closed_by)
    SELECT gen_random_uuid(), %(tenant)s, (ARRAY['access','erasure','portability'])[1 + n %% 3],
           CASE WHEN n %% 10 = 0 THEN 'received' ELSE 'done' END, 'gdpr', s.id, 'letter', %(principal)s,
           now() - n %% 400 * interval '1 day', now() + (30 - n %% 400) * interval '1 day', '', '', '', '',
           sha256(s.id::text::bytea), ''::bytea, CASE WHEN n %% 10 = 0 THEN NULL ELSE now() END,
           CASE WHEN n %% 10 = 0 THEN NULL ELSE %(principal)s::uuid END
      FROM (SELECT id, row_number() OVER () AS n FROM governance_subject WHERE tenant_id = %(tenant)s
             LIMIT %(n)s::int) s
"""
_JOBS = """
    INSERT INTO memstore_job (id, tenant_id, kind, status, error_code, principal_id, request_id, generation,
           consent_version, attempt, n_results, n_quarantined, n_refused, created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, 'ADD', CASE WHEN n %% 1000 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, '',
           %(principal)s, gen_random_uuid(), 0, 0, 1, 1, 0, 0, now() - n * interval '1 minute', now()
      FROM generate_series(1, %(n)s::int) n
"""


@dataclass(frozen=True, slots=True)
class Seen:
    page: str
    p50: float
    slowest: float
    queries: int


def measure(bench: Workbench, _folder: Path, _stem: str) -> Part:
    share = 100 if bench.quick else 1
    client = _bank(share)
    seen = [_seen(client, page, "") for page in PAGES]
    seen += [_seen(client, page, query) for page, query in FURTHER.items()]
    for one in seen:
        say(f"{one.page}: p50 {one.p50:.0f} ms, slowest {one.slowest:.0f} ms, {one.queries} queries")
    return Part(
        "console",
        "11. The console's lists",
        (
            f"One tenant with {SUBJECTS // share:,} people, {MEMORIES // share:,} memories, {EVENTS // share:,} audit "
            f"events, {REQUESTS // share:,} requests and {JOBS // share:,} jobs. Each page {TIMES} times as a data "
            "protection officer, through Django's own client: from the request to the whole page, with its session, "
            "its decision and its audit event, and without a network. Queries are those of both databases, the ones "
            "that open and set up transactions not counted."
        ),
        tables=[
            Table(
                "Pages",
                ["page", "p50 ms", "slowest ms", "queries"],
                [[one.page, number(one.p50), number(one.slowest), f"{one.queries}"] for one in seen],
            )
        ],
        targets=[
            at_most("slowest list page, p50", max(one.p50 for one in seen), MS, " ms"),
            at_most("most queries of a page", max(one.queries for one in seen), QUERIES),
        ],
    )


def _bank(share: int) -> Client:
    """The browser of its data protection officer."""
    from django.db import connection
    from django.test import Client

    from api.console.cookie import idle
    from governance.four_eyes import read_claim
    from governance.guard import Caller
    from governance.ids import uuid7
    from governance.models import StaffUser
    from governance.purposes import PurposeTerms, create_purpose, purpose_rules
    from governance.sessions import sign_in, staff_principal
    from governance.staff import enrol, found_organisation
    from governance.tenancy import tenant_context
    from governance.tenants import create_tenant
    from governance.vocabulary import LawfulBasis, Role

    tenant = create_tenant(slug="bench-console", name="bench-console")
    people = [("one", Role.ADMINISTRATOR, "1"), ("two", Role.DPO, "2")]
    tenant_id, user_id, code = read_claim(found_organisation(tenant.id, people)["two"])
    enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD)
    with tenant_context(tenant.id):
        one = StaffUser.objects.get(username="one")
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=730)
    create_purpose(caller=Caller(staff_principal(one), uuid7()), name="assistance", terms=terms)
    [rule] = purpose_rules(tenant.id)
    values: dict[str, UUID | int] = {
        "tenant": tenant.id,
        "version": rule.version_id,
        "purpose": rule.purpose_id,
        "principal": user_id,
        "each": MEMORIES // SUBJECTS,
    }
    work = ((_SUBJECTS, SUBJECTS), (_MEMORIES, 0), (_EVENTS, EVENTS), (_REQUESTS, REQUESTS), (_JOBS, JOBS))
    for statement, rows in work:
        with tenant_context(tenant.id), connection.cursor() as cursor:
            cursor.execute(statement, {**values, "n": rows // share})
    say("seeded")
    client = Client()
    client.cookies["memstore"] = sign_in(tenant=tenant.slug, username="two", password=PASSWORD, idle=idle()).token
    return client


def _seen(client: Client, page: str, query: str) -> Seen:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    address = reverse(f"console:{page}") + query
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
    with CaptureQueriesContext(connections["default"]) as first, CaptureQueriesContext(connections["keys"]) as second:
        client.get(address)
    asked = [one["sql"] for one in (*first.captured_queries, *second.captured_queries)]
    counted = [sql for sql in asked if not sql.startswith(("BEGIN", "COMMIT", "SELECT set_config", "SAVEPOINT"))]
    return Seen(page + query, statistics.median(times), max(times), len(counted))
