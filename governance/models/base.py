"""What every governed row has: a tenant, and where two people are needed, two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from governance.ids import uuid7

if TYPE_CHECKING:
    from enum import StrEnum


def choices(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value.replace("_", " ")) for member in vocabulary]


def one_of(field: str, vocabulary: type[StrEnum], name: str) -> models.CheckConstraint:
    """The closed vocabulary holds in the database too."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": [member.value for member in vocabulary]}), name=name
    )


class TenantRow(models.Model):
    """A row of one tenant. Row-level security in the migration hides it from every other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"


class FourEyes(TenantRow):
    """Asked for by one person, approved by another: `two_people` of each subclass refuses the same person twice."""

    requested_by = models.UUIDField(editable=False)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = models.UUIDField(null=True, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


def two_people(name: str, first: str = "requested_by", second: str = "approved_by") -> models.CheckConstraint:
    """Separation of duties, by person, in the database."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{second}__isnull": True}) | ~models.Q(**{second: models.F(first)}), name=name
    )


def both_or_none(name: str, *fields: str) -> models.CheckConstraint:
    none, every = models.Q(), models.Q()
    for field in fields:
        none &= models.Q(**{f"{field}__isnull": True})
        every &= models.Q(**{f"{field}__isnull": False})
    return models.CheckConstraint(condition=none | every, name=name)
