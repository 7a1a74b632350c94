"""The wall around what goes to SRI and to people; and the new foreign keys of documents, lines and settlements."""

from django.db import migrations

from core.operations import CompanyWalls

# (table, column, table pointed at) of the foreign keys that rows with a wall already have gained.
NEW_KEYS = (
    ("billing_document", "modifies_id", "billing_document"),
    ("billing_document", "replaces_id", "billing_document"),
    ("billing_documentline", "credits_id", "billing_documentline"),
    ("billing_settlement", "note_id", "billing_document"),
)
ADD = "".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_company "
    f"FOREIGN KEY (company_id, {column}) REFERENCES {target} (company_id, id);\n"
    for table, column, target in NEW_KEYS
)
DROP = "".join(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_company;\n" for table, column, _ in NEW_KEYS)


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_sri_and_delivery"), ("sri", "0002_walls")]
    operations = [
        CompanyWalls(
            "SignedXml",
            "SriAuthorization",
            "Transmission",
            "SriAnswer",
            "IssuerPause",
            "Letter",
            "PublicLink",
            "SkippedNumbers",
        ),
        migrations.RunSQL(ADD, DROP),
    ]
