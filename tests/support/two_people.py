"""Configuration of the cast that takes two people: ada or dora proposes a loosening, and dov approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.dual_control.approve_loosening import approve_loosening
from governance.processing.loosening_proposal import LooseningView
from governance.processing.purposes import list_purposes, record_compatibility, revise_purpose
from governance.processing.tenants import configure_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from governance.policy.purpose_terms import PurposeTerms
    from governance.processing.purposes import PurposeView
    from tests.support.cast import Organisation


def approved(organisation: Organisation, made: object, by: str = "dov") -> LooseningView | None:
    """Approve a loosening that waits, on what was shown; do nothing for what took effect at once."""
    if not isinstance(made, LooseningView):
        return None
    return approve_loosening(caller=organisation.staff(by), loosening_id=made.id, digest=made.digest)


def two_of_staff_are_enough(organisation: Organisation) -> None:
    """Let an erasure that one member opened and another verified be approved by itself."""
    configured(organisation, auto_approve_erasure=True, auto_approve_staff_verified=True)


def configured(organisation: Organisation, **changes: str | int | bool) -> None:
    approved(organisation, configure_tenant(caller=organisation.staff("ada"), changes=changes))


def revised(organisation: Organisation, name: str, terms: PurposeTerms) -> PurposeView:
    approved(organisation, revise_purpose(caller=organisation.staff("ada"), name=name, terms=terms))
    return next(one for one in list_purposes(caller=organisation.staff("ada")) if one.name == name)


def compatible(organisation: Organisation, source: str, target: str, reason: str = "same contract") -> UUID:
    """Record a compatibility with its approval. Returns its id."""
    made = record_compatibility(caller=organisation.staff("dora"), source=source, target=target, reason=reason)
    done = approved(organisation, made)
    assert done is not None
    assert done.object_id is not None
    return done.object_id
