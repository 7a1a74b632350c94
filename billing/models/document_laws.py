"""The laws on documents that PostgreSQL keeps by itself, whoever writes: bodies of the triggers."""


def refuse(law: str) -> str:
    """Return a trigger body that refuses, naming the law."""
    return f"RAISE EXCEPTION '{law}' USING ERRCODE = 'check_violation';"


# Law 2. What may still change after issue is listed; everything else is frozen. The one door: a document SRI
# has rejected may get a new revision.
FROZEN = """
    IF OLD.authorization = 'rejected' AND NEW.revision = OLD.revision + 1 THEN RETURN NEW; END IF;
    IF to_jsonb(NEW) - ARRAY['status', 'authorization', 'annulment', 'balance', 'void_reason', 'voided_at', 'notes',
                             'version', 'search_text', 'search_grams']
       IS DISTINCT FROM
       to_jsonb(OLD) - ARRAY['status', 'authorization', 'annulment', 'balance', 'void_reason', 'voided_at', 'notes',
                             'version', 'search_text', 'search_grams'] THEN
        RAISE EXCEPTION 'document % is issued: it never changes', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Laws 1 and 3 at the moment of issue: the number comes from the counter, and the lines are the totals.
ADDS_UP = """
    IF NOT EXISTS (SELECT FROM billing_series s WHERE s.id = NEW.series_id AND s.last_number = NEW.sequential
                   AND s.last_issue_date = NEW.issue_date) THEN
        RAISE EXCEPTION 'document % takes number % that its series did not give', NEW.id, NEW.sequential
            USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT (sum(base), sum(tax), sum(total)) FROM billing_documentline WHERE document_id = NEW.id)
       IS DISTINCT FROM (NEW.subtotal, NEW.tax_total, NEW.total)
       OR (SELECT (sum(base), sum(tax)) FROM billing_documenttax WHERE document_id = NEW.id)
       IS DISTINCT FROM (NEW.subtotal, NEW.tax_total)
       OR (SELECT sum(amount) FROM billing_documentpayment WHERE document_id = NEW.id)
       IS DISTINCT FROM NEW.total THEN
        RAISE EXCEPTION 'document % does not add up', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def balance_adds_up(document_id: str) -> str:
    """Return the trigger body of law 4 for the document an SQL expression names.

    It runs at commit, when all of a step's rows are written, and reads the row as it is then: the event that
    queued it may be of a state in between.
    """
    body = """
        PERFORM 1 FROM billing_document d, LATERAL (
            SELECT coalesce(sum(s.amount), 0) AS settled FROM billing_settlement s
            WHERE s.document_id = d.id AND s.reversed_at IS NULL) AS live
        WHERE d.id = <id>
          AND CASE WHEN d.status IN ('issued', 'paid') THEN d.balance = d.total - live.settled
                   ELSE d.balance = 0 AND live.settled = 0 END;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the balance of document % is not its total less its settlements', <id>
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """
    return body.replace("<id>", document_id)


# A credit's remainder is what it granted less what it settled; checked at commit.
CREDIT_REMAINDER = """
    SELECT coalesce(sum(amount), 0) INTO settled FROM billing_settlement
        WHERE credit_id = NEW.id AND reversed_at IS NULL;
    PERFORM 1 FROM billing_customercredit WHERE id = NEW.id
        AND (remaining = amount - settled OR (voided_at IS NOT NULL AND remaining = 0 AND settled = 0));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'credit % does not remain what it granted less what it settled', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

# Lines, taxes and payment rows may be written while their document is a draft, and never afterwards.
PART_OF_DRAFT = """
    IF (TG_OP <> 'INSERT' AND NOT EXISTS (
            SELECT FROM billing_document WHERE id = OLD.document_id AND status = 'draft'))
       OR (TG_OP <> 'DELETE' AND NOT EXISTS (
            SELECT FROM billing_document WHERE id = NEW.document_id AND status = 'draft')) THEN
        RAISE EXCEPTION 'the lines of an issued document never change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
"""
