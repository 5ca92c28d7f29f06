"""Requests and choices of the person in the portal: ask for something, withdraw a consent, object.

The use cases are those that a key calls; the person is the one whose sitting it is, and no other can be named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.processing.consents import Choice
from governance.rights.portal.receipts import receipt_code
from governance.rights.requests import Asked, open_request
from governance.subjects.oneself import own_identity
from memstore.records.scope_ids import FIELDS, ScopeIds
from memstore.rights import choices
from memstore.rights.portal.own_memories import own_memory

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import RequestKind
    from governance.rights.requests import OpenedRequest
    from memstore.rights.choices import Ended

CHANNEL = "portal"


def ask(
    *,
    caller: Caller,
    kind: RequestKind,
    form: UUID,
    words: str = "",
    memory_id: UUID | None = None,
    correction: str = "",
) -> OpenedRequest:
    """Open a request and return its receipt. `memory_id` and `correction` belong to a rectification.

    `form`: the token that the form was sent with; a second sending leads to the same receipt
    (`governance.rights.portal.receipts`). Raises NoSuchObject for a memory that the sitting does not show,
    InvalidChange, AccessRefused.
    """
    if memory_id is not None:
        own_memory(caller=caller, memory_id=memory_id)
    subject_kind, external_id = own_identity(caller)
    asked = Asked(kind=kind, channel=CHANNEL, words=words, memory_id=memory_id, correction=correction)
    return open_request(
        caller=caller,
        subject_kind=subject_kind,
        external_id=external_id,
        asked=asked,
        receipt_code=receipt_code(caller, form),
    )


def withdraw_own(*, caller: Caller, purpose: str) -> Ended:
    """Withdraw one's own consent, at once (Art. 7(3)). Raises as `memstore.rights.choices.withdraw`."""
    return choices.withdraw(caller=caller, scope=_own_scope(caller), purpose=purpose, choice=Choice(CHANNEL))


def object_own(*, caller: Caller, purpose: str) -> Ended:
    """Object to a purpose, at once (Art. 21). Raises as `memstore.rights.choices.object_to`."""
    return choices.object_to(caller=caller, scope=_own_scope(caller), purpose=purpose)


def _own_scope(caller: Caller) -> ScopeIds:
    kind, external_id = own_identity(caller)
    return ScopeIds(**{FIELDS[kind]: external_id})
