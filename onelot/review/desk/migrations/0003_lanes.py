"""The lane of each lot, kept, and how many lots each lane holds."""

from collections import Counter

from django.db import migrations, models
from django.db.models import Case, F, Value, When


def fill(apps, schema_editor):
    cards = apps.get_model("desk", "LotCard").objects.using(schema_editor.connection.alias)
    cards.update(
        lane=Case(
            When(waits_for="signature", exceptions__gt=0, then=Value("decided")),
            When(waits_for="signature", then=Value("clean")),
            When(waits_for__in=("decision", "site"), then=Value("exceptions")),
            When(waits_for="review", then=Value("unread")),
            default=F("waits_for"),
        )
    )
    names = ("organisation", "site", "product", "lane")
    tally = apps.get_model("desk", "Tally")
    counts = Counter(cards.values_list(*names))
    tally.objects.using(schema_editor.connection.alias).bulk_create(
        tally(**dict(zip(names, place, strict=True)), lots=count) for place, count in sorted(counts.items())
    )


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_presence")]

    operations = [
        migrations.AddField("lotcard", "lane", models.CharField(max_length=16, default="unread")),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation", models.CharField(blank=True, max_length=64)),
                ("site", models.CharField(blank=True, max_length=64)),
                ("product", models.CharField(blank=True, max_length=64)),
                ("lane", models.CharField(max_length=16)),
                ("lots", models.IntegerField(default=0)),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=("organisation", "site", "product", "lane"), name="desk_one_tally"
                    ),
                )
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
