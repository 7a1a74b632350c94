"""The wall around payments, and the foreign keys of billing's rows that point up to them."""

from django.db import migrations

from core.operations import CompanyWalls

POINT_UP = """
ALTER TABLE billing_settlement ADD CONSTRAINT billing_settlement_payment_id_same_company
    FOREIGN KEY (company_id, payment_id) REFERENCES payments_payment (company_id, id);
ALTER TABLE billing_customercredit ADD CONSTRAINT billing_customercredit_payment_id_same_company
    FOREIGN KEY (company_id, payment_id) REFERENCES payments_payment (company_id, id);
"""

POINT_NOWHERE = """
ALTER TABLE billing_settlement DROP CONSTRAINT billing_settlement_payment_id_same_company;
ALTER TABLE billing_customercredit DROP CONSTRAINT billing_customercredit_payment_id_same_company;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_payments"), ("billing", "0002_walls")]
    operations = [
        CompanyWalls("PaymentMethod", "Payment"),
        migrations.RunSQL(POINT_UP, POINT_NOWHERE),
    ]
