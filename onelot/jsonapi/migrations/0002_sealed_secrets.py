"""Secrets of webhooks, which lay open in the database, are sealed: those of subscriptions, and those in kept answers.

Backups of before still hold them as they were: a subscription whose secret may have been read is ended and made anew.
"""

from pathlib import Path

from django.conf import settings
from django.db import migrations, models

from onelot.registry.vault.sealing import seal


def seal_secrets(apps, schema_editor):
    alias = schema_editor.connection.alias
    outboxes = apps.get_model("jsonapi", "Outbox").objects.using(alias)
    answers = apps.get_model("jsonapi", "KeptAnswer").objects.using(alias)
    if not outboxes.exists():
        return
    key = _key()
    for row in outboxes.all():
        row.sealed = seal(key, row.secret.encode(), f"webhook:{row.subscription}")
        row.save(update_fields=["sealed"])
    for row in answers.all().iterator():
        body = bytes(row.body)
        if b"whsec_" in body:
            row.body, row.is_sealed = seal(key, body, f"answer:{row.owner}:{row.key}"), True
            row.save(update_fields=["body", "is_sealed"])


def _key():
    from onelot.jsonapi.webhooks.secrets import make_key

    path = Path(settings.WEBHOOK_KEY_FILE)
    if not path.exists():
        make_key(path)
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


class Migration(migrations.Migration):
    dependencies = [("jsonapi", "0001_initial")]

    operations = [
        migrations.AddField("outbox", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("keptanswer", "is_sealed", models.BooleanField(default=False)),
        migrations.RunPython(seal_secrets),
        migrations.RemoveField("outbox", "secret"),
    ]
