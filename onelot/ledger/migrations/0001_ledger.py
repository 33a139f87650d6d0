"""The ledger's tables, and the triggers that refuse to change what is in them."""

from importlib.resources import files

from django.db import migrations


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    text = files("onelot.ledger").joinpath("sql", f"{vendor}.sql").read_text(encoding="utf-8")
    with schema_editor.connection.cursor() as cursor:
        for statement in text.split("\n\n"):
            cursor.execute(statement)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(create)]
