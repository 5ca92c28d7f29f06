"""Policy a second time: slow and literal, to compare with.

Written from the prose at the top of `governance/policy/decide.py`, the design and the articles of the GDPR: a flat list
of independent reasons to refuse, in any order. It shares the tables of `governance/policy/roles.py` with the real
policy, and no code. Where the two differ, one of them is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.policy.roles import NEEDED, STATES, STEP_UP, VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from governance.policy.decide import AccessRequest, PurposeRule

READING = {"recall", "read", "browse", "history"}
NEW_MEMORIES = {"remember", "extract"}
FOR_ONE_PURPOSE = READING | NEW_MEMORIES | {"revise", "forget", "grant_consent"}
FOR_SEVERAL = {"list_subjects", "read_event", "forget_scope"}
LETTING_GO = {"forget", "forget_scope", "withdraw_consent", "object", "read_consent"}
# Actions that are not for staff alone: any principal, a key, or the person may do it, and these have no second factor.
OF_OTHERS_TOO = {
    None,
    *("remember", "recall", "recall.special", "forget", "forget_subject", "list_subjects", "shared.write"),
    *("consent.grant", "rights.request", "portal.issue", "portal.use", "own.read", "own.read_all"),
}
ABOUT_THE_KEY_ITSELF = {"connect", "read_event", "sign_out", "step_up"}
USES_MEMORIES = READING | NEW_MEMORIES | {"revise", "list_subjects", "read_event"}
CLASSES = ["ordinary", "confidential", "special", "criminal"]


def reference(request: AccessRequest, now: datetime) -> bool:
    """Return whether the request is allowed: when nothing speaks against it."""
    return not reasons(request, now)


def reasons(request: AccessRequest, now: datetime) -> list[str]:
    """Return everything that speaks against the request, by the name of the rule."""
    return [rule.__name__ for rule in REFUSALS if rule(request, now)]


def the_principal_was_revoked(request: AccessRequest, now: datetime) -> bool:
    return request.principal.revoked_at is not None


def the_principal_has_expired(request: AccessRequest, now: datetime) -> bool:
    return request.principal.expires_at is not None and not now < request.principal.expires_at


def the_object_is_of_another_tenant(request: AccessRequest, now: datetime) -> bool:
    return request.object_tenant is not None and request.object_tenant != request.principal.tenant_id


def nobody_wrote_a_rule_for_the_action(request: AccessRequest, now: datetime) -> bool:
    return request.action not in NEEDED


def the_capability_is_not_held(request: AccessRequest, now: datetime) -> bool:
    needed = NEEDED.get(request.action)
    return needed is not None and needed not in request.principal.capabilities


def what_is_shared_is_written_without_shared_write(request: AccessRequest, now: datetime) -> bool:
    writes = NEEDED.get(request.action) in {"remember", "forget"}
    return is_shared(request) and writes and "shared.write" not in request.principal.capabilities


def everything_of_somebody_goes_without_forget_subject(request: AccessRequest, now: datetime) -> bool:
    return request.action == "forget_scope" and "forget_subject" not in request.principal.capabilities


def the_second_factor_is_missing_or_stale(request: AccessRequest, now: datetime) -> bool:
    at_work = request.principal.role in {"reviewer", "dpo", "auditor", "administrator", "key_officer"}
    others_do_it_too = NEEDED.get(request.action) in OF_OTHERS_TOO
    if request.action not in STEP_UP or (others_do_it_too and not at_work):
        return False
    until = request.principal.stepped_up_until
    return until is None or not now < until


def no_purpose_is_named_and_none_is_the_default(request: AccessRequest, now: datetime) -> bool:
    return acts_for_one(request) and name_of_purpose(request) in {None, ""}


def the_principal_may_not_name_the_purpose(request: AccessRequest, now: datetime) -> bool:
    name = name_of_purpose(request)
    if not acts_for_one(request) or not name:
        return False
    return name not in [rule.name for rule in request.principal.purposes]


def what_is_about_a_person_goes_to_a_purpose_about_nobody(request: AccessRequest, now: datetime) -> bool:
    purpose = the_purpose(request)
    if request.action not in NEW_MEMORIES or purpose is None:
        return False
    return not is_shared(request) and not purpose.personal


def what_is_about_nobody_goes_to_a_purpose_about_persons(request: AccessRequest, now: datetime) -> bool:
    purpose = the_purpose(request)
    if request.action not in NEW_MEMORIES or purpose is None:
        return False
    return is_shared(request) and purpose.personal


def the_key_is_pinned_to_another_subject(request: AccessRequest, now: datetime) -> bool:
    pin = request.principal.pinned_subject
    if pin is None or request.action in ABOUT_THE_KEY_ITSELF:
        return False
    return request.subject is None or request.subject.id != pin


def the_key_is_pinned_to_another_agent(request: AccessRequest, now: datetime) -> bool:
    pin = request.principal.pinned_agent
    if pin is None or request.action in ABOUT_THE_KEY_ITSELF:
        return False
    return request.agent_id is None or request.agent_id != pin


def there_is_no_consent(request: AccessRequest, now: datetime) -> bool:
    """Art. 6(1)(a), 7(3). Consenting, withdrawing and forgetting need none; what staff do is for no one purpose."""
    purpose = the_purpose(request)
    return uses_one(request) and purpose is not None and lacks_consent(request, purpose.purpose_id, now)


def the_person_objected(request: AccessRequest, now: datetime) -> bool:
    """Art. 21: use stops at once, whatever the outcome of the assessment."""
    purpose = the_purpose(request)
    return uses_one(request) and purpose is not None and "objected" in choices(request, purpose.purpose_id)


def the_person_restricted_the_purpose(request: AccessRequest, now: datetime) -> bool:
    """Art. 18(2): storage only."""
    purpose = the_purpose(request)
    return uses_one(request) and purpose is not None and "restricted" in choices(request, purpose.purpose_id)


def the_subject_is_restricted(request: AccessRequest, now: datetime) -> bool:
    """Art. 18(2). Forgetting, choices against use and the work of staff continue; a new consent does not."""
    if request.subject is None or request.subject.state != "restricted":
        return False
    return request.action in (USES_MEMORIES | {"grant_consent"})


def the_subject_is_erased(request: AccessRequest, now: datetime) -> bool:
    return request.subject is not None and request.subject.state == "erased"


REFUSALS: list[Callable[[AccessRequest, datetime], bool]] = [
    the_principal_was_revoked,
    the_principal_has_expired,
    the_object_is_of_another_tenant,
    nobody_wrote_a_rule_for_the_action,
    the_capability_is_not_held,
    what_is_shared_is_written_without_shared_write,
    everything_of_somebody_goes_without_forget_subject,
    the_second_factor_is_missing_or_stale,
    no_purpose_is_named_and_none_is_the_default,
    the_principal_may_not_name_the_purpose,
    what_is_about_a_person_goes_to_a_purpose_about_nobody,
    what_is_about_nobody_goes_to_a_purpose_about_persons,
    the_key_is_pinned_to_another_subject,
    the_key_is_pinned_to_another_agent,
    there_is_no_consent,
    the_person_objected,
    the_person_restricted_the_purpose,
    the_subject_is_restricted,
    the_subject_is_erased,
]


def reference_sees(request: AccessRequest, now: datetime, purpose_id: UUID, data_class: str) -> bool:
    """Return whether memories of this purpose and class are within reach of the request."""
    if not reference(request, now):
        return False
    own = {rule.purpose_id: rule for rule in purposes_acted_for(request)}
    if purpose_id in own:
        return sees_own(request, own[purpose_id], data_class, now)
    named = the_purpose(request)
    if request.action not in READING or named is None:
        return False
    linked = {rule.purpose_id: rule for rule in named.compatible}
    return purpose_id in linked and sees_linked(request, linked[purpose_id], data_class, now)


def sees_own(request: AccessRequest, rule: PurposeRule, data_class: str, now: datetime) -> bool:
    if request.action in LETTING_GO:
        return True
    if request.action in USES_MEMORIES and forbidden(request, rule, now):
        return False
    if the_person_is_not_known_to_be_it(request) and (out_of_use(request) or forbidden(request, rule, now)):
        return False
    return may_hold(rule, data_class) and row_shows(request, data_class)


def the_person_is_not_known_to_be_it(request: AccessRequest) -> bool:
    """Return whether a sitting is not proved: it may be the issuer's, who sees what is in use and no more."""
    return request.action == "read_portal" and "own.read_all" not in request.principal.capabilities


def out_of_use(request: AccessRequest) -> bool:
    return request.subject is not None and request.subject.state == "restricted"


def sees_linked(request: AccessRequest, rule: PurposeRule, data_class: str, now: datetime) -> bool:
    if rule.lawful_basis == "consent":  # Art. 6(4)
        return False
    if data_class in {"special", "criminal"}:  # Art. 9 and 10
        return False
    return not forbidden(request, rule, now) and row_shows(request, data_class)


def is_shared(request: AccessRequest) -> bool:
    kind = request.new_subject_kind if request.subject is None else request.subject.kind
    return kind in {"agent", "app"}


def acts_for_one(request: AccessRequest) -> bool:
    if request.action in FOR_ONE_PURPOSE:
        return True
    return request.action in FOR_SEVERAL and request.purpose is not None


def uses_one(request: AccessRequest) -> bool:
    return request.action in FOR_ONE_PURPOSE and request.action in USES_MEMORIES


def name_of_purpose(request: AccessRequest) -> str | None:
    """Return the purpose that was named, else the default; an agent's knowledge has the one purpose without persons."""
    if request.purpose is not None:
        return request.purpose
    default = request.principal.default_purpose
    about_nobody = [rule.name for rule in request.principal.purposes if not rule.personal]
    if is_shared(request) and default not in about_nobody and len(about_nobody) == 1:
        return about_nobody[0]
    return default


def the_purpose(request: AccessRequest) -> PurposeRule | None:
    if not acts_for_one(request):
        return None
    for rule in request.principal.purposes:
        if rule.name == name_of_purpose(request):
            return rule
    return None


def purposes_acted_for(request: AccessRequest) -> list[PurposeRule]:
    one = the_purpose(request)
    if one is not None:
        return [one]
    return list(request.principal.purposes)


def choices(request: AccessRequest, purpose_id: UUID) -> set[str]:
    made: set[str] = set()
    for standing in request.subject.standings if request.subject else ():
        if standing.purpose_id == purpose_id:
            made |= {"objected"} if standing.objected else set()
            made |= {"restricted"} if standing.restricted else set()
    return made


def lacks_consent(request: AccessRequest, purpose_id: UUID, now: datetime) -> bool:
    every = [*request.principal.purposes, *(two for one in request.principal.purposes for two in one.compatible)]
    if "consent" not in {rule.lawful_basis for rule in every if rule.purpose_id == purpose_id}:
        return False
    for standing in request.subject.standings if request.subject else ():
        if standing.purpose_id == purpose_id and standing.consent_until is not None and now < standing.consent_until:
            return False
    return True


def forbidden(request: AccessRequest, rule: PurposeRule, now: datetime) -> bool:
    return bool(choices(request, rule.purpose_id)) or lacks_consent(request, rule.purpose_id, now)


def may_hold(rule: PurposeRule, data_class: str) -> bool:
    if data_class == "special":
        return rule.article9 is not None and rule.intake.special != "refuse"
    if data_class == "criminal":
        return rule.intake.criminal != "refuse"
    return True


def row_shows(request: AccessRequest, data_class: str) -> bool:
    principal = request.principal
    if principal.role == "api_key":
        row = "recall.special" if "recall.special" in principal.capabilities else "recall"
    elif principal.role == "subject":
        row = "own.read" if "own.read" in principal.capabilities else "subject"
        row = "own.read_all" if "own.read_all" in principal.capabilities else row
    elif request.revealed and "reveal" in principal.capabilities:
        row = "break_glass"
    else:
        row = principal.role
    return VIEWS[row][CLASSES.index(data_class)] != "hidden" and len(STATES.get(row, [])) > 0
