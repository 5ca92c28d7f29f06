"""Actors of audit events as every report names them: `api_key:<id>`, `staff:<id>` or `system:<job>`.

The data subject is `subject:<id>`, under the surrogate id. Keys and staff also have a name if it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.models import ApiKey, StaffUser
from governance.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Who:
    """The columns of an event that tell who acted."""

    principal_id: UUID
    role: str
    job: str | None

    def __str__(self) -> str:
        if self.job is not None:
            return f"system:{self.job}"
        itself = {Role.API_KEY.value, Role.SUBJECT.value}
        return f"{self.role if self.role in itself else 'staff'}:{self.principal_id}"


def names_of(principals: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of keys and the usernames of staff, by id. Call it inside the tenant's context."""
    ids = set(principals)
    return {
        **dict(ApiKey.objects.filter(id__in=ids).values_list("id", "name")),
        **dict(StaffUser.objects.filter(id__in=ids).values_list("id", "username")),
    }
