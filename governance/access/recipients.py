"""Recipients: the register of parties outside the organisation to whom something is disclosed (Art. 30(1)(d))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.models import ApiKey, Recipient
from governance.paging import Page, taken
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import RecipientKind

MAX_NAME_CHARS, MAX_ADDRESS_CHARS = 200, 300


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One recipient. `exempt`: disclosures to it are not accounted for (45 CFR 164.528(a)(1)(i))."""

    id: UUID
    name: str
    address: str
    kind: str
    exempt: bool
    registered_by: UUID
    registered_at: datetime
    ended_at: datetime | None


def register_recipient(
    *, caller: Caller, name: str, kind: RecipientKind, address: str = "", exempt: bool = False
) -> RecipientView:
    """Register a recipient.

    Raises AccessRefused, InvalidChange (DUPLICATE: a recipient of that name is in use).
    """
    grant = authorize(caller=caller, action=Action.REGISTER_RECIPIENT)
    with grant.effect():
        name, address = name.strip(), address.strip()
        if not 0 < len(name) <= MAX_NAME_CHARS or not name.isprintable():
            raise InvalidChange("name", f"expected 1 to {MAX_NAME_CHARS} printable characters")
        if len(address) > MAX_ADDRESS_CHARS or not address.isprintable():
            raise InvalidChange("address", f"expected at most {MAX_ADDRESS_CHARS} printable characters")
        try:
            with transaction.atomic():
                row = Recipient.objects.create(
                    tenant_id=caller.tenant_id,
                    name=name,
                    address=address,
                    kind=kind,
                    exempt=exempt,
                    registered_by=caller.principal.id,
                )
        except IntegrityError:
            raise InvalidChange("name", "there is a recipient of that name", ReasonCode.DUPLICATE) from None
        grant.record(object_id=row.id)
    return _view(row)


def end_recipient(*, caller: Caller, recipient_id: UUID) -> RecipientView:
    """End a recipient: nothing more is disclosed to it, and earlier disclosures stay accounted for.

    Raises NoSuchObject, AccessRefused(ALREADY_DECIDED), InvalidChange while a key of the recipient is not revoked.
    """
    grant = authorize(caller=caller, action=Action.REGISTER_RECIPIENT, object_id=recipient_id)
    with grant.effect():
        row = Recipient.objects.select_for_update().filter(id=recipient_id).first()
        if row is None:
            raise NoSuchObject("recipient")
        if row.ended_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        if ApiKey.objects.filter(recipient_id=recipient_id, revoked_at=None).exists():
            raise InvalidChange("recipient_id", "revoke its keys first")
        row.ended_by, row.ended_at = caller.principal.id, datetime.now(UTC)
        row.save(update_fields=["ended_by", "ended_at"])
        grant.record(object_id=row.id)
    return _view(row)


def list_recipients(*, caller: Caller) -> list[RecipientView]:
    """Return all recipients by name, ended ones included."""
    return list(page_recipients(caller=caller, page_size=None).rows)


def page_recipients(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[RecipientView]:
    """Return one page in the order of `list_recipients`."""
    grant = authorize(caller=caller, action=Action.READ_RECIPIENTS)
    with grant.effect():
        rows, total = taken(Recipient.objects.order_by("name", "registered_at", "id"), page, page_size)
        grant.record(n_items=len(rows))
    return Page(tuple(_view(row) for row in rows), total)


def recipient_in_use(recipient_id: UUID) -> Recipient:
    """Return the recipient's row, locked against its end while this transaction lasts.

    Call it inside the tenant's context. Raises InvalidChange for an unknown or ended recipient.
    """
    row = Recipient.objects.select_for_update(no_key=True).filter(id=recipient_id, ended_at=None).first()
    if row is None:
        raise InvalidChange("recipient_id", "there is no such recipient, or it has ended")
    return row


def _view(row: Recipient) -> RecipientView:
    return RecipientView(
        id=row.id,
        name=row.name,
        address=row.address,
        kind=row.kind,
        exempt=row.exempt,
        registered_by=row.registered_by,
        registered_at=row.registered_at,
        ended_at=row.ended_at,
    )
