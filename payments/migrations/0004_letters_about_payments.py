"""A letter's payment is one of the same company."""

from django.db import migrations

ADD = """
ALTER TABLE billing_letter ADD CONSTRAINT billing_letter_payment_id_same_company
    FOREIGN KEY (company_id, payment_id) REFERENCES payments_payment (company_id, id);
"""
DROP = "ALTER TABLE billing_letter DROP CONSTRAINT billing_letter_payment_id_same_company;"


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_no_money_disappears"), ("billing", "0006_walls_of_sri_and_delivery")]
    operations = [migrations.RunSQL(ADD, DROP)]
