"""A bank's worth of people for the console: real ones, sealed as the store seals, and many more rows around them.

The many rows hold only what a list reads: no list opens what is sealed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.founding import code_now, standing_here
from benchmarks.timing import say

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import Tenant
    from governance.policy.decide import PurposeRule

SUBJECTS, MEMORIES, EVENTS, REQUESTS, JOBS = 50_000, 500_000, 500_000, 5_000, 100_000
PEOPLE, EACH, WAITING = 200, 10, 2  # real people, memories of each, and how many of these wait for a reviewer
PASSWORD = "a long sentence for a benchmark"  # noqa: S105 - of a database that is thrown away
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
      FROM governance_subject s, generate_series(1, %(n)s::int) n WHERE s.tenant_id = %(tenant)s
"""
_NUMBERED = "(SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_subject WHERE tenant_id = %(tenant)s)"
_EVENTS = f"""
    INSERT INTO governance_auditevent (id, tenant_id, at, policy_version, n_items, principal_id, request_id,
           subject_id, purpose_version_id, type, reason, role, lawful_basis)
    SELECT gen_random_uuid(), %(tenant)s, now() - e * interval '5 seconds', 1, 1, %(principal)s, gen_random_uuid(),
           s.id, %(version)s, CASE WHEN e %% 10 = 0 THEN 'remember' ELSE 'recall' END,
           CASE WHEN e %% 500 = 0 THEN 'consent_missing' ELSE 'allowed' END, 'api_key', 'contract'
      FROM generate_series(1, %(n)s::int) e JOIN {_NUMBERED} s ON s.n = 1 + (e * 7919::bigint) %% %(people)s
"""
_REQUESTS = f"""
    INSERT INTO governance_rightsrequest (id, tenant_id, kind, state, profile, subject_id, channel, opened_by,
           received_at, due_at, extension_reason, pause_reason, verification, ground, receipt_sha256, sealed,
           closed_at, closed_by)
    SELECT gen_random_uuid(), %(tenant)s, (ARRAY['access','erasure','portability'])[1 + n %% 3],
           CASE WHEN n %% 10 = 0 THEN 'received' ELSE 'done' END, 'gdpr', s.id, 'letter', %(principal)s,
           now() - n %% 400 * interval '1 day', now() + (30 - n %% 400) * interval '1 day', '', '', '', '',
           sha256(s.id::text::bytea), ''::bytea, CASE WHEN n %% 10 = 0 THEN NULL ELSE now() END,
           CASE WHEN n %% 10 = 0 THEN NULL ELSE %(principal)s::uuid END
      FROM {_NUMBERED} s WHERE n <= %(n)s
"""
_JOBS = """
    INSERT INTO memstore_job (id, tenant_id, kind, status, error_code, principal_id, request_id, generation,
           consent_version, attempt, n_results, n_quarantined, n_refused, created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, 'ADD', CASE WHEN n %% 1000 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, '',
           %(principal)s, gen_random_uuid(), 0, 0, 1, 1, 0, 0, now() - n * interval '1 minute', now()
      FROM generate_series(1, %(n)s::int) n
"""
_HOLDS = f"""
    INSERT INTO governance_legalhold (id, tenant_id, requested_by, requested_at, approved_by, approved_at, subject_id,
           case_reference, disclosable)
    SELECT gen_random_uuid(), %(tenant)s, %(other)s, now() - n * interval '1 hour', %(principal)s, now(), s.id,
           'CASE-' || n, true
      FROM {_NUMBERED} s WHERE n <= %(n)s
"""
_REVEALS = f"""
    INSERT INTO governance_breakglass (id, tenant_id, user_id, subject_id, reason_code, case_reference, opened_at,
           closes_at, reviewed_by, reviewed_at, outcome)
    SELECT gen_random_uuid(), %(tenant)s, %(other)s, s.id, 'complaint', 'CASE-' || n, now() - n * interval '1 hour',
           now() - n * interval '1 hour' + interval '5 minutes', %(principal)s, now(), 'justified'
      FROM {_NUMBERED} s WHERE n <= %(n)s
"""
_OBJECTIONS = f"""
    INSERT INTO governance_objection (id, tenant_id, subject_id, purpose_id, made_at, recorded_by, outcome, ground,
           settled_by, settled_at)
    SELECT gen_random_uuid(), %(tenant)s, s.id, %(purpose)s, now() - n * interval '1 hour', %(principal)s, 'upheld', '',
           %(principal)s, now()
      FROM {_NUMBERED} s WHERE n <= %(n)s
"""
_LINKS = """
    INSERT INTO governance_copylink (id, tenant_id, request_id, secret_sha256, issued_by, issued_at, expires_at)
    SELECT gen_random_uuid(), %(tenant)s, id, sha256(id::text::bytea), %(principal)s, received_at,
           received_at + interval '3 days'
      FROM governance_rightsrequest WHERE tenant_id = %(tenant)s LIMIT %(n)s
"""
_ERASURES = """
    INSERT INTO governance_erasure (id, tenant_id, requested_by, requested_at, approved_by, approved_at, request_id,
           subject_id, state, round, plan, plan_sha256, was_restricted, auto_approved, attempt, problem)
    SELECT gen_random_uuid(), %(tenant)s, %(other)s, received_at, %(principal)s, now(), id, subject_id, 'done', 1, '{}',
           sha256(id::text::bytea), false, false, 1, ''
      FROM governance_rightsrequest WHERE tenant_id = %(tenant)s AND kind = 'erasure' LIMIT %(n)s
"""
_CERTIFICATES = """
    INSERT INTO governance_certificate (id, tenant_id, erasure_id, round, key_id, document, signature, issued_at)
    SELECT gen_random_uuid(), %(tenant)s, id, 1, gen_random_uuid(),
           convert_to('{"scope":[{"ground":null,"outcome":"erased","purpose":"assistance"}],"residue":"'
                      || repeat('x', 2000) || '"}', 'UTF8'),
           sha256(id::text::bytea) || sha256(id::text::bytea), requested_at
      FROM governance_erasure WHERE tenant_id = %(tenant)s LIMIT %(n)s
"""
_RECIPIENTS = """
    INSERT INTO governance_recipient (id, tenant_id, name, address, kind, exempt, registered_by)
    SELECT gen_random_uuid(), %(tenant)s, 'Recipient ' || n, '', 'person', false, %(other)s
      FROM generate_series(1, %(n)s::int) n
"""
_KEYS = """
    INSERT INTO governance_apikey (id, tenant_id, requested_by, requested_at, approved_by, approved_at, name, prefix,
           secret_sha256, capabilities, allowed_purposes, default_purpose, created_at, revoked_at)
    SELECT gen_random_uuid(), %(tenant)s, %(other)s, now(), %(principal)s, now(), 'key ' || n,
           substr(md5(%(tenant)s::text || n), 1, 16), sha256(n::text::bytea), ARRAY['recall'],
           ARRAY[%(purpose)s::uuid], '', now() - n * interval '1 day', CASE WHEN n > 20 THEN now() END
      FROM generate_series(1, %(n)s::int) n
"""
_BREACHES = """
    INSERT INTO governance_breach (id, tenant_id, kind, case_reference, since, until, aware_at, authority_due_at,
           subjects_due_at, opened_by, opened_at)
    SELECT gen_random_uuid(), %(tenant)s, 'integrity', 'CASE-' || n, now() - n * interval '10 days',
           now() - n * interval '9 days', now() - n * interval '8 days', now(), now(), %(principal)s, now()
      FROM generate_series(1, %(n)s::int) n
"""
# In this order: what comes later points at what came before.
ROWS = (
    ("subjects", _SUBJECTS, SUBJECTS),
    ("audit events", _EVENTS, EVENTS),
    ("requests", _REQUESTS, REQUESTS),
    ("jobs", _JOBS, JOBS),
    ("holds", _HOLDS, 2_000),
    ("reveals", _REVEALS, 2_000),
    ("objections", _OBJECTIONS, 2_000),
    ("links to copies", _LINKS, 2_000),
    ("erasures", _ERASURES, 1_500),
    ("certificates", _CERTIFICATES, 1_500),
    ("recipients", _RECIPIENTS, 500),
    ("keys", _KEYS, 500),
    ("breaches", _BREACHES, 200),
)


@dataclass(frozen=True, slots=True)
class Bank:
    """A seeded tenant.

    `officer`: its data protection officer, whose token is `session`. `people`: those with real memories.
    """

    tenant: Tenant
    officer: Caller
    session: str
    people: list[UUID]


def open_bank(share: int) -> Bank:
    """Seed a tenant with the numbers above divided by `share`."""
    from api.console.cookie import idle
    from governance.access.sessions import session_principal, sign_in
    from governance.access.staff import enrol, found_organisation
    from governance.access.tokens import read_claim
    from governance.context import Caller
    from governance.guard.facts import purpose_rules
    from governance.ids import uuid7
    from governance.policy.purpose_terms import PurposeTerms
    from governance.processing.purposes import create_purpose
    from governance.processing.tenants import create_tenant
    from governance.vocabulary import LawfulBasis, Role

    tenant = create_tenant(slug="bench-console", name="bench-console")
    staff = [("one", Role.ADMINISTRATOR, "1"), ("two", Role.DPO, "2")]
    tenant_id, user_id, code = read_claim(found_organisation(tenant.id, staff)["two"])
    enrolment = enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=PASSWORD)
    one = standing_here(tenant, "one")
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=730)
    create_purpose(caller=one, name="assistance", terms=terms)
    [rule] = purpose_rules(tenant.id)
    _fill(
        share,
        {"tenant": tenant.id, "version": rule.version_id, "purpose": rule.purpose_id, "other": one.principal.id},
        user_id,
    )
    people = [_remember(tenant.id, rule, number) for number in range(max(1, PEOPLE // share))]
    say(f"seeded, with {len(people)} people whose memories open")
    second = code_now(enrolment.totp_secret)
    session = sign_in(tenant=tenant.slug, username="two", password=PASSWORD, code=second, idle=idle()).token
    principal = session_principal(session)
    if principal is None:
        raise RuntimeError("a fresh session is not known")
    return Bank(tenant, Caller(principal, uuid7()), session, people)


def _fill(share: int, values: dict[str, UUID], officer: UUID) -> None:
    from django.db import connection

    from governance.tenancy.tenant_context import tenant_context

    people = max(1, SUBJECTS // share)
    work = [(what, statement, max(1, rows // share)) for what, statement, rows in ROWS]
    work.insert(1, ("memories of each", _MEMORIES, MEMORIES // SUBJECTS))
    for what, statement, rows in work:
        with tenant_context(values["tenant"]), connection.cursor() as cursor:
            cursor.execute(statement, {**values, "principal": officer, "people": people, "n": rows})
        say(f"  {what}: {rows:,}")


def _remember(tenant_id: UUID, rule: PurposeRule, number: int) -> UUID:
    """Seed a person whose memories all open, two of which wait for a reviewer. Returns the subject's id."""
    import numpy as np

    from benchmarks import texts, vectors
    from governance.ids import uuid7
    from governance.subjects.subjects import admit_subject, subject_sealer
    from governance.tenancy.tenant_context import tenant_context
    from governance.vocabulary import SubjectKind
    from memstore.models import QuarantineReason
    from memstore.records.insert import Draft, Owner, Provenance, store
    from memstore.records.payload import Payload
    from memstore.records.scope_ids import ScopeIds

    name, generator = f"person-{number}", random.Random(number)
    subject = admit_subject(tenant_id, SubjectKind.USER, name)
    owner = Owner(
        tenant_id,
        subject,
        rule,
        subject_sealer(tenant_id, subject, rule.purpose_id, create=True),
        ScopeIds(user_id=name),
    )
    drafts = [
        Draft(
            Payload(texts.memory(generator, serial)),
            quarantine=QuarantineReason.DETECTED if serial < WAITING else None,
            position=serial,
        )
        for serial in range(EACH)
    ]
    with tenant_context(tenant_id):
        store(
            owner=owner,
            drafts=drafts,
            vectors=vectors.synthetic(np.random.default_rng(number), EACH),
            model_id="benchmark",
            provenance=Provenance(principal_id=uuid7()),
        )
    return subject.id
