"""The laws on money that PostgreSQL keeps by itself, whoever writes: bodies of the triggers."""

import pgtrigger

from billing.models.closing import day_is_open
from billing.models.day_sums import Counted, DaySum, appends


def closed_days_stay(rows: str, day: str) -> list[pgtrigger.Trigger]:
    """Return the triggers that let no row be made or voided whose date (a column) lies on a closed day."""
    return [
        pgtrigger.Trigger(
            name=f"closed_days_take_no_{rows}",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=day_is_open(f"NEW.{day}"),
        ),
        pgtrigger.Trigger(
            name=f"closed_days_keep_their_{rows}",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=~pgtrigger.Q(old__status=pgtrigger.F("new__status")),
            func=day_is_open(f"NEW.{day}"),
        ),
    ]


IN_THE_DAY_SUMS = appends(Counted(DaySum.Kind.COLLECTED, "paid_on", "amount", "{row}.status = 'confirmed'"))

NUMBERED_BY_COUNTER = """
    IF TG_OP = 'UPDATE' AND OLD.sequential IS NOT NULL THEN
        IF (NEW.sequential, NEW.facts) IS DISTINCT FROM (OLD.sequential, OLD.facts) THEN
            RAISE EXCEPTION '% % keeps its number and what it says', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.sequential IS NOT NULL AND NOT EXISTS (
        SELECT FROM payments_counter c WHERE c.company_id = NEW.company_id AND c.prefix = '{prefix}'
        AND c.last_number = NEW.sequential) THEN
        RAISE EXCEPTION '% % takes number % that its counter did not give', TG_TABLE_NAME, NEW.id, NEW.sequential
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

COUNTS_BY_ONE = """
    IF NEW.prefix <> OLD.prefix OR NEW.last_number <> OLD.last_number + 1 THEN
        RAISE EXCEPTION 'counter % goes from % to %: numbers are consecutive', OLD.prefix, OLD.last_number,
            NEW.last_number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

COUNTED_IS_USED = """
    IF NEW.last_number > 0 AND NOT EXISTS (
        SELECT FROM payments_receipt r WHERE NEW.prefix = 'REC' AND r.company_id = NEW.company_id
        AND r.sequential = NEW.last_number
        UNION ALL
        SELECT FROM payments_refund r WHERE NEW.prefix = 'DEV' AND r.company_id = NEW.company_id
        AND r.sequential = NEW.last_number) THEN
        RAISE EXCEPTION 'number %-% was taken by nothing', NEW.prefix, NEW.last_number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def receipt_adds_up(receipt: str) -> str:
    """Return the law of a receipt at commit: numbered, the sum of its payments, voided exactly when all of them are."""
    return f"""
        IF EXISTS (
            SELECT FROM payments_receipt r
            LEFT JOIN LATERAL (SELECT sum(p.amount) AS total, bool_and(p.status = 'voided') AS voided
                               FROM payments_payment p WHERE p.company_id = r.company_id AND p.receipt_id = r.id) paid
                ON true
            WHERE r.id = {receipt} AND (r.sequential IS NULL OR r.total IS DISTINCT FROM paid.total
                                        OR (r.voided_at IS NOT NULL) IS DISTINCT FROM paid.voided)) THEN
            RAISE EXCEPTION 'receipt % has no number, or is not its payments', {receipt}
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """  # noqa: S608


def refund_is_paid_out(refund: str) -> str:
    """Return the law of a refund at commit: numbered; of credit, what left the credit, and nothing once voided."""
    return f"""
        IF EXISTS (
            SELECT FROM payments_refund r WHERE r.id = {refund} AND (
                r.sequential IS NULL
                OR CASE WHEN r.kind = 'credit' AND r.status = 'confirmed' THEN r.amount ELSE 0 END <>
                   (SELECT coalesce(sum(o.amount), 0) FROM billing_creditpayout o
                    WHERE o.company_id = r.company_id AND o.refund_id = r.id AND o.reversed_at IS NULL))) THEN
            RAISE EXCEPTION 'refund % has no number, or is not what left the credit', {refund}
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """  # noqa: S608
