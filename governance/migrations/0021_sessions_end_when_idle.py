"""A session of the console ends when nobody uses it, and a form that was sent twice does one thing."""

import django.db.models.functions.datetime
from django.db import migrations, models

import governance.ids
from governance.row_security import tenant_rows

SIGNATURE = """
CREATE FUNCTION memstore_find_session(wanted text)
RETURNS TABLE (id uuid, tenant_id uuid, user_id uuid, secret_sha256 bytea, role varchar, expires_at timestamptz,
               stepped_up_until timestamptz, ended_at timestamptz, suspended_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT s.id, s.tenant_id, s.user_id, s.secret_sha256, u.role, {expires_at}, s.stepped_up_until,
                        s.ended_at, u.suspended_at
    FROM governance_staffsession s JOIN governance_staffuser u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    WHERE s.prefix = wanted;
END $$
"""


def replaced(expires_at: str) -> tuple[str, ...]:
    return (
        "DROP FUNCTION memstore_find_session(text)",
        SIGNATURE.format(expires_at=expires_at),
        "GRANT CREATE ON SCHEMA public TO memstore_auth",  # what becomes the owner of a function needs it
        "ALTER FUNCTION memstore_find_session(text) OWNER TO memstore_auth",
        "REVOKE ALL ON FUNCTION memstore_find_session(text) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION memstore_find_session(text) TO memstore_app",
        "REVOKE CREATE ON SCHEMA public FROM memstore_auth",
    )


class Migration(migrations.Migration):
    dependencies = [("governance", "0020_offboarding")]
    operations = [
        migrations.AddField(
            "staffsession",
            "idle_until",
            models.DateTimeField(null=True, help_text="In the console: where it ends unless it is used before."),
        ),
        migrations.RunSQL(replaced("least(s.expires_at, s.idle_until)"), replaced("s.expires_at")),
        migrations.CreateModel(
            name="SubmittedForm",
            fields=[
                (
                    "id",
                    models.UUIDField(default=governance.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("session_id", models.UUIDField(editable=False)),
                ("token", models.UUIDField(editable=False)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "session_id", "token"), name="form_sent_once")
                ],
            },
        ),
        tenant_rows("governance_submittedform"),
    ]
