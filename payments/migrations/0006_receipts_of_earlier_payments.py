"""Each payment recorded before there were receipts gets one of its own, in the order in which they were recorded."""

from django.db import migrations

GIVE = """
INSERT INTO payments_receipt (company_id, customer_id, sequential, received_on, total, recorded_by_id, created_at,
                              voided_at, void_reason)
SELECT company_id, customer_id, row_number() OVER (PARTITION BY company_id ORDER BY id), paid_on, amount,
       recorded_by_id, created_at, voided_at, void_reason
FROM payments_payment WHERE receipt_id IS NULL ORDER BY id;

UPDATE payments_payment p SET receipt_id = r.id
FROM (SELECT id, company_id, row_number() OVER (PARTITION BY company_id ORDER BY id) AS position
      FROM payments_payment WHERE receipt_id IS NULL) numbered
JOIN payments_receipt r ON r.company_id = numbered.company_id AND r.sequential = numbered.position
WHERE p.id = numbered.id;

INSERT INTO payments_counter (company_id, prefix, last_number)
SELECT company_id, 'REC', max(sequential) FROM payments_receipt GROUP BY company_id;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_receipts_and_refunds")]
    operations = [migrations.RunSQL(GIVE, migrations.RunSQL.noop)]
