"""Organisation and the reasons for which it processes data: tenants and purposes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from governance.ids import uuid7
from governance.models.base import OwnDefaultUUIDField, TenantRow, choices, one_of
from governance.vocabulary import Article9Condition, Handling, LawfulBasis


class Tenant(models.Model):
    """Organisation that answers for the data: the controller (Art. 4(7))."""

    id = OwnDefaultUUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=200)
    jurisdiction = models.CharField(
        max_length=2, default="XX", help_text="ISO 3166 code: decides the age of digital consent. XX: the strictest."
    )
    reveal_minutes = models.PositiveSmallIntegerField(default=30, help_text="Longest break-glass, in minutes.")
    review_hours = models.PositiveSmallIntegerField(
        default=72, help_text="A break-glass not reviewed within so many hours blocks its user's next one."
    )
    breach_hours = models.PositiveSmallIntegerField(
        default=72, help_text="Hours from awareness of a breach to the authority's notice (Art. 33(1))."
    )
    contact = models.CharField(max_length=200, blank=True, help_text="Of the controller (Art. 30(1)(a)).")
    dpo_contact = models.CharField(max_length=200, blank=True, help_text="Of its data protection officer.")
    request_profile = models.CharField(
        max_length=8, default="gdpr", help_text="Whose clocks run for requests: gdpr or ccpa."
    )
    request_file_days = models.PositiveIntegerField(
        default=1095, help_text="The file of a request is kept so long after its end, to prove how it was handled."
    )
    auto_approve_erasure = models.BooleanField(
        default=False, help_text="A verified erasure that no hold and no legal minimum touches needs no second person."
    )
    auto_approve_staff_verified = models.BooleanField(
        default=False,
        help_text="Beside it: also where staff verified the person, if who verified is not who opened the request.",
    )
    key_deletions_at_once = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A key that deletes all of a person destroys it at once; else a person approves it.",
    )
    key_deletions_per_hour = models.PositiveIntegerField(
        default=3,
        db_default=3,
        help_text="So many people may one key delete in an hour; the rest waits for a person.",
    )
    time_zone = models.CharField(
        max_length=64, default="UTC", db_default="UTC", help_text="IANA name: whose days a bare date means."
    )
    # Where the recomputation of retention dates continues; null when every memory has its dates by the present rules.
    retention_cursor = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"tenant:{self.id}"


class Purpose(TenantRow):
    """Reason why data is processed. What it allows is in its versions, which are never changed once made."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "name"], name="purpose_name_once"),
            models.UniqueConstraint(fields=["tenant_id", "id"], name="purpose_in_tenant"),
        ]


class PurposeVersion(TenantRow):
    """Terms of a purpose from one moment on. Append-only by privilege and trigger."""

    purpose = models.ForeignKey(Purpose, models.DO_NOTHING, db_constraint=False, related_name="versions")
    version = models.PositiveIntegerField(default=1)
    lawful_basis = models.CharField(max_length=24, choices=choices(LawfulBasis))
    ceiling_days = models.PositiveIntegerField(help_text="Storage limit: memories expire after so many days.")
    source_days = models.PositiveIntegerField(help_text="Source messages expire after so many days.")
    personal = models.BooleanField(default=True, help_text="False: what agents and apps know, never about a person.")
    article9_condition = models.CharField(max_length=8, blank=True, choices=choices(Article9Condition))
    identifiers = models.CharField(max_length=10, choices=choices(Handling), default=Handling.ALLOW.value)
    secrets = models.CharField(max_length=10, choices=choices(Handling), default=Handling.MASK.value)
    special = models.CharField(max_length=10, choices=choices(Handling), default=Handling.REFUSE.value)
    criminal = models.CharField(max_length=10, choices=choices(Handling), default=Handling.REFUSE.value)
    unknown = models.CharField(max_length=10, choices=choices(Handling), default=Handling.QUARANTINE.value)
    criminal_authority = models.CharField(max_length=200, blank=True, help_text="The law or authority of Art. 10.")
    review_first = models.BooleanField(default=False, help_text="A reviewer releases each new memory.")
    direct_marketing = models.BooleanField(default=False, help_text="An objection ends it at once (Art. 21(3)).")
    usable_for_decision = models.BooleanField(default=False, help_text="May feed automated decisions (Art. 22).")
    dpia_reference = models.CharField(max_length=200, blank=True)
    created_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "purpose", "version"], name="purpose_version_once"),
            one_of("lawful_basis", LawfulBasis, "one_of_the_six_lawful_bases"),
            one_of("identifiers", Handling, "identifiers_are_handled"),
            one_of("secrets", Handling, "secrets_are_handled"),
            one_of("special", Handling, "special_categories_are_handled"),
            one_of("criminal", Handling, "criminal_matters_are_handled"),
            one_of("unknown", Handling, "the_unknown_is_handled"),
            models.CheckConstraint(
                condition=models.Q(article9_condition__in=["", *(one.value for one in Article9Condition)]),
                name="condition_of_article_9",
            ),
            models.CheckConstraint(condition=models.Q(ceiling_days__gt=0), name="purpose_has_a_ceiling"),
            models.CheckConstraint(
                condition=models.Q(special=Handling.REFUSE.value) | ~models.Q(article9_condition=""),
                name="special_categories_need_a_condition",
            ),
            models.CheckConstraint(
                condition=models.Q(criminal=Handling.REFUSE.value) | ~models.Q(criminal_authority=""),
                name="criminal_matters_need_an_authority",
            ),
            models.CheckConstraint(
                condition=models.Q(special=Handling.REFUSE.value, usable_for_decision=False)
                | ~models.Q(dpia_reference=""),
                name="special_data_and_decisions_need_a_dpia",
            ),
        ]


class Compatibility(TenantRow):
    """Permission to read memories of `source` for `target` (Art. 6(4)).

    Directed, not transitive, recorded with its reason and author.
    """

    source = models.ForeignKey(Purpose, models.DO_NOTHING, db_constraint=False, related_name="read_for")
    target = models.ForeignKey(Purpose, models.DO_NOTHING, db_constraint=False, related_name="reads_from")
    reason = models.CharField(max_length=500)
    created_by = models.UUIDField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_by = models.UUIDField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "source", "target"],
                condition=models.Q(ended_at__isnull=True),
                name="compatibility_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="compatibility_between_two_purposes"
            ),
        ]
