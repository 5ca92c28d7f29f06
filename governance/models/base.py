"""Base classes and constraints of governed rows: a tenant, and two different people where two are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from governance.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum
    from uuid import UUID


def choices(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    """Return Django's choices for a closed vocabulary: value, and label in words."""
    return [(member.value, member.value.replace("_", " ")) for member in vocabulary]


def one_of(field: str, vocabulary: type[StrEnum], name: str) -> models.CheckConstraint:
    """Return a check constraint that holds the column to the closed vocabulary in the database too."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": [member.value for member in vocabulary]}), name=name
    )


# Only type checkers know that Django's fields are generic.
if TYPE_CHECKING:
    _UUIDField = models.UUIDField[UUID | str | None, UUID]
    _CharField = models.CharField[str | None, str | None]
else:
    _UUIDField, _CharField = models.UUIDField, models.CharField


class OwnDefaultUUIDField(_UUIDField):
    """UUID column whose default is a function of this package.

    Migrations never see the default, since they import no live code.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        name, _path, args, named = super().deconstruct()
        named.pop("default", None)
        return name, "django.db.models.UUIDField", args, named


class OwnDefaultCharField(_CharField):
    """Text column whose default is a function of this package.

    Migrations never see the default, since they import no live code.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        name, _path, args, named = super().deconstruct()
        named.pop("default", None)
        return name, "django.db.models.CharField", args, named


class TenantRow(models.Model):
    """Row of one tenant. Row-level security in the migration hides it from every other."""

    id = OwnDefaultUUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"


class FourEyes(TenantRow):
    """Row that one person requests and another approves (dual control).

    `two_people` of each subclass refuses the same person twice.
    """

    requested_by = models.UUIDField(editable=False)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = models.UUIDField(null=True, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class ProposalEnd(models.TextChoices):
    """End of a proposal that was not approved."""

    DECLINED = "declined"  # by another person
    WITHDRAWN = "withdrawn"  # by its author


class DeclineReason(models.TextChoices):
    """Reason why a proposal is declined: words of a list, since the record holds no free text."""

    NOT_NEEDED = "not_needed"
    WRONG_PERSON = "wrong_person"
    WRONG_DETAILS = "wrong_details"
    TOO_BROAD = "too_broad"
    NO_LEGAL_GROUND = "no_legal_ground"
    CASE_OPEN = "case_open"


class Proposal(FourEyes):
    """Proposal that a second person approves, or declines with a reason, or that its author withdraws.

    Where a row takes a second proposal (the release of a hold, the end of a rule), the four columns describe the last
    one that ended so. The author of that one is cleared: it may be proposed anew.
    """

    ended_as = models.CharField(max_length=9, blank=True, choices=ProposalEnd.choices)
    ended_reason = models.CharField(max_length=16, blank=True, choices=DeclineReason.choices)
    ended_by = models.UUIDField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def has_ended(self) -> bool:
        """Return whether the row's own proposal was declined or withdrawn: it is never approved any more."""
        return self.approved_at is None and self.ended_at is not None


def proposal_ends(prefix: str) -> list[models.CheckConstraint]:
    """Return the constraints on the end of a proposal.

    An end has its author, time and word, a declined one its reason, and a proposal that ended so is not approved
    afterwards.
    """
    none = models.Q(ended_at__isnull=True)
    declined = models.Q(ended_as=ProposalEnd.DECLINED.value, ended_reason__in=DeclineReason.values)
    withdrawn = models.Q(ended_as=ProposalEnd.WITHDRAWN.value, ended_reason="")
    by_whom = models.Q(ended_at__isnull=False, ended_by__isnull=False)
    return [
        models.CheckConstraint(
            condition=(none & models.Q(ended_by__isnull=True, ended_as="", ended_reason=""))
            | (by_whom & (declined | withdrawn)),
            name=f"{prefix}_ended_by_somebody",
        ),
        models.CheckConstraint(
            condition=none | models.Q(approved_at__isnull=True) | models.Q(ended_at__gte=models.F("approved_at")),
            name=f"{prefix}_ended_is_not_approved",
        ),
    ]


def two_people(name: str, first: str = "requested_by", second: str = "approved_by") -> models.CheckConstraint:
    """Return a check constraint for separation of duty: the second person is not the first."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{second}__isnull": True}) | ~models.Q(**{second: models.F(first)}), name=name
    )


def both_or_none(name: str, *fields: str) -> models.CheckConstraint:
    """Return a check constraint that all `fields` are null, or none is."""
    none, every = models.Q(), models.Q()
    for field in fields:
        none &= models.Q(**{f"{field}__isnull": True})
        every &= models.Q(**{f"{field}__isnull": False})
    return models.CheckConstraint(condition=none | every, name=name)
