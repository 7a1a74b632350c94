"""The wall around kinds of customer, payouts, templates and closings; and the new foreign keys of customers."""

from django.db import migrations

from core.operations import CompanyWalls

NEW_KEYS = (("kind_id", "billing_customerkind"), ("merged_into_id", "billing_customer"))
ADD = "".join(
    f"ALTER TABLE billing_customer ADD CONSTRAINT billing_customer_{column}_same_company "
    f"FOREIGN KEY (company_id, {column}) REFERENCES {target} (company_id, id);\n"
    for column, target in NEW_KEYS
)
DROP = "".join(
    f"ALTER TABLE billing_customer DROP CONSTRAINT billing_customer_{column}_same_company;\n" for column, _ in NEW_KEYS
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_held_credit_and_sales_notes")]
    operations = [
        CompanyWalls("CustomerKind", "CreditPayout", "LineTemplate", "TemplateLine", "PeriodClose"),
        migrations.RunSQL(ADD, DROP),
    ]
