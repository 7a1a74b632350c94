"""Every payment is on a receipt; the laws of receipts, and the walls around receipts, refunds and their counters."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import core.tenancy
from core.operations import CompanyWalls

# The foreign key that payments, whose wall stands already, have gained.
OF_A_RECEIPT = """
ALTER TABLE payments_payment ADD CONSTRAINT payments_payment_receipt_id_same_company
    FOREIGN KEY (company_id, receipt_id) REFERENCES payments_receipt (company_id, id);
"""
OF_NO_RECEIPT = "ALTER TABLE payments_payment DROP CONSTRAINT payments_payment_receipt_id_same_company;"

# A refund and what left the credit are one, whichever of the two rows a step wrote last.
RULE = """
CREATE FUNCTION payments_refund_is_its_payouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM payments_refund r WHERE r.id = NEW.refund_id
        AND CASE WHEN r.kind = 'credit' AND r.status = 'confirmed' THEN r.amount ELSE 0 END
          = (SELECT coalesce(sum(o.amount), 0) FROM billing_creditpayout o
             WHERE o.company_id = r.company_id AND o.refund_id = r.id AND o.reversed_at IS NULL);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % is not what left the credit', NEW.refund_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_creditpayout_is_a_refund AFTER INSERT OR UPDATE ON billing_creditpayout
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_refund_is_its_payouts();
ALTER TABLE billing_creditpayout ADD CONSTRAINT billing_creditpayout_refund_id_same_company
    FOREIGN KEY (company_id, refund_id) REFERENCES payments_refund (company_id, id);
"""
NO_RULE = """
ALTER TABLE billing_creditpayout DROP CONSTRAINT billing_creditpayout_refund_id_same_company;
DROP TRIGGER billing_creditpayout_is_a_refund ON billing_creditpayout;
DROP FUNCTION payments_refund_is_its_payouts();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0009_walls_of_credit_and_templates"),
        ("payments", "0006_receipts_of_earlier_payments"),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='receipt',
            field=core.tenancy.CompanyForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.receipt', verbose_name='recibo'),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='payments_are_frozen',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payments_are_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."receipt_id" IS DISTINCT FROM (NEW."receipt_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."method_id" IS DISTINCT FROM (NEW."method_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."tendered" IS DISTINCT FROM (NEW."tendered") OR OLD."paid_on" IS DISTINCT FROM (NEW."paid_on") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b1174ec7020210a492b9e440a7e3514f54c81581', operation='UPDATE', pgid='pgtrigger_payments_are_frozen_20870', table='payments_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_is_on_its_receipt', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT FROM payments_receipt r\n            LEFT JOIN LATERAL (SELECT sum(p.amount) AS total, bool_and(p.status = 'voided') AS voided\n                               FROM payments_payment p WHERE p.company_id = r.company_id AND p.receipt_id = r.id) paid\n                ON true\n            WHERE r.id = NEW.receipt_id AND (r.sequential IS NULL OR r.total IS DISTINCT FROM paid.total\n                                        OR (r.voided_at IS NOT NULL) IS DISTINCT FROM paid.voided)) THEN\n            RAISE EXCEPTION 'receipt % has no number, or is not its payments', NEW.receipt_id\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='82d37d87039e13b3e76db0b8a2b1b35ac9bb9c9a', operation='INSERT OR UPDATE', pgid='pgtrigger_payment_is_on_its_receipt_6fc39', table='payments_payment', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='receipt_number_comes_from_its_counter', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' AND OLD.sequential IS NOT NULL THEN\n        IF NEW.sequential IS DISTINCT FROM OLD.sequential THEN\n            RAISE EXCEPTION '% % keeps its number', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    END IF;\n    IF NEW.sequential IS NOT NULL AND NOT EXISTS (\n        SELECT FROM payments_counter c WHERE c.company_id = NEW.company_id AND c.prefix = 'REC'\n        AND c.last_number = NEW.sequential) THEN\n        RAISE EXCEPTION '% % takes number % that its counter did not give', TG_TABLE_NAME, NEW.id, NEW.sequential\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='cc31243a8c41d7ee3086275e596b11f6fd7d090c', operation='INSERT OR UPDATE', pgid='pgtrigger_receipt_number_comes_from_its_counter_1cfce', table='payments_receipt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='receipt_is_its_payments', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n        IF EXISTS (\n            SELECT FROM payments_receipt r\n            LEFT JOIN LATERAL (SELECT sum(p.amount) AS total, bool_and(p.status = 'voided') AS voided\n                               FROM payments_payment p WHERE p.company_id = r.company_id AND p.receipt_id = r.id) paid\n                ON true\n            WHERE r.id = NEW.id AND (r.sequential IS NULL OR r.total IS DISTINCT FROM paid.total\n                                        OR (r.voided_at IS NOT NULL) IS DISTINCT FROM paid.voided)) THEN\n            RAISE EXCEPTION 'receipt % has no number, or is not its payments', NEW.id\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NULL;\n    ", hash='c38154ef059451ff3d75cd829b1386080770f718', operation='INSERT OR UPDATE', pgid='pgtrigger_receipt_is_its_payments_4b68d', table='payments_receipt', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        CompanyWalls("Counter", "Receipt", "Refund"),
        migrations.RunSQL(OF_A_RECEIPT, OF_NO_RECEIPT),
        migrations.RunSQL(RULE, NO_RULE),
    ]
