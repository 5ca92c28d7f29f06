"""What the new tables refuse."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_more_of_purposes_and_keys")]

    operations = [
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("special", "refuse"), models.Q(("article9_condition", ""), _negated=True), _connector="OR"
                ),
                name="special_categories_need_a_condition",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("criminal", "refuse"), models.Q(("criminal_authority", ""), _negated=True), _connector="OR"
                ),
                name="criminal_matters_need_an_authority",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("special", "refuse"), ("usable_for_decision", False)),
                    models.Q(("dpia_reference", ""), _negated=True),
                    _connector="OR",
                ),
                name="special_data_and_decisions_need_a_dpia",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddField(
            model_name="compatibility",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="read_for",
                to="governance.purpose",
            ),
        ),
        migrations.AddField(
            model_name="compatibility",
            name="target",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="reads_from",
                to="governance.purpose",
            ),
        ),
        migrations.AddField(
            model_name="consentevent",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "purpose_id", "language", "text_sha256"), name="notice_text_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentnotice",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "purpose_id", "language", "version"), name="notice_version_once"
            ),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddField(
            model_name="objection",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to="governance.subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="rule_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end_approved_by__isnull", True),
                    models.Q(("end_approved_by", models.F("end_requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="rule_ended_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("approved_at__isnull", True)),
                    models.Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="rule_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(condition=models.Q(("days__gt", 0)), name="rule_has_a_period"),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["floor", "ceiling"])), name="rule_is_floor_or_ceiling"
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(("anchor__in", ["created", "last_used", "contract_end"])),
                name="rule_has_a_known_anchor",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(("authority__in", ["mandatory", "default"])), name="rule_has_a_known_authority"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.UniqueConstraint(fields=("tenant_id", "username"), name="username_once"),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.UniqueConstraint(
                condition=models.Q(("suspended_at__isnull", True)),
                fields=("tenant_id", "person_mac"),
                name="one_account_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="staff_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requested_by__isnull", True),
                    models.Q(("requested_by", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="staff_does_not_ask_for_himself",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="staff_does_not_approve_himself",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("approved_at__isnull", True)),
                    models.Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="staff_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["administrator", "auditor", "dpo", "key_officer", "reviewer"])),
                name="staff_has_a_known_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffuser",
            constraint=models.CheckConstraint(
                condition=models.Q(("enrolled_at__isnull", True), ("approved_by__isnull", False), _connector="OR"),
                name="nobody_enrols_before_the_approval",
            ),
        ),
        migrations.AddField(
            model_name="staffsession",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="sessions",
                to="governance.staffuser",
            ),
        ),
        migrations.AddField(
            model_name="subjectpurpose",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="standings",
                to="governance.subject",
            ),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["tenant_id", "user_id", "reviewed_at"], name="break_glass_by_user"),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by__isnull", True),
                    models.Q(("reviewed_by", models.F("user_id")), _negated=True),
                    _connector="OR",
                ),
                name="break_glass_reviewed_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_by__isnull", True), ("reviewed_at__isnull", True)),
                    models.Q(("reviewed_by__isnull", False), ("reviewed_at__isnull", False)),
                    _connector="OR",
                ),
                name="break_glass_reviewed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("case_reference", ""), _negated=True), name="break_glass_names_a_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="compatibility",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("tenant_id", "source", "target"),
                name="compatibility_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="compatibility",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True),
                name="compatibility_between_two_purposes",
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(fields=["tenant_id", "subject", "purpose_id", "happened_at"], name="consent_history"),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("action", "withdraw"), ("notice_id__isnull", False), _connector="OR"),
                name="consent_to_a_notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("action__in", ["grant", "withdraw"])), name="consent_is_given_or_taken_back"
            ),
        ),
        migrations.AddIndex(
            model_name="legalhold",
            index=models.Index(
                condition=models.Q(("release_approved_at__isnull", True)),
                fields=["tenant_id", "subject"],
                name="hold_by_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="hold_placed_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("release_approved_by__isnull", True),
                    models.Q(("release_approved_by", models.F("release_requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="hold_released_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_by__isnull", True), ("approved_at__isnull", True)),
                    models.Q(("approved_by__isnull", False), ("approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="hold_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("release_approved_at__isnull", True), ("release_requested_at__isnull", False), _connector="OR"
                ),
                name="hold_release_was_asked_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at__isnull", True)),
                fields=("tenant_id", "subject", "purpose_id"),
                name="one_open_objection",
            ),
        ),
        migrations.AddIndex(
            model_name="subjectpurpose",
            index=models.Index(
                condition=models.Q(("shred_due_at__isnull", False)),
                fields=["tenant_id", "shred_due_at"],
                name="standing_shred_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectpurpose",
            constraint=models.UniqueConstraint(fields=("tenant_id", "subject", "purpose_id"), name="standing_once"),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("release_requested_by__isnull", True), ("release_requested_at__isnull", True)),
                    models.Q(("release_requested_by__isnull", False), ("release_requested_at__isnull", False)),
                    _connector="OR",
                ),
                name="hold_release_asked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("release_approved_by__isnull", True), ("release_approved_at__isnull", True)),
                    models.Q(("release_approved_by__isnull", False), ("release_approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="hold_release_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_requested_by__isnull", True), ("end_requested_at__isnull", True)),
                    models.Q(("end_requested_by__isnull", False), ("end_requested_at__isnull", False)),
                    _connector="OR",
                ),
                name="rule_end_asked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_approved_by__isnull", True), ("end_approved_at__isnull", True)),
                    models.Q(("end_approved_by__isnull", False), ("end_approved_at__isnull", False)),
                    _connector="OR",
                ),
                name="rule_end_approved_by_somebody",
            ),
        ),
    ]
