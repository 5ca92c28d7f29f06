"""Roles: what each may do, and how much of a memory each may see. The only place that defines this.

`docs/policy.md` shows the same tables, generated from here.
"""

from __future__ import annotations

from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    STAFF,
    Action,
    Capability,
    DataClass,
    FieldGroup,
    Grave,
    MemoryState,
    Role,
    View,
)

_EVERY_STAFF = frozenset({Capability.READ_CONFIGURATION})
ROLE_CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.REVIEWER: _EVERY_STAFF | {Capability.REVIEW_MEMORIES, Capability.REVEAL},
    Role.DPO: _EVERY_STAFF
    | {
        Capability.CONSENT_GRANT,
        Capability.WRITE_COMPATIBILITY,
        Capability.WRITE_NOTICES,
        Capability.APPROVE_RETENTION,
        Capability.REQUEST_HOLD,
        Capability.APPROVE_HOLD,
        Capability.APPROVE_KEY,
        Capability.APPROVE_MEMBER,
        Capability.APPROVE_LOOSENING,
        Capability.HANDLE_RIGHTS,
        Capability.REQUEST_RIGHTS,
        Capability.APPROVE_ERASURE,
        Capability.REVIEW_MEMORIES,
        Capability.REVEAL,
        Capability.REVIEW_REVEAL,
        Capability.READ_AUDIT,
        Capability.HANDLE_BREACHES,
        Capability.RECORD_DISCLOSURES,
        Capability.PORTAL_ISSUE,
    },
    Role.AUDITOR: _EVERY_STAFF | {Capability.READ_AUDIT},
    Role.ADMINISTRATOR: _EVERY_STAFF
    | {
        Capability.WRITE_PURPOSES,
        Capability.WRITE_NOTICES,
        Capability.PROPOSE_RETENTION,
        Capability.REQUEST_HOLD,
        Capability.REQUEST_KEY,
        Capability.REQUEST_MEMBER,
        Capability.APPROVE_MEMBER,
        Capability.APPROVE_LOOSENING,
        Capability.CONFIGURE_TENANT,
        Capability.WRITE_RECIPIENTS,
    },
    Role.KEY_OFFICER: _EVERY_STAFF,
    Role.SYSTEM: frozenset({Capability.MAINTAIN}),
    # At most; before the person has proved who they are, a sitting holds less (governance/rights/portal/sittings.py).
    Role.SUBJECT: frozenset(
        {Capability.PORTAL_USE, Capability.OWN_READ, Capability.OWN_READ_ALL, Capability.REQUEST_RIGHTS}
    ),
}

# The capability that each action needs. None: any valid principal. An action that is not here is refused.
NEEDED: dict[Action, Capability | None] = {
    Action.REMEMBER: Capability.REMEMBER,
    Action.EXTRACT: Capability.REMEMBER,
    Action.RECALL: Capability.RECALL,
    Action.READ: Capability.RECALL,
    Action.BROWSE: Capability.RECALL,
    Action.HISTORY: Capability.RECALL,
    Action.REVISE: Capability.REMEMBER,
    Action.FORGET: Capability.FORGET,
    Action.FORGET_SCOPE: Capability.FORGET,
    Action.LIST_SUBJECTS: Capability.LIST_SUBJECTS,
    Action.CONNECT: None,  # any valid key may ask which principal it is
    Action.READ_EVENT: None,  # only the key that made the event sees it; the use case compares the two
    Action.GRANT_CONSENT: Capability.CONSENT_GRANT,
    Action.WITHDRAW_CONSENT: None,  # as easy as giving it, and easier (Art. 7(3))
    Action.READ_CONSENT: None,
    Action.OBJECT: None,
    Action.READ_OBJECTIONS: Capability.HANDLE_RIGHTS,
    Action.SETTLE_OBJECTION: Capability.HANDLE_RIGHTS,
    Action.RESTRICT: Capability.HANDLE_RIGHTS,
    Action.LIFT_RESTRICTION: Capability.HANDLE_RIGHTS,
    Action.DECLARE_AGE: Capability.CONSENT_GRANT,
    Action.SET_CONTRACT_END: Capability.HANDLE_RIGHTS,
    Action.OPEN_REQUEST: Capability.REQUEST_RIGHTS,
    Action.READ_REQUESTS: Capability.REQUEST_RIGHTS,  # a key sees those that it opened, staff who handle them see all
    Action.FOLLOW_REQUEST: Capability.MAINTAIN,  # the holder of a receipt is not otherwise authenticated
    Action.VERIFY_REQUEST: Capability.HANDLE_RIGHTS,
    Action.EXTEND_REQUEST: Capability.HANDLE_RIGHTS,
    Action.PAUSE_REQUEST: Capability.HANDLE_RIGHTS,
    Action.RESUME_REQUEST: Capability.HANDLE_RIGHTS,
    Action.REFUSE_REQUEST: Capability.HANDLE_RIGHTS,
    Action.CANCEL_REQUEST: Capability.REQUEST_RIGHTS,
    Action.FULFIL_REQUEST: Capability.HANDLE_RIGHTS,
    Action.ESCALATE_REQUEST: Capability.MAINTAIN,
    Action.PLAN_ERASURE: Capability.HANDLE_RIGHTS,
    Action.APPROVE_ERASURE: Capability.APPROVE_ERASURE,
    Action.REJECT_ERASURE: Capability.APPROVE_ERASURE,
    Action.WITHDRAW_ERASURE: Capability.HANDLE_RIGHTS,
    Action.ERASE: Capability.MAINTAIN,
    Action.SCAN_ERASURE: Capability.MAINTAIN,
    Action.CERTIFY_ERASURE: Capability.MAINTAIN,
    Action.READ_CERTIFICATE: Capability.REQUEST_RIGHTS,
    Action.LIST_CERTIFICATES: Capability.READ_AUDIT,
    Action.LIST_LINKS: Capability.HANDLE_RIGHTS,
    Action.NOTIFY_RECIPIENT: Capability.HANDLE_RIGHTS,
    Action.LINK_COPY: Capability.HANDLE_RIGHTS,
    Action.MAKE_COPY: Capability.HANDLE_RIGHTS,
    Action.HAND_OUT_COPY: Capability.MAINTAIN,
    Action.ISSUE_PORTAL_LINK: Capability.PORTAL_ISSUE,
    Action.OPEN_PORTAL: Capability.MAINTAIN,  # the holder of a link is not yet authenticated
    Action.READ_PORTAL: Capability.PORTAL_USE,
    Action.EXTEND_SITTING: Capability.PORTAL_USE,
    Action.READ_OWN_ACCESS: Capability.PORTAL_USE,
    Action.REVIVE_OWN: Capability.PORTAL_USE,
    Action.ISSUE_CODE: Capability.HANDLE_RIGHTS,
    Action.PROVE_IDENTITY: Capability.PORTAL_USE,
    Action.SIGN_IN: None,
    Action.SIGN_OUT: None,
    Action.STEP_UP: None,
    Action.LINK_SIGN_ON: Capability.READ_CONFIGURATION,
    Action.LOOK_UP_SUBJECT: Capability.REVIEW_MEMORIES,
    Action.INSPECT: Capability.REVIEW_MEMORIES,
    Action.READ_QUARANTINE: Capability.REVIEW_MEMORIES,
    Action.RELEASE: Capability.REVIEW_MEMORIES,
    Action.REJECT: Capability.REVIEW_MEMORIES,
    Action.SETTLE_FACT: Capability.REVIEW_MEMORIES,
    Action.BREAK_GLASS: Capability.REVEAL,
    Action.REVIEW_BREAK_GLASS: Capability.REVIEW_REVEAL,
    Action.READ_CONFIGURATION: Capability.READ_CONFIGURATION,
    Action.CREATE_TENANT: Capability.MAINTAIN,
    Action.CONFIGURE_TENANT: Capability.CONFIGURE_TENANT,
    Action.CREATE_PURPOSE: Capability.WRITE_PURPOSES,
    Action.REVISE_PURPOSE: Capability.WRITE_PURPOSES,
    Action.RECORD_COMPATIBILITY: Capability.WRITE_COMPATIBILITY,
    Action.END_COMPATIBILITY: Capability.WRITE_COMPATIBILITY,
    Action.APPROVE_LOOSENING: Capability.APPROVE_LOOSENING,
    Action.DECLINE_LOOSENING: Capability.APPROVE_LOOSENING,
    Action.WITHDRAW_LOOSENING: Capability.READ_CONFIGURATION,  # only by its author; the use case compares
    Action.REGISTER_NOTICE: Capability.WRITE_NOTICES,
    Action.PROPOSE_RULE: Capability.PROPOSE_RETENTION,
    Action.PREVIEW_RULE: Capability.READ_CONFIGURATION,
    Action.APPROVE_RULE: Capability.APPROVE_RETENTION,
    Action.DECLINE_RULE: Capability.APPROVE_RETENTION,
    Action.WITHDRAW_RULE: Capability.PROPOSE_RETENTION,
    Action.PROPOSE_RULE_END: Capability.PROPOSE_RETENTION,
    Action.APPROVE_RULE_END: Capability.APPROVE_RETENTION,
    Action.DECLINE_RULE_END: Capability.APPROVE_RETENTION,
    Action.WITHDRAW_RULE_END: Capability.PROPOSE_RETENTION,
    Action.READ_HOLDS: Capability.REQUEST_HOLD,  # a list of holds must tip off no person
    Action.REQUEST_HOLD: Capability.REQUEST_HOLD,
    Action.APPROVE_HOLD: Capability.APPROVE_HOLD,
    Action.DECLINE_HOLD: Capability.APPROVE_HOLD,
    Action.WITHDRAW_HOLD: Capability.REQUEST_HOLD,
    Action.REQUEST_HOLD_RELEASE: Capability.REQUEST_HOLD,
    Action.APPROVE_HOLD_RELEASE: Capability.APPROVE_HOLD,
    Action.DECLINE_HOLD_RELEASE: Capability.APPROVE_HOLD,
    Action.WITHDRAW_HOLD_RELEASE: Capability.REQUEST_HOLD,
    Action.REQUEST_KEY: Capability.REQUEST_KEY,
    Action.APPROVE_KEY: Capability.APPROVE_KEY,
    Action.DECLINE_KEY: Capability.APPROVE_KEY,
    Action.WITHDRAW_KEY: Capability.REQUEST_KEY,
    Action.REVOKE_KEY: Capability.REQUEST_KEY,
    Action.REQUEST_MEMBER: Capability.REQUEST_MEMBER,
    Action.APPROVE_MEMBER: Capability.APPROVE_MEMBER,
    Action.DECLINE_MEMBER: Capability.APPROVE_MEMBER,
    Action.WITHDRAW_MEMBER: Capability.REQUEST_MEMBER,
    Action.SUSPEND_MEMBER: Capability.REQUEST_MEMBER,
    Action.CLAIM_KEY: Capability.MAINTAIN,  # the holder of a claim code is not yet authenticated
    Action.ENROL_MEMBER: Capability.MAINTAIN,
    Action.READ_AUDIT: Capability.READ_AUDIT,
    Action.EXPORT_AUDIT: Capability.READ_AUDIT,
    Action.READ_REPORT: Capability.READ_AUDIT,
    Action.READ_CHANGES: Capability.READ_AUDIT,
    Action.OPEN_BREACH: Capability.HANDLE_BREACHES,
    Action.UPDATE_BREACH: Capability.HANDLE_BREACHES,
    Action.READ_BREACHES: Capability.READ_AUDIT,
    Action.REGISTER_RECIPIENT: Capability.WRITE_RECIPIENTS,
    Action.READ_RECIPIENTS: Capability.READ_CONFIGURATION,
    Action.RECORD_DISCLOSURE: Capability.RECORD_DISCLOSURES,
    Action.SUSPEND_ACCOUNTING: Capability.RECORD_DISCLOSURES,
    Action.COPY_AUDIT: Capability.MAINTAIN,
    Action.VERIFY_AUDIT: Capability.MAINTAIN,
    Action.DROP_AUDIT: Capability.MAINTAIN,
    Action.WITNESS_LOST: Capability.MAINTAIN,
    Action.DAMAGE_FOUND: Capability.MAINTAIN,
    Action.CLOCK_JUMPED: Capability.MAINTAIN,
    Action.LEDGER_DAMAGED: Capability.MAINTAIN,
    Action.MESSAGE_PARKED: Capability.MAINTAIN,
    Action.ROTATE_SIGNING_KEY: Capability.MAINTAIN,
    Action.EXPIRE: Capability.MAINTAIN,
    Action.SHRED: Capability.MAINTAIN,
    Action.APPLY_RULES: Capability.MAINTAIN,
    Action.ROTATE_KEYS: Capability.MAINTAIN,
    Action.DESTROY_EPOCH: Capability.MAINTAIN,
    Action.RESTORE: Capability.MAINTAIN,
    Action.REQUEST_OFFBOARDING: Capability.CONFIGURE_TENANT,
    Action.APPROVE_OFFBOARDING: Capability.APPROVE_ERASURE,
    Action.DECLINE_OFFBOARDING: Capability.APPROVE_ERASURE,
    Action.WITHDRAW_OFFBOARDING: Capability.CONFIGURE_TENANT,
    Action.OFFBOARD_TENANT: Capability.MAINTAIN,
}

# For each action that a member of staff may take: the reason why it needs a step-up (a one-time code of the last ten
# minutes), or None. Reading and proposing to a second person need none.
SECOND_FACTOR: dict[Action, Grave | None] = {
    Action.CONNECT: None,
    Action.READ_EVENT: None,
    Action.GRANT_CONSENT: Grave.LOOSENS,  # it opens what is kept for the purpose
    Action.WITHDRAW_CONSENT: Grave.DESTROYS,  # by staff; the person and their assistant need no second factor
    Action.READ_CONSENT: None,
    Action.OBJECT: Grave.DESTROYS,  # against direct marketing it destroys at once
    Action.READ_OBJECTIONS: None,
    Action.SETTLE_OBJECTION: Grave.DESTROYS,
    Action.RESTRICT: Grave.CUTS_OFF,
    Action.LIFT_RESTRICTION: Grave.LOOSENS,
    Action.DECLARE_AGE: Grave.LOOSENS,  # from then on a person consents without a guardian
    Action.SET_CONTRACT_END: Grave.DESTROYS,  # memories expire from that day
    Action.OPEN_REQUEST: None,  # it waits for its verification
    Action.READ_REQUESTS: None,
    Action.VERIFY_REQUEST: Grave.DESTROYS,  # of an erasure; of an access request it opens the copy
    Action.EXTEND_REQUEST: Grave.LOOSENS,  # a deadline of the law
    Action.PAUSE_REQUEST: Grave.LOOSENS,
    Action.RESUME_REQUEST: None,
    Action.REFUSE_REQUEST: Grave.CLOSES,
    Action.CANCEL_REQUEST: Grave.CLOSES,
    Action.FULFIL_REQUEST: Grave.CLOSES,
    Action.PLAN_ERASURE: None,
    Action.APPROVE_ERASURE: Grave.DESTROYS,
    Action.REJECT_ERASURE: Grave.CLOSES,
    Action.READ_CERTIFICATE: None,
    Action.LIST_CERTIFICATES: None,
    Action.LIST_LINKS: None,
    Action.NOTIFY_RECIPIENT: Grave.CLOSES,  # the duty to tell a recipient (Art. 19)
    Action.LINK_COPY: Grave.HANDS_OUT,
    Action.MAKE_COPY: Grave.HANDS_OUT,
    Action.ISSUE_PORTAL_LINK: Grave.HANDS_OUT,
    Action.ISSUE_CODE: Grave.HANDS_OUT,
    Action.SIGN_IN: None,  # it takes a second factor itself
    Action.SIGN_OUT: None,
    Action.STEP_UP: None,
    Action.LINK_SIGN_ON: Grave.HANDS_OUT,  # another way in
    Action.LOOK_UP_SUBJECT: None,
    Action.INSPECT: None,
    Action.READ_QUARANTINE: None,
    Action.RELEASE: Grave.LOOSENS,
    Action.REJECT: Grave.DESTROYS,
    Action.SETTLE_FACT: None,  # nothing goes, and it can be undone
    Action.BREAK_GLASS: Grave.HANDS_OUT,
    Action.REVIEW_BREAK_GLASS: Grave.CLOSES,
    Action.READ_CONFIGURATION: None,
    Action.CONFIGURE_TENANT: Grave.LOOSENS,
    Action.CREATE_PURPOSE: Grave.LOOSENS,
    Action.REVISE_PURPOSE: Grave.LOOSENS,
    Action.RECORD_COMPATIBILITY: Grave.LOOSENS,
    Action.END_COMPATIBILITY: Grave.CUTS_OFF,
    Action.APPROVE_LOOSENING: Grave.LOOSENS,
    Action.DECLINE_LOOSENING: Grave.CLOSES,
    Action.WITHDRAW_LOOSENING: None,  # one's own
    Action.WITHDRAW_ERASURE: None,  # by the verifier: the request waits to be verified anew
    Action.DECLINE_RULE: Grave.CLOSES,
    Action.WITHDRAW_RULE: None,
    Action.DECLINE_RULE_END: Grave.CLOSES,
    Action.WITHDRAW_RULE_END: None,
    Action.DECLINE_HOLD: Grave.CLOSES,
    Action.WITHDRAW_HOLD: None,
    Action.DECLINE_HOLD_RELEASE: Grave.CLOSES,
    Action.WITHDRAW_HOLD_RELEASE: None,
    Action.DECLINE_KEY: Grave.CLOSES,
    Action.WITHDRAW_KEY: None,
    Action.DECLINE_MEMBER: Grave.CLOSES,
    Action.WITHDRAW_MEMBER: None,
    Action.DECLINE_OFFBOARDING: Grave.CLOSES,
    Action.WITHDRAW_OFFBOARDING: None,
    Action.REGISTER_NOTICE: None,
    Action.PROPOSE_RULE: None,
    Action.PREVIEW_RULE: None,
    Action.APPROVE_RULE: Grave.DESTROYS,
    Action.PROPOSE_RULE_END: None,
    Action.APPROVE_RULE_END: Grave.LOOSENS,
    Action.READ_HOLDS: None,
    Action.REQUEST_HOLD: Grave.CUTS_OFF,  # the person from their erasure
    Action.APPROVE_HOLD: Grave.CUTS_OFF,
    Action.REQUEST_HOLD_RELEASE: Grave.DESTROYS,
    Action.APPROVE_HOLD_RELEASE: Grave.DESTROYS,
    Action.REQUEST_KEY: None,
    Action.APPROVE_KEY: Grave.HANDS_OUT,
    Action.REVOKE_KEY: Grave.CUTS_OFF,
    Action.REQUEST_MEMBER: None,
    Action.APPROVE_MEMBER: Grave.HANDS_OUT,
    Action.SUSPEND_MEMBER: Grave.CUTS_OFF,
    Action.READ_AUDIT: None,
    Action.EXPORT_AUDIT: Grave.HANDS_OUT,
    Action.READ_REPORT: None,
    Action.READ_CHANGES: None,
    Action.OPEN_BREACH: None,
    Action.UPDATE_BREACH: Grave.CLOSES,
    Action.READ_BREACHES: None,
    Action.REGISTER_RECIPIENT: Grave.LOOSENS,  # one that is exempt is in no accounting; an end cuts its keys off
    Action.READ_RECIPIENTS: None,
    Action.RECORD_DISCLOSURE: None,
    Action.SUSPEND_ACCOUNTING: Grave.LOOSENS,
    Action.REQUEST_OFFBOARDING: Grave.DESTROYS,
    Action.APPROVE_OFFBOARDING: Grave.DESTROYS,
}
STEP_UP = frozenset(action for action, why in SECOND_FACTOR.items() if why is not None)
# What API keys and the person may do as well. They have no second factor: a key or a link is their only credential.
_NOT_ONLY_STAFF = frozenset({None, *MACHINE_CAPABILITIES, *ROLE_CAPABILITIES[Role.SUBJECT]})


def needs_step_up(role: Role, action: Action) -> bool:
    """Return whether a principal of this role needs a step-up for the action.

    A step-up is a one-time code of the last ten minutes (RFC 9470).
    """
    return action in STEP_UP and (role in STAFF or NEEDED[action] not in _NOT_ONLY_STAFF)


C, M, H = View.CLEAR, View.MASKED, View.HIDDEN
# Views of a memory's field groups. Content has a column per class; labels and evidence one each.
#                           ordinary confidential special criminal   labels evidence
VIEWS: dict[str, tuple[View, View, View, View, View, View]] = {
    Capability.RECALL.value: (C, C, H, H, C, H),
    Capability.RECALL_SPECIAL.value: (C, C, C, C, C, H),
    Role.REVIEWER.value: (M, M, M, M, C, C),
    Role.DPO.value: (M, M, M, M, C, C),
    "break_glass": (C, C, C, C, C, C),  # a reviewer or dpo, for one person and some minutes, reviewed afterwards
    Role.AUDITOR.value: (H, H, H, H, H, H),
    Role.ADMINISTRATOR.value: (H, H, H, H, H, H),
    Role.KEY_OFFICER.value: (H, H, H, H, H, H),
    Role.SYSTEM.value: (H, H, H, H, H, H),
    Capability.OWN_READ.value: (C, C, H, H, C, C),
    Capability.OWN_READ_ALL.value: (C, C, C, C, C, C),
    Role.SUBJECT.value: (H, H, H, H, H, H),  # by a link whose issuer may not read either
}
BREAK_GLASS = "break_glass"
# The states of a memory in which each row sees it at all.
STATES: dict[str, frozenset[MemoryState]] = {
    Capability.RECALL.value: frozenset({MemoryState.ACTIVE}),
    Capability.RECALL_SPECIAL.value: frozenset({MemoryState.ACTIVE}),
    Role.REVIEWER.value: frozenset({MemoryState.ACTIVE, MemoryState.QUARANTINED, MemoryState.SUPERSEDED}),
    Role.DPO.value: frozenset(set(MemoryState) - {MemoryState.ERASED}),
    BREAK_GLASS: frozenset(set(MemoryState) - {MemoryState.ERASED}),
    Role.AUDITOR.value: frozenset(set(MemoryState) - {MemoryState.ERASED}),
    Capability.OWN_READ.value: frozenset({MemoryState.ACTIVE}),
    Capability.OWN_READ_ALL.value: frozenset(set(MemoryState) - {MemoryState.ERASED}),
}
_COLUMNS = {data_class: data_class.rank for data_class in DataClass}


def row_of(role: Role, capabilities: frozenset[Capability], *, revealed: bool) -> str:
    """Return the row of the tables that applies to a principal."""
    if role is Role.API_KEY:
        special = Capability.RECALL_SPECIAL in capabilities
        return (Capability.RECALL_SPECIAL if special else Capability.RECALL).value
    if role is Role.SUBJECT:
        held = [one for one in (Capability.OWN_READ_ALL, Capability.OWN_READ) if one in capabilities]
        return (held[0] if held else role).value
    return BREAK_GLASS if revealed and Capability.REVEAL in capabilities else role.value


def look(row: str, group: FieldGroup, data_class: DataClass, state: MemoryState) -> View:
    """Return how much of a field group of a memory of this class and state the row shows.

    HIDDEN where the tables do not say.
    """
    if row not in VIEWS or state not in STATES.get(row, frozenset()):
        return View.HIDDEN
    column = {FieldGroup.LABELS: 4, FieldGroup.EVIDENCE: 5}.get(group, _COLUMNS[data_class])
    return VIEWS[row][column]
