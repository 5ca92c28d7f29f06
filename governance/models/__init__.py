"""Rows of the `default` database that say who may do what, and the record of what was done."""

from governance.models.base import FourEyes, TenantRow
from governance.models.breaches import Breach, BreachKind
from governance.models.changes import AdminChange
from governance.models.disclosures import AccountingSuspension, Disclosed, Disclosure, Recipient, RecipientKind
from governance.models.evidence import (
    AuditAnchor,
    AuditCheck,
    AuditDrop,
    AuditEvent,
    AuditLeaf,
    AuditQueued,
    TreeHead,
)
from governance.models.organisation import Compatibility, Purpose, PurposeVersion, Tenant
from governance.models.people import (
    ApiKey,
    BreakGlass,
    RevealReason,
    ReviewOutcome,
    StaffSession,
    StaffUser,
)
from governance.models.rules import Retention
from governance.models.subjects import (
    ConsentAction,
    ConsentEvent,
    ConsentNotice,
    GivenBy,
    LegalHold,
    Objection,
    ObjectionOutcome,
    Subject,
    SubjectPurpose,
)

__all__ = [
    "AccountingSuspension",
    "AdminChange",
    "ApiKey",
    "AuditAnchor",
    "AuditCheck",
    "AuditDrop",
    "AuditEvent",
    "AuditLeaf",
    "AuditQueued",
    "Breach",
    "BreachKind",
    "BreakGlass",
    "Compatibility",
    "ConsentAction",
    "ConsentEvent",
    "ConsentNotice",
    "Disclosed",
    "Disclosure",
    "FourEyes",
    "GivenBy",
    "LegalHold",
    "Objection",
    "ObjectionOutcome",
    "Purpose",
    "PurposeVersion",
    "Recipient",
    "RecipientKind",
    "Retention",
    "RevealReason",
    "ReviewOutcome",
    "StaffSession",
    "StaffUser",
    "Subject",
    "SubjectPurpose",
    "Tenant",
    "TenantRow",
    "TreeHead",
]
