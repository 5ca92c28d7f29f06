"""What is kept is kept as long as it is used, at least; and quarantine is one tenant's."""

from django.db import migrations, models

from governance.row_security import tenant_rows


class Migration(migrations.Migration):
    dependencies = [("memstore", "0006_dates_of_old_memories")]

    operations = [
        migrations.AddConstraint(
            model_name="memory",
            constraint=models.CheckConstraint(
                condition=models.Q(("destroy_at__gte", models.F("expires_at"))),
                name="memory_is_used_no_longer_than_kept",
            ),
        ),
        tenant_rows("memstore_quarantine"),
        migrations.RunSQL(
            sql="ALTER TABLE memstore_quarantine ADD CONSTRAINT memstore_quarantine_memory_id_in_tenant"
            " FOREIGN KEY (tenant_id, memory_id) REFERENCES memstore_memory (tenant_id, id)",
            reverse_sql="ALTER TABLE memstore_quarantine DROP CONSTRAINT memstore_quarantine_memory_id_in_tenant",
        ),
        # Ciphertext does not compress; trying costs time on every write.
        migrations.RunSQL(
            sql="ALTER TABLE memstore_quarantine ALTER COLUMN sealed_card SET STORAGE EXTERNAL",
            reverse_sql="ALTER TABLE memstore_quarantine ALTER COLUMN sealed_card SET STORAGE EXTENDED",
        ),
    ]
