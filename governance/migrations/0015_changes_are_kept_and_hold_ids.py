"""What a change names are ids, its actor is known, and no content type can be taken from under it."""

from uuid import UUID

import django.db.models.deletion
from django.db import migrations, models

NIL = UUID(int=0)
UUID_TEXT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("governance", "0014_reports"),
    ]

    operations = [
        migrations.AlterField(
            model_name="adminchange",
            name="content_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contenttypes.contenttype"
            ),
        ),
        migrations.AddConstraint(
            model_name="adminchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("object_pk__regex", f"^{UUID_TEXT}$"),
                    ("object_repr__regex", f"^[a-z]+:{UUID_TEXT}$"),
                    ("cid__regex", f"^{UUID_TEXT}$"),
                ),
                name="change_names_ids_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="adminchange",
            constraint=models.CheckConstraint(condition=models.Q(("action__in", (0, 1, 2))), name="change_is_a_change"),
        ),
        migrations.AddConstraint(
            model_name="adminchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("principal_id", NIL), _negated=True), ("job__isnull", False), _connector="OR"
                ),
                name="change_actor_is_known",
            ),
        ),
        # Migrations make content types, as the owner. Who serves could rename or delete what the changes refer to.
        migrations.RunSQL(
            sql="REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_content_type FROM memstore_app",
            reverse_sql="GRANT INSERT, UPDATE, DELETE ON django_content_type TO memstore_app",
        ),
    ]
