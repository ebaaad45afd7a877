"""Pet ids start at 100,000, as they did in the older service.

The web client puts pets and reports of a photo search into one list by id. Were both to count from 1, a report would
hide the pet of the same number.
"""

from typing import Any

from django.db import migrations

FIRST_ID = 100_000


def start_ids(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if apps.get_model("pets", "Pet").objects.exists():
        return  # Whatever is there keeps its numbers; a printed link must not change.
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'pets_pet'")
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('pets_pet', %s)", [FIRST_ID - 1])
    elif connection.vendor == "mysql":
        schema_editor.execute(f"ALTER TABLE pets_pet AUTO_INCREMENT = {FIRST_ID}")


class Migration(migrations.Migration):
    dependencies = [("pets", "0001_initial")]
    # Not in a transaction of its own: databases of the MySQL family cannot take an ALTER TABLE back.
    operations = [migrations.RunPython(start_ids, migrations.RunPython.noop, atomic=False)]
