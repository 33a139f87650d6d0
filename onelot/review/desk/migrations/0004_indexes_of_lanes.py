"""Indexes of the queue by lane; a migration of its own, since PostgreSQL indexes no table that this transaction filled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_lanes")]

    operations = [
        migrations.RemoveIndex("lotcard", "desk_queue"),
        migrations.AddIndex(
            "lotcard",
            models.Index(
                fields=["lane", "infusion_at", "expires_at", "due_at", "worst", "waits_since", "lot"], name="desk_lane"
            ),
        ),
        migrations.AddIndex(
            "lotcard",
            models.Index(
                fields=["infusion_at", "expires_at", "due_at", "worst", "waits_since", "lot"], name="desk_urgency"
            ),
        ),
    ]
