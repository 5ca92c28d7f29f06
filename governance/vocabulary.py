"""Closed vocabularies of governance. Each member is a word of the audit trail, of the API and of the documents."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Role of a principal: a machine with its key, a member of staff, the service itself, or the person."""

    API_KEY = "api_key"
    REVIEWER = "reviewer"
    DPO = "dpo"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    KEY_OFFICER = "key_officer"
    SYSTEM = "system"
    SUBJECT = "subject"


STAFF = frozenset(set(Role) - {Role.API_KEY, Role.SYSTEM, Role.SUBJECT})


class Capability(StrEnum):
    """Right to a group of actions, held by an API key or given to a role."""

    REMEMBER = "remember"
    RECALL = "recall"
    RECALL_SPECIAL = "recall.special"
    FORGET = "forget"
    FORGET_SUBJECT = "forget_subject"
    LIST_SUBJECTS = "list_subjects"
    SHARED_WRITE = "shared.write"
    CONSENT_GRANT = "consent.grant"
    REQUEST_RIGHTS = "rights.request"
    PORTAL_ISSUE = "portal.issue"
    # For staff only: `roles.ROLE_CAPABILITIES` gives them, no key can hold them.
    READ_CONFIGURATION = "configuration.read"
    WRITE_PURPOSES = "purposes.write"
    WRITE_COMPATIBILITY = "compatibility.write"
    WRITE_NOTICES = "notices.write"
    PROPOSE_RETENTION = "retention.propose"
    APPROVE_RETENTION = "retention.approve"
    REQUEST_HOLD = "hold.request"
    APPROVE_HOLD = "hold.approve"
    REQUEST_KEY = "key.request"
    APPROVE_KEY = "key.approve"
    REQUEST_MEMBER = "member.request"
    APPROVE_MEMBER = "member.approve"
    CONFIGURE_TENANT = "tenant.configure"
    APPROVE_LOOSENING = "loosening.approve"
    HANDLE_RIGHTS = "rights.handle"
    APPROVE_ERASURE = "erasure.approve"
    REVIEW_MEMORIES = "memories.review"
    REVEAL = "reveal"
    REVIEW_REVEAL = "reveal.review"
    READ_AUDIT = "audit.read"
    HANDLE_BREACHES = "breaches.handle"
    WRITE_RECIPIENTS = "recipients.write"
    RECORD_DISCLOSURES = "disclosures.record"
    MAINTAIN = "maintain"  # the service itself
    # For the person, in a sitting of the portal.
    PORTAL_USE = "portal.use"
    OWN_READ = "own.read"  # what the key that issued the link may read as well
    OWN_READ_ALL = "own.read_all"  # everything, once a one-time code has shown that it is the person


MACHINE_CAPABILITIES = (
    Capability.REMEMBER,
    Capability.RECALL,
    Capability.RECALL_SPECIAL,
    Capability.FORGET,
    Capability.FORGET_SUBJECT,
    Capability.LIST_SUBJECTS,
    Capability.SHARED_WRITE,
    Capability.CONSENT_GRANT,
    Capability.REQUEST_RIGHTS,
    Capability.PORTAL_ISSUE,
)


class Action(StrEnum):
    """Action that a use case is about to take; also the type of its audit event."""

    REMEMBER = "remember"
    EXTRACT = "extract"
    RECALL = "recall"
    READ = "read"
    BROWSE = "browse"
    HISTORY = "history"
    REVISE = "revise"
    FORGET = "forget"
    FORGET_SCOPE = "forget_scope"
    LIST_SUBJECTS = "list_subjects"
    READ_EVENT = "read_event"
    CONNECT = "connect"
    AUTHENTICATE = "authenticate"
    # choices of the person
    GRANT_CONSENT = "grant_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    READ_CONSENT = "read_consent"
    OBJECT = "object"
    READ_OBJECTIONS = "read_objections"
    SETTLE_OBJECTION = "settle_objection"
    RESTRICT = "restrict"
    LIFT_RESTRICTION = "lift_restriction"
    DECLARE_AGE = "declare_age"
    SET_CONTRACT_END = "set_contract_end"
    # requests of the person (Art. 12 to 22) and their handling
    OPEN_REQUEST = "open_request"
    READ_REQUESTS = "read_requests"
    FOLLOW_REQUEST = "follow_request"  # with the receipt, by the person
    VERIFY_REQUEST = "verify_request"
    EXTEND_REQUEST = "extend_request"
    PAUSE_REQUEST = "pause_request"
    RESUME_REQUEST = "resume_request"
    REFUSE_REQUEST = "refuse_request"
    CANCEL_REQUEST = "cancel_request"
    FULFIL_REQUEST = "fulfil_request"
    ESCALATE_REQUEST = "escalate_request"
    PLAN_ERASURE = "plan_erasure"
    APPROVE_ERASURE = "approve_erasure"
    WITHDRAW_ERASURE = "withdraw_erasure"  # by the verifier: the request waits to be verified anew
    REJECT_ERASURE = "reject_erasure"
    ERASE = "erase"
    SCAN_ERASURE = "scan_erasure"
    CERTIFY_ERASURE = "certify_erasure"
    READ_CERTIFICATE = "read_certificate"
    LIST_CERTIFICATES = "list_certificates"
    LIST_LINKS = "list_links"  # to copies
    NOTIFY_RECIPIENT = "notify_recipient"
    LINK_COPY = "link_copy"
    MAKE_COPY = "make_copy"
    HAND_OUT_COPY = "hand_out_copy"  # to the holder of the one-time copy link
    # the person in the portal
    ISSUE_PORTAL_LINK = "issue_portal_link"
    OPEN_PORTAL = "open_portal"
    READ_PORTAL = "read_portal"
    EXTEND_SITTING = "extend_sitting"
    READ_OWN_ACCESS = "read_own_access"  # by the person: who read what is kept about them
    REVIVE_OWN = "revive_own"  # by the person: what a newer memory replaced by mistake is current again
    ISSUE_CODE = "issue_code"  # by staff: a one-time code with which the person proves who they are
    PROVE_IDENTITY = "prove_identity"
    # staff
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    STEP_UP = "step_up"
    LINK_SIGN_ON = "link_sign_on"  # to an account at the organisation's identity provider
    LOOK_UP_SUBJECT = "look_up_subject"
    INSPECT = "inspect"
    READ_QUARANTINE = "read_quarantine"
    RELEASE = "release"
    REJECT = "reject"
    SETTLE_FACT = "settle_fact"  # by staff: which of two memories is current
    BREAK_GLASS = "break_glass"
    REVIEW_BREAK_GLASS = "review_break_glass"
    # configuration
    READ_CONFIGURATION = "read_configuration"
    CREATE_TENANT = "create_tenant"
    CONFIGURE_TENANT = "configure_tenant"
    CREATE_PURPOSE = "create_purpose"
    REVISE_PURPOSE = "revise_purpose"
    RECORD_COMPATIBILITY = "record_compatibility"
    END_COMPATIBILITY = "end_compatibility"
    APPROVE_LOOSENING = "approve_loosening"  # of a purpose or a setting, by a second person
    DECLINE_LOOSENING = "decline_loosening"
    WITHDRAW_LOOSENING = "withdraw_loosening"
    REGISTER_NOTICE = "register_notice"
    PROPOSE_RULE = "propose_rule"
    PREVIEW_RULE = "preview_rule"
    APPROVE_RULE = "approve_rule"
    DECLINE_RULE = "decline_rule"
    WITHDRAW_RULE = "withdraw_rule"
    PROPOSE_RULE_END = "propose_rule_end"
    APPROVE_RULE_END = "approve_rule_end"
    DECLINE_RULE_END = "decline_rule_end"
    WITHDRAW_RULE_END = "withdraw_rule_end"
    READ_HOLDS = "read_holds"
    REQUEST_HOLD = "request_hold"
    APPROVE_HOLD = "approve_hold"
    DECLINE_HOLD = "decline_hold"
    WITHDRAW_HOLD = "withdraw_hold"
    REQUEST_HOLD_RELEASE = "request_hold_release"
    APPROVE_HOLD_RELEASE = "approve_hold_release"
    DECLINE_HOLD_RELEASE = "decline_hold_release"
    WITHDRAW_HOLD_RELEASE = "withdraw_hold_release"
    REQUEST_KEY = "request_key"
    APPROVE_KEY = "approve_key"
    DECLINE_KEY = "decline_key"
    WITHDRAW_KEY = "withdraw_key"
    CLAIM_KEY = "claim_key"
    REVOKE_KEY = "revoke_key"
    REQUEST_MEMBER = "request_member"
    APPROVE_MEMBER = "approve_member"
    DECLINE_MEMBER = "decline_member"
    WITHDRAW_MEMBER = "withdraw_member"
    ENROL_MEMBER = "enrol_member"
    SUSPEND_MEMBER = "suspend_member"
    # the trail itself
    READ_AUDIT = "read_audit"
    EXPORT_AUDIT = "export_audit"
    COPY_AUDIT = "copy_audit"  # an export by the operator, by a command
    VERIFY_AUDIT = "verify_audit"
    READ_REPORT = "read_report"
    READ_CHANGES = "read_changes"
    DROP_AUDIT = "drop_audit"
    WITNESS_LOST = "witness_lost"
    DAMAGE_FOUND = "damage_found"  # a sealed value does not open
    CLOCK_JUMPED = "clock_jumped"  # of the database, against this machine's or against itself
    LEDGER_DAMAGED = "ledger_damaged"
    MESSAGE_PARKED = "message_parked"  # of the queue: no task can be made of it
    ROTATE_SIGNING_KEY = "rotate_signing_key"
    # breaches and disclosures
    OPEN_BREACH = "open_breach"
    UPDATE_BREACH = "update_breach"
    READ_BREACHES = "read_breaches"
    REGISTER_RECIPIENT = "register_recipient"
    READ_RECIPIENTS = "read_recipients"
    RECORD_DISCLOSURE = "record_disclosure"
    SUSPEND_ACCOUNTING = "suspend_accounting"
    # the service itself
    EXPIRE = "expire"
    SHRED = "shred"
    APPLY_RULES = "apply_rules"
    ROTATE_KEYS = "rotate_keys"
    DESTROY_EPOCH = "destroy_epoch"
    RESTORE = "restore"
    REQUEST_OFFBOARDING = "request_offboarding"
    APPROVE_OFFBOARDING = "approve_offboarding"
    DECLINE_OFFBOARDING = "decline_offboarding"
    WITHDRAW_OFFBOARDING = "withdraw_offboarding"
    OFFBOARD_TENANT = "offboard_tenant"


class Grave(StrEnum):
    """Reason why an action of staff needs a step-up (a one-time code of the last ten minutes)."""

    DESTROYS = "destroys"
    CLOSES = "closes"  # what a person asked for, or a duty that staff attend to
    LOOSENS = "loosens"  # more is kept, shown or allowed, or a clock runs longer
    HANDS_OUT = "hands_out"
    CUTS_OFF = "cuts_off"  # a person from their work, their memories or their erasure


class SystemJob(StrEnum):
    """Part of the service that acts where no principal does. An event's actor is never empty."""

    DOOR = "door"  # refuses callers who are not authenticated
    FOUNDING = "founding"  # makes tenants
    CLAIM = "claim"  # hands a key or an account to the holder of its claim code
    SWEEP = "sweep"
    RETENTION = "retention"  # dates memories anew after a rule was approved
    SEALER = "sealer"
    AUDIT_CHECK = "audit_check"
    AUDIT_DROP = "audit_drop"
    WITNESS = "witness"
    ALARM = "alarm"  # records what must never happen
    ERASURE = "erasure"
    CLOCKS = "clocks"  # escalates requests before they are due
    RECEIPT = "receipt"  # acts for the holder of a request's receipt, or of a copy link
    PORTAL = "portal"  # acts for the holder of a portal link, until it opened
    KEY_ROTATION = "key_rotation"
    RESTORE = "restore"  # puts in force again what a restored backup lacks
    OPERATOR = "operator"  # a person who runs a command on this machine


class AnchorKind(StrEnum):
    """Kind of place where signed tree heads are anchored, out of the database's reach."""

    FILE = "file"
    S3 = "s3"


class Problem(StrEnum):
    """Kind of the first problem that a verification of the trail found."""

    EVENT_CHANGED = "event_changed"  # the event does not have the hash of its leaf
    EVENT_MISSING = "event_missing"  # a leaf has no event, and no recorded drop explains it
    ITEMS_CHANGED = "items_changed"  # the listed memories do not have the digest of the event
    LEAF_MISSING = "leaf_missing"  # a number is skipped
    TAIL_CUT = "tail_cut"  # fewer leaves than were signed or anchored
    HEAD_REWRITTEN = "head_rewritten"  # the leaves do not lead to the root that was signed or anchored
    HEAD_UNSIGNED = "head_unsigned"  # the signature of a head is wrong, or its key unknown
    NEVER_QUEUED = "never_queued"  # an event is not in the queue, so no sealer will ever see it
    WITNESS_DIFFERS = "witness_differs"  # the second witness has an event that the trail lacks or shows otherwise
    KEY_USED_UNSEEN = "key_used_unseen"  # a person's key was unwrapped, and no event accounts for it


class Channel(StrEnum):
    """Way by which something reached the organisation or left it.

    KEY and the members after it are written by the service itself.
    """

    WEB = "web"
    APP = "app"
    CHAT = "chat"
    API = "api"
    PORTAL = "portal"
    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"
    BRANCH = "branch"
    KEY = "key"  # a deletion by a key
    OPERATOR = "operator"
    OFFBOARDING = "offboarding"
    AGE = "age"  # a child's own consent ended with the declaration of its age
    LEDGER = "ledger"  # a withdrawal that a restored backup lacked


# The channels that a caller may name.
CHANNELS = tuple(list(Channel)[: list(Channel).index(Channel.KEY)])


class LawfulBasis(StrEnum):
    """Lawful basis of processing: GDPR Article 6(1)(a) to (f)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


# The bases against which a person may object (GDPR Article 21(1)).
OBJECTIONABLE = frozenset({LawfulBasis.PUBLIC_TASK, LawfulBasis.LEGITIMATE_INTERESTS})


class Article9Condition(StrEnum):
    """Condition under which special categories may be processed: GDPR Article 9(2)(a) to (j)."""

    EXPLICIT_CONSENT = "9(2)(a)"
    EMPLOYMENT_LAW = "9(2)(b)"
    VITAL_INTERESTS = "9(2)(c)"
    NOT_FOR_PROFIT_BODY = "9(2)(d)"
    MADE_PUBLIC = "9(2)(e)"
    LEGAL_CLAIMS = "9(2)(f)"
    PUBLIC_INTEREST = "9(2)(g)"
    HEALTH_CARE = "9(2)(h)"
    PUBLIC_HEALTH = "9(2)(i)"
    ARCHIVING_RESEARCH = "9(2)(j)"


class DataClass(StrEnum):
    """Class of a memory: how sensitive it is. Later members are stricter.

    The exact categories are sealed with the memory.
    """

    ORDINARY = "ordinary"
    CONFIDENTIAL = "confidential"  # identifiers and secrets
    SPECIAL = "special"  # GDPR Article 9(1)
    CRIMINAL = "criminal"  # GDPR Article 10

    @property
    def rank(self) -> int:
        return list(DataClass).index(self)


SENSITIVE = frozenset({DataClass.SPECIAL, DataClass.CRIMINAL})


class Handling(StrEnum):
    """Handling of a detected class by a purpose, before anything is stored. Later members are stricter."""

    ALLOW = "allow"
    MASK = "mask"  # what was detected is replaced in the text that is kept
    QUARANTINE = "quarantine"  # kept, and not recalled until a reviewer releases it
    REFUSE = "refuse"

    @property
    def rank(self) -> int:
        return list(Handling).index(self)


class SubjectKind(StrEnum):
    """Kind of a subject.

    USER is a person, and RUN a session of a person not yet known. Agents and apps are not persons.
    """

    USER = "user"
    RUN = "run"
    AGENT = "agent"
    APP = "app"


SHARED = frozenset({SubjectKind.AGENT, SubjectKind.APP})


class SubjectState(StrEnum):
    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASED = "erased"


class MemoryState(StrEnum):
    """State of a memory. Nothing sets ERASED today."""

    ACTIVE = "active"
    RESTRICTED = "restricted"  # kept because a hold or a floor demands it, and for nothing else
    QUARANTINED = "quarantined"
    SUPERSEDED = "superseded"
    ERASED = "erased"


class FieldGroup(StrEnum):
    """Group of a memory's fields that is shown, masked or hidden together (`roles.VIEWS`)."""

    CONTENT = "content"  # the words, and what they were found by
    LABELS = "labels"  # purpose, basis, class, categories, dates
    EVIDENCE = "evidence"  # provenance and who has read it


class View(StrEnum):
    CLEAR = "clear"
    MASKED = "masked"
    HIDDEN = "hidden"


class ReasonCode(StrEnum):
    """Reason why a request was allowed or refused: a closed vocabulary of the audit trail."""

    ALLOWED = "allowed"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    OTHER_TENANT = "other_tenant"
    CAPABILITY_MISSING = "capability_missing"
    STEP_UP_NEEDED = "step_up_needed"
    PURPOSE_MISSING = "purpose_missing"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    CONSENT_MISSING = "consent_missing"
    CONSENT_ENDED = "consent_ended"
    OBJECTED = "objected"
    PURPOSE_NOT_PERSONAL = "purpose_not_personal"
    PURPOSE_IS_PERSONAL = "purpose_is_personal"
    CLASS_NOT_ALLOWED = "class_not_allowed"
    NO_CEILING = "no_ceiling"
    SUBJECT_NOT_ACTIVE = "subject_not_active"
    DELETION_LIMIT = "deletion_limit"  # the key deleted as many people in an hour as the tenant allows
    NOT_FOUND = "not_found"
    UNSCOPED = "unscoped"
    WILDCARD_SCOPE = "wildcard_scope"
    UNREADABLE_SCOPE = "unreadable_scope"
    # refusals of staff
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED_OUT = "locked_out"
    SAME_PERSON = "same_person"
    NOT_THE_AUTHOR = "not_the_author"
    OWN_MEMBERSHIP = "own_membership"
    ROLE_UNKNOWN = "role_unknown"
    CLAIM_UNKNOWN = "claim_unknown"
    REVIEW_OVERDUE = "review_overdue"
    REVEAL_NEEDED = "reveal_needed"
    # refusals by the state of the object
    NOTICE_UNKNOWN = "notice_unknown"
    NOT_CONSENT_BASED = "not_consent_based"
    NOT_OBJECTIONABLE = "not_objectionable"
    GUARDIAN_NEEDED = "guardian_needed"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    ALREADY_DECIDED = "already_decided"
    PLAN_CHANGED = "plan_changed"
    # refusals about a request of the person
    IDENTITY_UNVERIFIED = "identity_unverified"
    REQUEST_NOT_OPEN = "request_not_open"
    ANOTHER_IS_OPEN = "another_is_open"
    DEADLINE_PASSED = "deadline_passed"
    ALREADY_EXTENDED = "already_extended"
    CLOCK_NEVER_STOPS = "clock_never_stops"
    ALREADY_DESTROYED = "already_destroyed"
    APPROVAL_BROKEN = "approval_broken"  # ALARM: the row in the database is not what was approved
    NOT_ASKED_HERE = "not_asked_here"  # another principal or another sitting opened the request
    RETAINED_BY_LAW = "retained_by_law"
    LINK_UNKNOWN = "link_unknown"
    CODE_UNKNOWN = "code_unknown"
    KEYS_IN_USE = "keys_in_use"
    INVALID = "invalid"
    CANNOT_DECIDE = "cannot_decide"
