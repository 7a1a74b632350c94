"""Law 4 in the database: a confirmed payment is all settled or credited, a voided one not at all.

Checked at commit, whichever of the three tables a step wrote last.
"""

from django.db import migrations

RULE = """
CREATE FUNCTION payments_all_money_is_somewhere() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE payment bigint := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM 1 FROM payments_payment p WHERE p.id = payment
        AND CASE p.status WHEN 'confirmed' THEN p.amount ELSE 0 END
          = (SELECT coalesce(sum(s.amount), 0) FROM billing_settlement s
             WHERE s.company_id = p.company_id AND s.payment_id = p.id AND s.reversed_at IS NULL)
          + (SELECT coalesce(sum(c.amount), 0) FROM billing_customercredit c
             WHERE c.company_id = p.company_id AND c.payment_id = p.id AND c.voided_at IS NULL);
    IF payment IS NOT NULL AND NOT FOUND THEN
        RAISE EXCEPTION 'payment % is not what it settles and leaves as credit', payment
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

TABLES = {"payments_payment": "id", "billing_settlement": "payment_id", "billing_customercredit": "payment_id"}


def _name(table: str) -> str:
    return f"{table}_no_money_disappears"


CREATE = "".join(
    f"""
CREATE CONSTRAINT TRIGGER {_name(table)} AFTER INSERT OR UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_all_money_is_somewhere('{column}');
"""
    for table, column in TABLES.items()
)
DROP = "".join(f"DROP TRIGGER {_name(table)} ON {table};\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_walls")]
    operations = [
        migrations.RunSQL(RULE, "DROP FUNCTION payments_all_money_is_somewhere();"),
        migrations.RunSQL(CREATE, DROP),
    ]
