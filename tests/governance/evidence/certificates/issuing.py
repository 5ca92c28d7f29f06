"""A certificate of clearly fictional things, and the verifier as an outsider runs it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from governance.access.tokens import digest
from governance.evidence.certificates import verify_certificate
from governance.evidence.certificates.issue import issue
from governance.evidence.certificates.statement import (
    CertificateFacts,
    DestroyedKey,
    Outcome,
    PurposeScope,
    Residue,
    ScanResult,
    StatedHorizon,
)
from governance.guard import audit_event
from governance.ids import NIL, uuid7
from governance.models import AuditEvent, Certificate, ClockProfile, Erasure, RequestKind, RightsRequest
from governance.policy.decide import POLICY_VERSION
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Channel, ReasonCode, Role, SubjectKind, SystemJob
from tests.governance.evidence.trail import happen
from tests.support.cast import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.evidence.certificates.issue import Issued
    from tests.support.cast import Organisation

RECEIPT = "r3c31pt-of-a-person-who-does-not-exist"
STORES = ("governance.consentevent", "memstore.card", "memstore.memory", "memstore.source")


def facts(**changed: object) -> CertificateFacts:
    now = datetime.now(UTC)
    said = CertificateFacts(
        certificate_id=uuid7(),
        tenant_name="Fictional Bank",
        erasure_id=uuid7(),
        round=1,
        receipt_sha256=digest(RECEIPT),
        policy_version=POLICY_VERSION,
        scope=(
            PurposeScope("assistance", Outcome.ERASED),
            PurposeScope("offers", Outcome.RESTRICTED, "17(3)(b)"),
        ),
        deleted={"memstore.memory": 2_000, "memstore.card": 2_000, "memstore.source": 3, "governance.consentevent": 0},
        keys=(DestroyedKey(uuid4(), now - timedelta(minutes=2)), DestroyedKey(uuid4(), now - timedelta(minutes=2))),
        refusals={"17(3)(b)": 4},
        recipients={"delivered": 1, "pending": 2},
        residue=(Residue("Fictional Models Inc.", date(2030, 1, 31)),),
        scan=ScanResult(now - timedelta(minutes=1), STORES, found=0, control_found=True, neighbour_unchanged=True),
        horizon=StatedHorizon(now + timedelta(days=35), 7),
    )
    return replace(said, **changed)  # type: ignore[arg-type]  # as CertificateFacts types them


def job_event(organisation: Organisation, erasure_id: UUID, **changed: object) -> UUID:
    """Commit the event that names the job only. Returns its id."""
    said = {
        "type": Action.ERASE,
        "reason": ReasonCode.ALLOWED,
        "tenant_id": organisation.tenant.id,
        "principal_id": NIL,
        "role": Role.SYSTEM,
        "job": SystemJob.ERASURE,
        "request_id": uuid7(),
        "object_id": erasure_id,
    }
    event = audit_event.Event(**{**said, **changed})  # type: ignore[arg-type]
    audit_event.write_alone(event)
    with tenant_context(organisation.tenant.id):
        return AuditEvent.objects.get(request_id=event.request_id).id


def issued(organisation: Organisation, **changed: object) -> Issued:
    """Return a sound certificate whose event has others around it in the tree."""
    said = facts(**changed)
    happen(organisation, 3)
    event_id = job_event(organisation, said.erasure_id)
    happen(organisation, 3)
    return issue(tenant_id=organisation.tenant.id, facts=said, event_id=event_id)


def certified(bank: Organisation, *, rounds: Sequence[int] = (1,)) -> UUID:
    """Open a request by the bank's key, with its erasure and certificates. Returns the request's id."""
    say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    now = datetime.now(UTC)
    request = RightsRequest(
        tenant_id=bank.tenant.id,
        kind=RequestKind.ERASURE,
        profile=ClockProfile.GDPR,
        subject_id=alice.id,
        opened_by=bank.key.id,
        channel=Channel.WEB,
        received_at=now,
        due_at=now + timedelta(days=30),
        receipt_sha256=bytes(32),
        sealed=b"",
    )
    erasure = Erasure(
        tenant_id=bank.tenant.id,
        request=request,
        subject_id=alice.id,
        plan={},
        plan_sha256=hashlib.sha256().digest(),
        was_restricted=False,
        requested_by=uuid4(),
    )
    made = [(number, issued(bank, round=number, erasure_id=erasure.id)) for number in rounds]
    with tenant_context(bank.tenant.id):
        request.save(force_insert=True)
        erasure.save(force_insert=True)
        for number, done in made:
            Certificate.objects.create(
                tenant_id=bank.tenant.id,
                erasure=erasure,
                round=number,
                key_id=done.key_id,
                document=done.document,
                signature=done.signature,
                issued_at=done.issued_at,
            )
    return request.id


def run(home: Path, file: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier in an empty folder, with no way to import the service or its packages but `cryptography`."""
    home.mkdir(exist_ok=True)
    (home / "verify_certificate.py").write_bytes(Path(verify_certificate.__file__).read_bytes())
    (home / "certificate.json").write_bytes(file)
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_path('verify_certificate.py', run_name='__main__')\n"
        "finally:\n"
        "    names = {name.partition('.')[0] for name in sys.modules}\n"
        "    ours = {'django', 'governance', 'memstore', 'api', 'psycopg', 'rfc8785', 'numpy', 'rest_framework'}\n"
        "    assert not ours & names, ours & names\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", code, "certificate.json", *arguments],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def outcome(file: bytes, **given: Any) -> tuple[str, int]:
    """Run the verifier in this process, so that many changed files are checked in no time."""
    asked: dict[str, Any] = {
        "key": [],
        "head_key": [],
        "epoch_key": [],
        "receipt": None,
        "anchors": None,
        "epoch_record": None,
        "key_record": None,
    }
    return verify_certificate.outcome(file, asked | given, datetime.now(UTC))
