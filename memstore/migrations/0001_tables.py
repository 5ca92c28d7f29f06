"""Jobs, sources, memories and what belongs to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now


class Migration(migrations.Migration):
    initial = True
    dependencies = [("governance", "0002_database_rules")]
    operations = [
        migrations.CreateModel(
            "Job",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        max_length=8, choices=[("ADD", "Add"), ("UPDATE", "Update"), ("DELETE", "Delete")]
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        max_length=10,
                        default="PENDING",
                        choices=[
                            ("PENDING", "Pending"),
                            ("RUNNING", "Running"),
                            ("SUCCEEDED", "Succeeded"),
                            ("FAILED", "Failed"),
                        ],
                    ),
                ),
                ("error_code", models.CharField(max_length=40, blank=True)),
                ("principal_id", models.UUIDField()),
                ("request_id", models.UUIDField()),
                ("subject_id", models.UUIDField(null=True)),
                ("generation", models.PositiveIntegerField(default=0)),
                ("purpose_id", models.UUIDField(null=True)),
                ("consent_version", models.PositiveIntegerField(default=0)),
                ("source_id", models.UUIDField(null=True)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("n_results", models.PositiveIntegerField(default=0)),
                ("n_quarantined", models.PositiveIntegerField(default=0)),
                (
                    "n_refused",
                    models.PositiveIntegerField(default=0, help_text="Found, and of a class that the purpose refuses."),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("updated_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at"],
                        condition=Q(status__in=["PENDING", "RUNNING"]),
                        name="job_unfinished",
                    ),
                    models.Index(fields=["tenant_id", "principal_id", "created_at"], name="job_by_principal"),
                    models.Index(fields=["tenant_id", "created_at", "id"], name="job_by_time"),
                    models.Index(
                        fields=["tenant_id", "status", "created_at"],
                        condition=~Q(status="SUCCEEDED"),
                        name="job_not_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "Source",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("agent_ref", models.UUIDField(null=True)),
                ("app_ref", models.UUIDField(null=True)),
                ("run_ref", models.UUIDField(null=True)),
                (
                    "subject",
                    models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False),
                ),
                ("purpose_id", models.UUIDField()),
                ("sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "id"], name="source_in_tenant"),
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "subject"], name="source_by_subject"),
                    models.Index(
                        fields=["tenant_id", "agent_ref"],
                        condition=Q(agent_ref__isnull=False),
                        name="source_by_agent_ref",
                    ),
                    models.Index(
                        fields=["tenant_id", "app_ref"], condition=Q(app_ref__isnull=False), name="source_by_app_ref"
                    ),
                    models.Index(
                        fields=["tenant_id", "run_ref"], condition=Q(run_ref__isnull=False), name="source_by_run_ref"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "Memory",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("agent_ref", models.UUIDField(null=True)),
                ("app_ref", models.UUIDField(null=True)),
                ("run_ref", models.UUIDField(null=True)),
                (
                    "subject",
                    models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.subject", db_constraint=False),
                ),
                (
                    "purpose_version",
                    models.ForeignKey(on_delete=models.DO_NOTHING, to="governance.purposeversion", db_constraint=False),
                ),
                ("purpose_id", models.UUIDField()),
                (
                    "lawful_basis",
                    models.CharField(
                        max_length=24,
                        choices=[
                            ("consent", "consent"),
                            ("contract", "contract"),
                            ("legal_obligation", "legal_obligation"),
                            ("vital_interests", "vital_interests"),
                            ("public_task", "public_task"),
                            ("legitimate_interests", "legitimate_interests"),
                        ],
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        max_length=12,
                        default="active",
                        choices=[
                            ("active", "active"),
                            ("restricted", "restricted"),
                            ("quarantined", "quarantined"),
                            ("superseded", "superseded"),
                            ("erased", "erased"),
                        ],
                    ),
                ),
                (
                    "data_class",
                    models.CharField(
                        max_length=12,
                        default="ordinary",
                        choices=[
                            ("ordinary", "ordinary"),
                            ("confidential", "confidential"),
                            ("special", "special"),
                            ("criminal", "criminal"),
                        ],
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("job_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("updated_at", models.DateTimeField(db_default=Now())),
                ("last_used_at", models.DateTimeField(null=True)),
                ("expires_on", models.DateField(null=True, help_text="The caller's own last day, UTC.")),
                ("expires_at", models.DateTimeField(help_text="Use ends: no read returns it from here on.")),
                ("destroy_at", models.DateTimeField(help_text="It must be gone from here on, unless it is held.")),
                ("keep_until", models.DateTimeField(null=True, help_text="The law forbids destroying it before.")),
                (
                    "retention_rules",
                    ArrayField(models.UUIDField(), default=list, help_text="What gave the dates.", size=None),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "id"], name="memory_in_tenant"),
                    models.UniqueConstraint(
                        fields=["tenant_id", "subject", "purpose_id", "fingerprint"],
                        condition=Q(state__in=["active", "quarantined"]),
                        name="fact_once",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            lawful_basis__in=[
                                "consent",
                                "contract",
                                "legal_obligation",
                                "vital_interests",
                                "public_task",
                                "legitimate_interests",
                            ]
                        ),
                        name="memory_has_a_lawful_basis",
                    ),
                    models.CheckConstraint(
                        condition=Q(destroy_at__gte=F("expires_at")), name="memory_is_used_no_longer_than_kept"
                    ),
                    models.CheckConstraint(
                        condition=Q(data_class__in=["ordinary", "confidential", "special", "criminal"]),
                        name="memory_has_a_known_class",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["tenant_id", "destroy_at", "purpose_id"], name="memory_by_end"),
                    models.Index(fields=["tenant_id", "expires_at"], name="memory_by_expiry"),
                    models.Index(fields=["tenant_id", "purpose_id", "data_class", "state"], name="memory_by_purpose"),
                    models.Index(fields=["tenant_id"], condition=Q(state="restricted"), name="memory_restricted"),
                    models.Index(fields=["tenant_id", "subject", "purpose_id"], name="memory_by_subject"),
                    models.Index(
                        fields=["tenant_id", "job_id"], condition=Q(job_id__isnull=False), name="memory_by_job"
                    ),
                    models.Index(
                        fields=["tenant_id", "agent_ref"],
                        condition=Q(agent_ref__isnull=False),
                        name="memory_by_agent_ref",
                    ),
                    models.Index(
                        fields=["tenant_id", "app_ref"], condition=Q(app_ref__isnull=False), name="memory_by_app_ref"
                    ),
                    models.Index(
                        fields=["tenant_id", "run_ref"], condition=Q(run_ref__isnull=False), name="memory_by_run_ref"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "MemoryVersion",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "memory",
                    models.ForeignKey(
                        related_name="versions", on_delete=models.DO_NOTHING, to="memstore.memory", db_constraint=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("event", models.CharField(max_length=8, choices=[("ADD", "Add"), ("UPDATE", "Update")])),
                ("sealed", models.BinaryField()),
                ("source_id", models.UUIDField(null=True)),
                ("principal_id", models.UUIDField()),
                ("extractor", models.CharField(max_length=40)),
                ("model", models.CharField(max_length=100, blank=True)),
                ("prompt_version", models.CharField(max_length=40, blank=True)),
                ("stated", models.CharField(max_length=10)),
                ("confidence", models.FloatField()),
                (
                    "rectified",
                    models.BooleanField(
                        default=False, db_default=False, help_text="Wrong, and kept for the law alone."
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "memory", "version"], name="version_once"),
                ],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "source_id"],
                        condition=Q(source_id__isnull=False),
                        name="version_by_source",
                    ),
                    models.Index(fields=["tenant_id"], condition=Q(rectified=True), name="version_rectified"),
                ],
            },
        ),
        migrations.CreateModel(
            "Card",
            [
                (
                    "memory",
                    models.OneToOneField(
                        primary_key=True,
                        serialize=False,
                        on_delete=models.DO_NOTHING,
                        to="memstore.memory",
                        db_constraint=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("subject_id", models.UUIDField()),
                ("purpose_id", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("data_class", models.CharField(max_length=12, default="ordinary")),
                ("expires_at", models.DateTimeField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "subject_id", "purpose_id"], name="card_by_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            "Quarantine",
            [
                (
                    "memory",
                    models.OneToOneField(
                        primary_key=True,
                        serialize=False,
                        on_delete=models.DO_NOTHING,
                        to="memstore.memory",
                        db_constraint=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "reason",
                    models.CharField(
                        max_length=16,
                        choices=[
                            ("detected", "Detected"),
                            ("review_first", "Review First"),
                            ("about_a_person", "About A Person"),
                        ],
                    ),
                ),
                ("sealed_card", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "created_at"], name="quarantine_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            "Idempotency",
            [
                ("id", models.UUIDField(primary_key=True, editable=False, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("principal_id", models.UUIDField()),
                ("key_mac", models.BinaryField(max_length=32)),
                ("request_mac", models.BinaryField(max_length=32)),
                ("job_id", models.UUIDField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "principal_id", "key_mac"], name="idempotency_once"),
                ],
            },
        ),
    ]
