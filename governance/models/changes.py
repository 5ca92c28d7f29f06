"""Changes of configuration, as django-auditlog writes them: one row per change of an object.

Append-only by privilege and trigger.
"""

from __future__ import annotations

from auditlog.models import AbstractLogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast, Now, NullIf

from governance import context
from governance.ids import NIL, uuid7
from governance.models.base import OwnDefaultCharField, OwnDefaultUUIDField

UUID_TEXT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NOTED = (AbstractLogEntry.Action.CREATE, AbstractLogEntry.Action.UPDATE, AbstractLogEntry.Action.DELETE)


# The tenant of the transaction, as row security sees it.
CURRENT_TENANT = Cast(
    NullIf(
        models.Func(
            models.Value("memstore.tenant"),
            models.Value(value=True),  # null where none is set, not an error
            function="current_setting",
            output_field=models.TextField(),
        ),
        models.Value(""),
        output_field=models.TextField(),
    ),
    models.UUIDField(),
)


class AdminChange(AbstractLogEntry):  # type: ignore[misc]  # auditlog has no types
    """One change of a configuration object: the principal, the object, and the values before and after.

    Of auditlog's columns only those are kept that cannot hold content or free text: no actor that is set to null with
    an account, no e-mail, no address, no serialised object.
    """

    actor = None
    actor_email = None
    remote_addr = None
    remote_port = None
    object_id = None
    changes_text = None
    additional_data = None

    id = OwnDefaultUUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(db_default=CURRENT_TENANT, editable=False)
    # The constraint in the database counts: PROTECT looks through row security, and sees one tenant's rows at most.
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_pk = models.CharField(max_length=64)
    object_repr = models.CharField(max_length=64)
    action = models.PositiveSmallIntegerField(choices=AbstractLogEntry.Action.choices)
    timestamp = models.DateTimeField(db_default=Now(), editable=False)
    cid = models.CharField(max_length=36, help_text="The request that made it, as in the audit trail.")
    serialized_data = models.JSONField(null=True)
    principal_id = OwnDefaultUUIDField(default=context.principal_id, editable=False)
    job = OwnDefaultCharField(max_length=24, null=True, default=context.job, editable=False)

    class Meta:
        ordering = ["-timestamp", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(serialized_data__isnull=True), name="change_holds_no_object"),
            models.CheckConstraint(
                condition=models.Q(object_pk__regex=f"^{UUID_TEXT}$")
                & models.Q(object_repr__regex=f"^[a-z]+:{UUID_TEXT}$")
                & models.Q(cid__regex=f"^{UUID_TEXT}$"),
                name="change_names_ids_only",
            ),
            models.CheckConstraint(condition=models.Q(action__in=NOTED), name="change_is_a_change"),
            models.CheckConstraint(
                condition=~models.Q(principal_id=NIL) | models.Q(job__isnull=False), name="change_actor_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-timestamp", "-id"], name="change_by_time"),
            models.Index(fields=["tenant_id", "object_pk"], name="change_by_object"),
        ]

    def __str__(self) -> str:
        return f"change:{self.id}"
