"""Purpose names of events: an event carries the id of the purpose version that it was decided by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.models import PurposeVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def purpose_names(versions: Iterable[UUID | None]) -> dict[UUID | None, str | None]:
    """Return the purpose's name by version id, with None for None. Call it inside the tenant's context."""
    ids = {version for version in versions if version is not None}
    found: dict[UUID | None, str | None] = dict(
        PurposeVersion.objects.filter(id__in=ids).values_list("id", "purpose__name")
    )
    return found | {None: None}
