"""The laws on documents that PostgreSQL keeps by itself, whoever writes: bodies of the triggers."""

from billing.models.customers import FOLLOWS_A_MERGE


def refuse(law: str) -> str:
    """Return a trigger body that refuses, naming the law."""
    return f"RAISE EXCEPTION '{law}' USING ERRCODE = 'check_violation';"


# Law 2. What may still change after issue is listed; everything else is frozen. The one door: a document SRI
# has rejected may get a new revision.
FROZEN = """
    IF OLD.authorization = 'authorized' AND NEW.authorized_at IS DISTINCT FROM OLD.authorized_at THEN
        RAISE EXCEPTION 'document % is authorized: that is final', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    -- the number, its date and its series stay; the key changes only with one of its parts
    IF OLD.authorization = 'rejected' AND NEW.authorization = 'pending' AND NEW.revision = OLD.revision + 1
       AND (NEW.series_id, NEW.sequential, NEW.number, NEW.issue_date, NEW.document_type, NEW.environment,
            NEW.modifies_id, NEW.issued_at)
       IS NOT DISTINCT FROM
           (OLD.series_id, OLD.sequential, OLD.number, OLD.issue_date, OLD.document_type, OLD.environment,
            OLD.modifies_id, OLD.issued_at) THEN RETURN NEW; END IF;
    <follows_a_merge>
    IF to_jsonb(NEW) - ARRAY['status', 'authorization', 'authorized_at', 'annulment', 'balance', 'void_reason',
                             'voided_at', 'notes', 'version', 'search_text', 'search_grams', 'customer_id',
                             'total_cents']
       IS DISTINCT FROM
       to_jsonb(OLD) - ARRAY['status', 'authorization', 'authorized_at', 'annulment', 'balance', 'void_reason',
                             'voided_at', 'notes', 'version', 'search_text', 'search_grams', 'customer_id',
                             'total_cents'] THEN
        RAISE EXCEPTION 'document % is issued: it never changes', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
""".replace("<follows_a_merge>", FOLLOWS_A_MERGE.strip())

# Laws 1 and 3 at the moment of issue: the number comes from the counter, and the lines are the totals.
ADDS_UP = """
    IF NOT EXISTS (SELECT FROM billing_series s WHERE s.id = NEW.series_id AND s.last_number = NEW.sequential
                   AND s.last_issue_date = NEW.issue_date)
       AND (NEW.imported_at IS NULL
            OR NOT EXISTS (SELECT FROM billing_skippednumbers k WHERE k.series_id = NEW.series_id
                           AND NEW.sequential BETWEEN k.first AND k.last)) THEN
        RAISE EXCEPTION 'document % takes number % that its series did not give', NEW.id, NEW.sequential
            USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT (sum(base), sum(tax), sum(total)) FROM billing_documentline WHERE document_id = NEW.id)
       IS DISTINCT FROM (NEW.subtotal, NEW.tax_total, NEW.total)
       OR (SELECT (sum(base), sum(tax)) FROM billing_documenttax WHERE document_id = NEW.id)
       IS DISTINCT FROM (NEW.subtotal, NEW.tax_total)
       OR (NEW.document_type <> '04' AND (SELECT sum(amount) FROM billing_documentpayment WHERE document_id = NEW.id)
       IS DISTINCT FROM NEW.total) THEN
        RAISE EXCEPTION 'document % does not add up', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Law 3 for a corrected document, at commit: the parts of its new revision are its new totals.
REVISION_ADDS_UP = """
    IF (SELECT (sum(base), sum(tax), sum(total)) FROM billing_documentline
        WHERE document_id = NEW.id AND revision = NEW.revision)
       IS DISTINCT FROM (NEW.subtotal, NEW.tax_total, NEW.total)
       OR (SELECT (sum(base), sum(tax)) FROM billing_documenttax
           WHERE document_id = NEW.id AND revision = NEW.revision) IS DISTINCT FROM (NEW.subtotal, NEW.tax_total)
       OR (NEW.document_type <> '04' AND (SELECT sum(amount) FROM billing_documentpayment
           WHERE document_id = NEW.id AND revision = NEW.revision) IS DISTINCT FROM NEW.total) THEN
        RAISE EXCEPTION 'revision % of document % does not add up', NEW.revision, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

# Law 6: what goes to SRI was signed and stored in the transaction that issued (or corrected) it.
SIGNED = """
    IF NOT EXISTS (SELECT FROM billing_signedxml x WHERE x.document_id = NEW.id AND x.revision = NEW.revision
                   AND x.access_key = NEW.access_key) THEN
        RAISE EXCEPTION 'document % is issued without its signed XML', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

AUTHORIZED = """
    IF NOT EXISTS (SELECT FROM billing_sriauthorization a WHERE a.document_id = NEW.id
                   AND a.access_key = NEW.access_key AND a.authorized_at = NEW.authorized_at) THEN
        RAISE EXCEPTION 'document % is called authorized without SRI having said so', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def balance_adds_up(document_id: str) -> str:
    """Return the trigger body of law 4 for the document an SQL expression names.

    It runs at commit, when all of a step's rows are written, and reads the row as it is then: the event that
    queued it may be of a state in between. A credit note owes nothing and nothing settles it.
    """
    body = """
        PERFORM 1 FROM billing_document d, LATERAL (
            SELECT coalesce(sum(s.amount), 0) AS settled FROM billing_settlement s
            WHERE s.document_id = d.id AND s.reversed_at IS NULL) AS live
        WHERE d.id = <id>
          AND CASE WHEN d.status IN ('issued', 'paid') AND d.document_type <> '04'
                   THEN d.balance = d.total - live.settled
                   ELSE d.balance = 0 AND live.settled = 0 END;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the balance of document % is not its total less its settlements', <id>
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """
    return body.replace("<id>", document_id)


def credit_remainder(credit_id: str) -> str:
    """Return the trigger body that keeps a credit's remainder: what it granted less what it settled and gave back.

    It runs at commit, on the credit that an SQL expression names.
    """
    body = """
        SELECT (SELECT coalesce(sum(amount), 0) FROM billing_settlement
                WHERE credit_id = <id> AND reversed_at IS NULL)
             + (SELECT coalesce(sum(amount), 0) FROM billing_creditpayout
                WHERE credit_id = <id> AND reversed_at IS NULL) INTO used;
        PERFORM 1 FROM billing_customercredit WHERE id = <id>
            AND (remaining = amount - used OR (voided_at IS NOT NULL AND remaining = 0 AND used = 0));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'credit % does not remain what it granted less what it settled and gave back', <id>
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """
    return body.replace("<id>", credit_id)


# Lines, taxes and payment rows may be written while their document is a draft; and those of a correction SRI asked for
# until its XML is signed. Nothing of an earlier revision ever changes.
PART_OF_DRAFT = """
    IF (TG_OP <> 'INSERT' AND NOT EXISTS (
            SELECT FROM billing_document WHERE id = OLD.document_id AND status = 'draft'))
       OR (TG_OP <> 'DELETE' AND NOT EXISTS (
            SELECT FROM billing_document d WHERE d.id = NEW.document_id
            AND (d.status = 'draft'
                 OR (TG_OP = 'INSERT' AND NEW.revision > 1 AND NEW.revision = d.revision
                     AND NOT EXISTS (SELECT FROM billing_signedxml x
                                     WHERE x.document_id = d.id AND x.revision = d.revision))))) THEN
        RAISE EXCEPTION 'the lines of an issued document never change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
"""
