"""Erasure rules: what an erasure does with the rows of each model. No model is without a rule (`test_rules`).

Rows are deleted in the order of the table, from top to bottom, so rows that refer are above those that they refer to.
Rows that stay are evidence under a random id that leads nowhere once the identity is closed, or are about no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    DELETE = "delete"  # rows, in the step `delete`
    SHRED = "shred"  # keys, in the step `shred`
    CLOSE = "close"  # last: the way from the external id to the random id
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class ErasureRule:
    """Rule of one model. `subject` and `purpose` are look-ups from the model to the person and the purpose of a row.

    An empty `purpose`: the rows are about the person and no purpose; they go when all of the person goes.
    """

    fate: Fate
    subject: str = ""
    purpose: str = ""
    through_jobs: bool = False
    why: str = ""


def _delete(subject: str, purpose: str = "") -> ErasureRule:
    return ErasureRule(Fate.DELETE, subject, purpose)


def _keep(why: str) -> ErasureRule:
    return ErasureRule(Fate.KEEP, why=why)


_CONFIGURATION = "configuration; about nobody"
_TRAIL = "evidence under the surrogate, without content (Art. 5(2))"
_STAFF = "about staff"
_KEYS = "about nobody: keys of tenants, epochs and signatures"

RULES: dict[str, ErasureRule] = {
    # what is remembered
    "memstore.Slot": _delete("subject_id", "purpose_id"),
    "memstore.Sighting": _delete("subject_id", "purpose_id"),
    "memstore.Replacement": _delete("subject_id", "purpose_id"),
    "memstore.ForgottenWording": _delete("subject_id", "purpose_id"),
    "memstore.RaisedStatement": _delete("subject_id", "purpose_id"),
    "memstore.Quarantine": _delete("memory__subject_id", "memory__purpose_id"),
    "memstore.Card": _delete("subject_id", "purpose_id"),
    "memstore.MemoryVersion": _delete("memory__subject_id", "memory__purpose_id"),
    "memstore.Memory": _delete("subject_id", "purpose_id"),
    "memstore.Source": _delete("subject_id", "purpose_id"),
    "memstore.Idempotency": ErasureRule(Fate.DELETE, through_jobs=True),  # it knows a job's id only
    "memstore.Job": _delete("subject_id", "purpose_id"),
    # the person's choices and portal
    "governance.SubjectPurpose": _delete("subject_id"),
    "governance.Objection": _delete("subject_id"),
    "governance.PortalSitting": _delete("subject_id"),
    "governance.PortalLink": _delete("subject_id"),
    # keys and identity
    "keyring.DataKey": ErasureRule(Fate.SHRED, "subject_id", "purpose_id"),
    "keyring.Identity": ErasureRule(Fate.CLOSE, "id"),
    # what stays
    "governance.Subject": _keep("the tombstone: a random id, its state and counters"),
    "governance.ConsentEvent": _keep("proof that consent was given and taken back (Art. 7(1)): codes and hashes"),
    "governance.LegalHold": _keep("released holds, as proof of why something was kept"),
    "governance.BreakGlass": _keep("who saw the person in clear and whether it was justified"),
    "governance.Disclosure": _keep("whom something was disclosed to (45 CFR 164.528)"),
    "governance.AccountingSuspension": _keep("an authority's word (45 CFR 164.528(a)(2))"),
    "governance.RightsRequest": _keep("proof of handling; its file is sealed under its own key and has its own end"),
    "governance.RequestItem": _keep("proof of handling: grounds of refusal"),
    "governance.RecipientNotice": _keep("proof that recipients were told (Art. 19)"),
    "governance.CopyLink": _keep("digests of links; dead from the revocation on"),
    "governance.PortalCode": _keep("who answers for it that the person asked (Art. 12(6)); a digest"),
    "governance.Erasure": _keep("proof of the erasure itself"),
    "governance.ErasureStepDone": _keep("proof of the erasure itself"),
    "governance.Certificate": _keep("proof of the erasure itself"),
    "governance.Protection": _keep("on its way to the ledger, which must outlive the person's rows"),
    "governance.Retention": _keep("a rule; its subject is the surrogate"),
    "governance.ApiKey": _keep("a key pinned to the person is revoked"),
    "keyring.UnwrapCount": _keep("the keyring's own witness, under the surrogate"),
    "governance.AuditEvent": _keep(_TRAIL),
    "governance.AuditQueued": _keep(_TRAIL),
    "governance.AuditLeaf": _keep(_TRAIL),
    "governance.TreeHead": _keep(_TRAIL),
    "governance.AuditAnchor": _keep(_TRAIL),
    "governance.AuditCheck": _keep(_TRAIL),
    "governance.AuditDrop": _keep(_TRAIL),
    "governance.AdminChange": _keep(_CONFIGURATION),
    "governance.Tenant": _keep(_CONFIGURATION),
    "governance.Purpose": _keep(_CONFIGURATION),
    "governance.PurposeVersion": _keep(_CONFIGURATION),
    "governance.Compatibility": _keep(_CONFIGURATION),
    "governance.ConsentNotice": _keep(_CONFIGURATION),
    "governance.Recipient": _keep(_CONFIGURATION),
    "governance.Offboarding": _keep("who decided that the tenant ends"),
    "governance.Breach": _keep("cases stay listed (Art. 33(5)); they name nobody"),
    "governance.LedgerPosition": _keep("about nobody"),
    "governance.StaffUser": _keep(_STAFF),
    "governance.StaffSession": _keep(_STAFF),
    "governance.KeyedWrite": _keep("keyed fingerprints of requests and one id each, for a week"),
    "governance.SignInAttempt": _keep("digests of names and addresses of failed sign-ins, for a day"),
    "governance.Loosening": _keep(_CONFIGURATION),
    "governance.KeyDeletion": _keep("that a key deleted somebody, without whom; for a day"),
    "governance.SubmittedForm": _keep("random tokens of forms that were sent, for a day"),
    "keyring.KeyEpoch": _keep(_KEYS),
    "keyring.TenantKey": _keep(_KEYS),
    "keyring.SigningKey": _keep(_KEYS),
    "keyring.LedgerHead": _keep(_KEYS),
}
