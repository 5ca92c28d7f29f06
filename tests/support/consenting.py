"""Notices and consents of the cast's `offers` purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.processing.consents import Choice, list_notices, register_notice
from memstore.records.scope_ids import ScopeIds
from memstore.rights import choices

if TYPE_CHECKING:
    from governance.processing.consents import ConsentState
    from memstore.rights.choices import Ended
    from tests.support.cast import Organisation

WORDING = "We remember what you like. You can take this back at any time."


def notice(organisation: Organisation) -> str:
    """Return the SHA-256 of the wording, registered on first use."""
    dora = organisation.staff("dora")
    known = list_notices(caller=dora)
    found = known[0] if known else register_notice(caller=dora, purpose="offers", language="en", text=WORDING)
    return found.sha256


def consents(organisation: Organisation, user_id: str = "alice", **choice: object) -> ConsentState:
    return choices.grant(
        caller=organisation.caller(),
        scope=ScopeIds(user_id=user_id),
        purpose="offers",
        notice=notice(organisation),
        choice=Choice("web", **choice),  # type: ignore[arg-type]  # fields of Choice
    )


def withdraws(organisation: Organisation, user_id: str = "alice", *, key_text: str | None = None) -> Ended:
    return choices.withdraw(
        caller=organisation.caller(key_text=key_text),
        scope=ScopeIds(user_id=user_id),
        purpose="offers",
        choice=Choice("web"),
    )
