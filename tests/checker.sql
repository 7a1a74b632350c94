-- Every law that can be read off the rows, in plain SQL that shares nothing with the product's code.
-- Run as the owner or with all companies visible; each row it returns is one broken law.

WITH live_settlement AS (
    SELECT * FROM billing_settlement WHERE reversed_at IS NULL
), issued AS (
    SELECT * FROM billing_document WHERE status <> 'draft'
), live_note AS (
    SELECT * FROM billing_document WHERE document_type = '04' AND status NOT IN ('draft', 'voided')
), settled AS (
    SELECT document_id, sum(amount) AS amount FROM live_settlement GROUP BY document_id
), counted AS (
    SELECT company_id, 'invoiced' AS kind, issue_date AS day, total AS amount FROM billing_document
    WHERE document_type IN ('01', '02') AND status IN ('issued', 'paid') AND deleted_at IS NULL
    UNION ALL SELECT company_id, 'owed', due_date, balance FROM billing_document
    WHERE document_type IN ('01', '02') AND status = 'issued' AND balance > 0 AND deleted_at IS NULL
    UNION ALL SELECT company_id, 'collected', paid_on, amount FROM payments_payment WHERE status = 'confirmed'
)

-- Law 1: numbers
SELECT 'numbers are consecutive' AS law, d.company_id, d.id AS row_id,
       format('series %s jumps to %s', d.series_id, d.sequential) AS what
FROM (SELECT *, lag(sequential) OVER (PARTITION BY series_id ORDER BY sequential) AS previous FROM issued) d
JOIN billing_series s ON s.id = d.series_id
WHERE d.sequential <> coalesce(d.previous + 1, s.start_number)
  AND NOT EXISTS (SELECT FROM billing_skippednumbers k WHERE k.series_id = d.series_id
                  AND k.first <= coalesce(d.previous + 1, s.start_number) AND k.last >= d.sequential - 1)

UNION ALL SELECT 'the counter stands at the last number', s.company_id, s.id, format('last_number %s', s.last_number)
FROM billing_series s
WHERE s.last_number <> greatest(s.start_number - 1, (SELECT max(sequential) FROM issued d WHERE d.series_id = s.id),
                                (SELECT max(last) FROM billing_skippednumbers k WHERE k.series_id = s.id))

UNION ALL SELECT 'skipped numbers are given out by nobody here', d.company_id, d.id, d.number
FROM issued d JOIN billing_skippednumbers k ON k.series_id = d.series_id AND d.sequential BETWEEN k.first AND k.last
WHERE d.imported_at IS NULL

UNION ALL SELECT 'dates never go back along the numbers', d.company_id, d.id, format('%s on %s', d.number, d.issue_date)
FROM (SELECT *, max(issue_date) OVER (PARTITION BY series_id ORDER BY sequential ROWS BETWEEN UNBOUNDED PRECEDING
      AND 1 PRECEDING) AS latest FROM issued) d
WHERE d.issue_date < d.latest

UNION ALL SELECT 'the printed number is that of the series', d.company_id, d.id, d.number
FROM issued d JOIN billing_series s ON s.id = d.series_id JOIN billing_emissionpoint p ON p.id = s.emission_point_id
JOIN billing_establishment e ON e.id = p.establishment_id
WHERE d.number <> e.code || '-' || p.code || '-' || lpad(d.sequential::text, 9, '0')

UNION ALL SELECT 'a draft has no number', d.company_id, d.id, d.number
FROM billing_document d WHERE d.status = 'draft' AND (d.sequential IS NOT NULL OR d.number <> '' OR d.access_key <> '')

UNION ALL SELECT 'a voided number stays in the gap register with its reason', d.company_id, d.id, d.number
FROM billing_document d
WHERE d.status = 'voided' AND NOT EXISTS (SELECT FROM billing_numbergap g WHERE g.series_id = d.series_id
      AND g.sequential = d.sequential AND g.document_id = d.id AND g.reason <> '')

UNION ALL SELECT 'the gap register names voided documents only', g.company_id, g.id, format('%s', g.sequential)
FROM billing_numbergap g LEFT JOIN billing_document d ON d.id = g.document_id
WHERE d.status IS DISTINCT FROM 'voided' OR d.sequential <> g.sequential OR d.series_id <> g.series_id

UNION ALL SELECT 'the access key is made of the document''s own parts', d.company_id, d.id, d.access_key
FROM issued d JOIN companies_company c ON c.id = d.company_id
WHERE d.authorization <> 'none' AND (length(d.access_key) <> 49
   OR left(d.access_key, 39) <> to_char(d.issue_date, 'DDMMYYYY') || d.document_type || (d.issuer ->> 'ruc')
      || d.environment || replace(left(d.number, 7), '-', '') || lpad(d.sequential::text, 9, '0')
   OR substr(d.access_key, 48, 1) <> '1')

UNION ALL SELECT 'the access key ends with its check digit', d.company_id, d.id, d.access_key
FROM issued d, LATERAL (
    SELECT 11 - sum(substr(d.access_key, 49 - i, 1)::int * (2 + (i - 1) % 6)) % 11 AS digit
    FROM generate_series(1, 48) AS i) AS module
WHERE d.access_key <> '' AND right(d.access_key, 1)::int <> CASE module.digit WHEN 11 THEN 0 WHEN 10 THEN 1 ELSE module.digit END

-- Law 3: money adds up
UNION ALL SELECT 'lines sum to the header', d.company_id, d.id, format('%s', d.total)
FROM billing_document d LEFT JOIN LATERAL (SELECT sum(base) AS base, sum(tax) AS tax, sum(total) AS total,
     sum(net_discount) AS discount FROM billing_documentline l WHERE l.document_id = d.id AND l.revision = d.revision) l ON true
WHERE (d.subtotal, d.tax_total, d.total, d.total_discount) IS DISTINCT FROM (l.base, l.tax, l.total, l.discount)

UNION ALL SELECT 'rates sum to the header', d.company_id, d.id, format('%s', d.tax_total)
FROM billing_document d LEFT JOIN LATERAL (SELECT sum(base) AS base, sum(tax) AS tax FROM billing_documenttax t
     WHERE t.document_id = d.id AND t.revision = d.revision) t ON true
WHERE (d.subtotal, d.tax_total) IS DISTINCT FROM (t.base, t.tax)

UNION ALL SELECT 'lines sum to their rate', t.company_id, t.document_id, t.rate_code
FROM billing_documenttax t LEFT JOIN LATERAL (SELECT sum(base) AS base, sum(tax) AS tax FROM billing_documentline l
     WHERE l.document_id = t.document_id AND l.revision = t.revision AND l.tax_code = t.tax_code
       AND l.rate_code = t.rate_code) l ON true
WHERE (t.base, t.tax) IS DISTINCT FROM (l.base, l.tax)

UNION ALL SELECT 'a rate''s tax is its base times the rate, as far as SRI admits', t.company_id, t.document_id,
       format('%s × %s %% = %s', t.base, t.rate, t.tax)
FROM billing_documenttax t WHERE abs(t.tax - t.base * t.rate / 100) > 0.0165

UNION ALL SELECT 'quantity × net price − net discount is the base', l.company_id, l.id, format('%s', l.base)
FROM billing_documentline l WHERE abs(l.quantity * l.net_unit_price - l.net_discount - l.base) > 0.01

UNION ALL SELECT 'what the customer was told is kept to the cent', l.company_id, l.id, format('%s', l.gross)
FROM billing_documentline l
WHERE l.gross - l.discount - l.document_discount_share <> CASE WHEN l.price_includes_tax THEN l.total ELSE l.base END

UNION ALL SELECT 'forms of payment sum to the total', d.company_id, d.id, format('%s', d.total)
FROM billing_document d
WHERE d.document_type <> '04' AND d.total IS DISTINCT FROM (SELECT sum(amount) FROM billing_documentpayment p
      WHERE p.document_id = d.id AND p.revision = d.revision)

-- Law 4: balances and credit
UNION ALL SELECT 'the balance is the total less what settled it', d.company_id, d.id, format('%s', d.balance)
FROM billing_document d LEFT JOIN settled s ON s.document_id = d.id
WHERE d.document_type <> '04'
  AND (d.balance <> CASE WHEN d.status IN ('issued', 'paid') THEN d.total - coalesce(s.amount, 0) ELSE 0 END
       OR d.balance < 0 OR (d.status NOT IN ('issued', 'paid') AND s.amount IS NOT NULL))

UNION ALL SELECT 'paid exactly when issued and the balance is zero', d.company_id, d.id, d.status
FROM billing_document d
WHERE d.document_type <> '04' AND d.status IN ('issued', 'paid') AND (d.status = 'paid') <> (d.balance = 0)

UNION ALL SELECT 'a confirmed payment is settled or is credit, to the cent', p.company_id, p.id, format('%s', p.amount)
FROM payments_payment p
WHERE p.status = 'confirmed' AND p.amount <>
      coalesce((SELECT sum(amount) FROM live_settlement s WHERE s.payment_id = p.id), 0)
    + coalesce((SELECT sum(amount) FROM billing_customercredit c WHERE c.payment_id = p.id AND c.voided_at IS NULL), 0)

UNION ALL SELECT 'a voided payment settles nothing and leaves no credit', p.company_id, p.id, format('%s', p.amount)
FROM payments_payment p
WHERE p.status = 'voided' AND (EXISTS (SELECT FROM live_settlement s WHERE s.payment_id = p.id)
   OR EXISTS (SELECT FROM billing_customercredit c WHERE c.payment_id = p.id AND (c.voided_at IS NULL OR c.remaining <> 0)))

UNION ALL SELECT 'a credit remains what it did not settle', c.company_id, c.id, format('%s', c.remaining)
FROM billing_customercredit c
WHERE c.remaining <> CASE WHEN c.voided_at IS NULL THEN c.amount ELSE 0 END
    - coalesce((SELECT sum(amount) FROM live_settlement s WHERE s.credit_id = c.id), 0)
    - coalesce((SELECT sum(amount) FROM billing_creditpayout o WHERE o.credit_id = c.id AND o.reversed_at IS NULL), 0)

UNION ALL SELECT 'no more of a credit waits for a source than remains of it', c.company_id, c.id, format('%s', c.held)
FROM billing_customercredit c WHERE c.held < 0 OR c.held > c.remaining

UNION ALL SELECT 'a refund of credit is what left the credit', r.company_id, r.id, format('%s', r.amount)
FROM payments_refund r
WHERE CASE WHEN r.kind = 'credit' AND r.status = 'confirmed' THEN r.amount ELSE 0 END
   <> coalesce((SELECT sum(amount) FROM billing_creditpayout o WHERE o.refund_id = r.id AND o.reversed_at IS NULL), 0)

UNION ALL SELECT 'credit is given back to the customer it belongs to', o.company_id, o.id, format('%s', o.amount)
FROM billing_creditpayout o JOIN billing_customercredit c ON c.id = o.credit_id JOIN payments_refund r ON r.id = o.refund_id
WHERE o.reversed_at IS NULL AND c.customer_id <> r.customer_id

UNION ALL SELECT 'no more is given back of an invoice than was collected on it', r.company_id, r.document_id,
       format('%s', sum(r.amount))
FROM payments_refund r WHERE r.kind = 'internal' AND r.status = 'confirmed'
GROUP BY r.company_id, r.document_id
HAVING sum(r.amount) > coalesce((SELECT sum(amount) FROM live_settlement s
                                 WHERE s.document_id = r.document_id AND s.note_id IS NULL), 0)

UNION ALL SELECT 'money in is settled, is credit or was given back', p.company_id, p.customer_id, format('%s', sum(p.amount))
FROM payments_payment p WHERE p.status = 'confirmed'
GROUP BY p.company_id, p.customer_id
HAVING sum(p.amount) <>
      coalesce((SELECT sum(s.amount) FROM live_settlement s LEFT JOIN billing_customercredit c ON c.id = s.credit_id
                JOIN payments_payment q ON q.id = coalesce(s.payment_id, c.payment_id)
                WHERE q.company_id = p.company_id AND q.customer_id = p.customer_id), 0)
    + coalesce((SELECT sum(c.remaining) FROM billing_customercredit c
                WHERE c.company_id = p.company_id AND c.customer_id = p.customer_id), 0)
    + coalesce((SELECT sum(o.amount) FROM billing_creditpayout o JOIN billing_customercredit c ON c.id = o.credit_id
                WHERE o.reversed_at IS NULL AND c.company_id = p.company_id AND c.customer_id = p.customer_id), 0)

UNION ALL SELECT 'receipts and refunds are numbered one after the other', n.company_id, n.id,
       format('%s %s after %s', n.prefix, n.sequential, n.previous)
FROM (SELECT prefix, company_id, id, sequential,
             coalesce(lag(sequential) OVER (PARTITION BY company_id, prefix ORDER BY sequential NULLS FIRST), 0) AS previous
      FROM (SELECT company_id, id, sequential, 'REC' AS prefix FROM payments_receipt
            UNION ALL SELECT company_id, id, sequential, 'DEV' FROM payments_refund) every) n
WHERE n.sequential IS DISTINCT FROM n.previous + 1

UNION ALL SELECT 'a counter stands at the last receipt or refund', c.company_id, c.id, format('%s %s', c.prefix, c.last_number)
FROM payments_counter c
WHERE c.last_number <> coalesce(CASE c.prefix
    WHEN 'REC' THEN (SELECT max(sequential) FROM payments_receipt r WHERE r.company_id = c.company_id)
    ELSE (SELECT max(sequential) FROM payments_refund r WHERE r.company_id = c.company_id) END, 0)

UNION ALL SELECT 'a receipt is the sum of its payments, voided with the last', r.company_id, r.id, format('%s', r.total)
FROM payments_receipt r LEFT JOIN LATERAL (SELECT sum(amount) AS total, bool_and(status = 'voided') AS voided
     FROM payments_payment p WHERE p.receipt_id = r.id) p ON true
WHERE (r.total, r.voided_at IS NOT NULL) IS DISTINCT FROM (p.total, p.voided)

UNION ALL SELECT 'money settles documents of the customer it came from', s.company_id, s.id, format('%s', s.amount)
FROM live_settlement s JOIN billing_document d ON d.id = s.document_id
LEFT JOIN payments_payment p ON p.id = s.payment_id LEFT JOIN billing_customercredit c ON c.id = s.credit_id
LEFT JOIN billing_document n ON n.id = s.note_id
WHERE d.customer_id <> coalesce(p.customer_id, c.customer_id, n.customer_id)

UNION ALL SELECT 'the sums of a day are what its documents and payments say', company_id, coalesce(s.id, 0),
       format('%s %s: %s of %s for %s of %s', kind, day, s.count, s.amount, d.count, d.amount)
FROM (SELECT company_id, kind, day, count(*) AS count, sum(amount) AS amount FROM counted
      GROUP BY company_id, kind, day) d
FULL JOIN (SELECT company_id, kind, day, max(id) AS id, sum(count) AS count, sum(amount) AS amount
           FROM billing_daysum GROUP BY company_id, kind, day) s USING (company_id, kind, day)
WHERE (coalesce(s.count, 0), coalesce(s.amount, 0)) <> (coalesce(d.count, 0), coalesce(d.amount, 0))

-- Credit notes: they count from their issue until they are voided
UNION ALL SELECT 'notes never take more than the invoice', i.company_id, i.id, format('%s', sum(n.total))
FROM live_note n JOIN billing_document i ON i.id = n.modifies_id
GROUP BY i.company_id, i.id HAVING sum(n.total) > max(i.total)

UNION ALL SELECT 'notes never take more than the invoice at a rate', n.company_id, n.modifies_id,
       format('%s at %s', sum(t.base + t.tax), t.rate_code)
FROM live_note n JOIN billing_documenttax t ON t.document_id = n.id AND t.revision = n.revision
LEFT JOIN LATERAL (SELECT o.base, o.tax FROM billing_documenttax o JOIN billing_document i ON i.id = o.document_id
     WHERE i.id = n.modifies_id AND o.revision = i.revision AND (o.tax_code, o.rate_code, o.rate) =
           (t.tax_code, t.rate_code, t.rate)) o ON true
GROUP BY n.company_id, n.modifies_id, t.tax_code, t.rate_code
HAVING sum(t.base) > coalesce(max(o.base), -1) OR sum(t.tax) > coalesce(max(o.tax), -1)

UNION ALL SELECT 'notes never take more of a line than it has', o.company_id, o.id, format('%s', sum(l.quantity))
FROM live_note n JOIN billing_documentline l ON l.document_id = n.id AND l.revision = n.revision
JOIN billing_documentline o ON o.id = l.credits_id
GROUP BY o.company_id, o.id HAVING sum(l.quantity) > max(o.quantity) OR sum(l.base) > max(o.base)

UNION ALL SELECT 'a note takes back lines of its own invoice, at their rates', l.company_id, l.id, l.description
FROM billing_documentline l JOIN billing_document n ON n.id = l.document_id
JOIN billing_documentline o ON o.id = l.credits_id
WHERE o.document_id IS DISTINCT FROM n.modifies_id
   OR (o.tax_code, o.rate_code, o.rate) <> (l.tax_code, l.rate_code, l.rate)

UNION ALL SELECT 'a live note settles its invoice with its total, any other with nothing', n.company_id, n.id, n.number
FROM billing_document n LEFT JOIN (SELECT note_id, sum(amount) AS amount, min(document_id) AS first, max(document_id) AS last
     FROM live_settlement WHERE note_id IS NOT NULL GROUP BY note_id) s ON s.note_id = n.id
WHERE CASE WHEN n.document_type = '04' AND n.status NOT IN ('draft', 'voided')
           THEN (s.amount, s.first, s.last) IS DISTINCT FROM (n.total, n.modifies_id, n.modifies_id)
           ELSE s.amount IS NOT NULL END

UNION ALL SELECT 'a note owes nothing, is paid by nothing and says no forms of payment', n.company_id, n.id, n.number
FROM billing_document n LEFT JOIN settled s ON s.document_id = n.id
WHERE n.document_type = '04' AND (n.balance <> 0 OR n.status = 'paid' OR s.amount IS NOT NULL
   OR EXISTS (SELECT FROM billing_documentpayment p WHERE p.document_id = n.id))

UNION ALL SELECT 'a note is to the buyer of its invoice', n.company_id, n.id, n.buyer_name
FROM billing_document n JOIN billing_document i ON i.id = n.modifies_id
WHERE (n.company_id, n.customer_id, n.buyer_identification_type, n.buyer_identification, n.buyer_name) <>
      (i.company_id, i.customer_id, i.buyer_identification_type, i.buyer_identification, i.buyer_name)

UNION ALL SELECT 'a live note modifies a live invoice, never one to consumidor final', n.company_id, n.id, n.number
FROM live_note n LEFT JOIN billing_document i ON i.id = n.modifies_id AND i.document_type = '01'
WHERE i.id IS NULL OR i.status NOT IN ('issued', 'paid') OR i.buyer_identification_type = '07'
   OR i.authorization NOT IN ('none', 'authorized') OR i.issue_date > n.issue_date

-- Law 5: billed once
UNION ALL SELECT 'a billable is on at most one live document', l.company_id, l.billable_id, format('%s documents', count(*))
FROM (SELECT DISTINCT l.company_id, l.billable_id, l.document_id FROM billing_documentline l JOIN billing_document d
      ON d.id = l.document_id WHERE l.billable_id IS NOT NULL AND d.status <> 'voided' AND d.deleted_at IS NULL) l
GROUP BY l.company_id, l.billable_id HAVING count(*) > 1

UNION ALL SELECT 'a billable is where its status says', b.company_id, b.id, b.status
FROM billing_billable b LEFT JOIN billing_document d ON d.id = b.document_id
WHERE CASE b.status WHEN 'drafted' THEN d.status IS DISTINCT FROM 'draft' OR d.deleted_at IS NOT NULL
                    WHEN 'invoiced' THEN d.status IS NULL OR d.status NOT IN ('issued', 'paid')
                    ELSE b.document_id IS NOT NULL END

UNION ALL SELECT 'the billables of a source never exceed it', b.company_id, b.source_id, format('%s', sum(b.amount))
FROM billing_billable b WHERE b.status <> 'cancelled'
GROUP BY b.company_id, b.source_type, b.source_id HAVING sum(b.amount) > max(b.source_amount)

-- Laws 2 and 6: what was signed, what was sent, what SRI said
UNION ALL SELECT 'every revision of an electronic document has its signed bytes', d.company_id, d.id, d.number
FROM issued d, generate_series(1, d.revision) AS revision
WHERE d.access_key <> '' AND NOT EXISTS (SELECT FROM billing_signedxml x WHERE x.document_id = d.id AND x.revision = revision)

UNION ALL SELECT 'signed bytes are as they were stored', x.company_id, x.id, x.access_key
FROM billing_signedxml x WHERE encode(sha256(x.content), 'hex') <> x.sha256

UNION ALL SELECT 'the signed bytes say what the document says', d.company_id, d.id, d.number
FROM issued d JOIN billing_signedxml x ON x.document_id = d.id AND x.revision = d.revision,
LATERAL (SELECT convert_from(x.content, 'UTF8') AS text) AS xml
WHERE x.access_key <> d.access_key
   OR substring(xml.text FROM '<claveAcceso>([0-9]+)</claveAcceso>') IS DISTINCT FROM d.access_key
   OR substring(xml.text FROM '<secuencial>([0-9]+)</secuencial>')::bigint IS DISTINCT FROM d.sequential
   OR substring(xml.text FROM '<fechaEmision>([0-9/]+)</fechaEmision>') IS DISTINCT FROM to_char(d.issue_date, 'DD/MM/YYYY')
   OR substring(xml.text FROM '<totalSinImpuestos>([0-9.]+)</totalSinImpuestos>')::numeric IS DISTINCT FROM d.subtotal
   OR substring(xml.text FROM CASE d.document_type WHEN '04' THEN '<valorModificacion>([0-9.]+)</valorModificacion>'
                              ELSE '<importeTotal>([0-9.]+)</importeTotal>' END)::numeric IS DISTINCT FROM d.total

UNION ALL SELECT 'authorized exactly where SRI said so of this key', d.company_id, d.id, d.authorization
FROM billing_document d LEFT JOIN billing_sriauthorization a ON a.document_id = d.id
WHERE (d.authorization = 'authorized') IS DISTINCT FROM (a.id IS NOT NULL)
   OR (a.id IS NOT NULL AND (a.access_key <> d.access_key OR a.authorized_at <> d.authorized_at
                             OR encode(sha256(a.content), 'hex') <> a.sha256))

UNION ALL SELECT 'a number is declared once', min(d.company_id), min(d.id), format('%s times', count(*))
FROM issued d WHERE d.authorization = 'authorized'
GROUP BY d.issuer ->> 'ruc', d.environment, d.document_type, d.number HAVING count(*) > 1

UNION ALL SELECT 'a transmission is where its document is', t.company_id, t.id, format('%s, %s', t.stage, d.authorization)
FROM billing_transmission t JOIN billing_document d ON d.id = t.document_id
WHERE d.status <> 'voided' AND (d.authorization = 'none'
   OR (d.authorization = 'authorized') <> (t.stage = 'done')
   OR (d.authorization = 'rejected' AND t.stage <> 'stopped')
   OR (d.authorization IN ('pending', 'sent') AND t.stage NOT IN ('send', 'ask', 'blocked')))

UNION ALL SELECT 'every electronic document is on its way', d.company_id, d.id, d.number
FROM issued d WHERE d.access_key <> '' AND NOT EXISTS (SELECT FROM billing_transmission t WHERE t.document_id = d.id)

UNION ALL SELECT 'what replaces a document replaces a voided one', d.company_id, d.id, d.number
FROM billing_document d JOIN billing_document old ON old.id = d.replaces_id
WHERE old.status <> 'voided' OR old.document_type <> d.document_type OR old.total <> d.total

-- Law 7: walls
UNION ALL SELECT 'a document stays in its company', d.company_id, d.id, d.number
FROM billing_document d JOIN billing_customer c ON c.id = d.customer_id JOIN billing_series s ON s.id = d.series_id
WHERE c.company_id <> d.company_id OR s.company_id <> d.company_id

-- Law 8: every change leaves its trace
UNION ALL SELECT 'every document tells how it came to be', d.company_id, d.id, d.status
FROM billing_document d, LATERAL (SELECT CASE d.document_type WHEN '04' THEN 'credit_note' ELSE 'invoice' END AS noun) AS it
WHERE NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.document_id = d.id AND a.action = noun || '.created')
   OR (d.status <> 'draft' AND NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.document_id = d.id AND a.action = noun || '.issued'))
   OR (d.status = 'voided' AND NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.document_id = d.id AND a.action = noun || '.voided'))
   OR (d.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.document_id = d.id AND a.action = noun || '.discarded'))

UNION ALL SELECT 'every payment tells how it came to be', p.company_id, p.id, p.status
FROM payments_payment p
WHERE NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.object_type = 'payments.payment' AND a.object_id = p.id
                  AND a.action = 'payment.confirmed')
   OR (p.status = 'voided' AND NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.object_type = 'payments.payment'
                  AND a.object_id = p.id AND a.action = 'payment.voided'))

UNION ALL SELECT 'every entry is sealed, in one chain without holes', e.company_id, e.id, e.action
FROM audit_auditentry e WHERE NOT EXISTS (SELECT FROM audit_auditseal s WHERE s.entry_id = e.id AND s.company_id = e.company_id)

UNION ALL SELECT 'seal positions have no holes', s.company_id, s.id, format('%s', s.position)
FROM (SELECT *, row_number() OVER (PARTITION BY company_id ORDER BY position) AS place FROM audit_auditseal) s
WHERE s.position <> s.place

-- Notas de venta: nothing broken out, nothing for SRI
UNION ALL SELECT 'a nota de venta breaks out no tax and SRI never sees it', d.company_id, d.id, d.number
FROM billing_document d
WHERE d.document_type = '02' AND (d.tax_total <> 0 OR d.subtotal <> d.total OR d.access_key <> ''
   OR d.authorization <> 'none' OR EXISTS (SELECT FROM billing_signedxml x WHERE x.document_id = d.id)
   OR EXISTS (SELECT FROM billing_documenttax t WHERE t.document_id = d.id AND (t.tax_code, t.rate) <> ('0', 0)))

UNION ALL SELECT 'a document is numbered in a series of its type', d.company_id, d.id, d.number
FROM billing_document d JOIN billing_series s ON s.id = d.series_id WHERE d.document_type <> s.document_type

-- Month close: what is dated on a closed day came before its closing
UNION ALL SELECT 'nothing of a closed day came after its closing', e.company_id, e.id, e.action
FROM (SELECT a.company_id, a.id, a.action, s.position, d.issue_date AS day
      FROM audit_auditentry a JOIN audit_auditseal s ON s.entry_id = a.id
      JOIN billing_document d ON d.id = a.object_id AND a.object_type = 'billing.document'
      WHERE a.action IN ('invoice.issued', 'invoice.voided', 'credit_note.issued', 'credit_note.voided')
      UNION ALL
      SELECT a.company_id, a.id, a.action, s.position, p.paid_on
      FROM audit_auditentry a JOIN audit_auditseal s ON s.entry_id = a.id
      JOIN payments_payment p ON p.id = a.object_id AND a.object_type = 'payments.payment'
      WHERE a.action IN ('payment.confirmed', 'payment.voided')
      UNION ALL
      SELECT a.company_id, a.id, a.action, s.position, r.refunded_on
      FROM audit_auditentry a JOIN audit_auditseal s ON s.entry_id = a.id
      JOIN payments_refund r ON r.id = a.object_id AND a.object_type = 'payments.refund') e,
LATERAL (SELECT c.closed_until FROM billing_periodclose c
         JOIN audit_auditentry x ON x.object_type = 'billing.periodclose' AND x.object_id = c.id
         JOIN audit_auditseal xs ON xs.entry_id = x.id
         WHERE c.company_id = e.company_id AND xs.position < e.position ORDER BY xs.position DESC LIMIT 1) AS closed
WHERE closed.closed_until >= e.day

UNION ALL SELECT 'every closing tells who closed and why', c.company_id, c.id, c.reason
FROM billing_periodclose c
WHERE NOT EXISTS (SELECT FROM audit_auditentry a WHERE a.object_type = 'billing.periodclose' AND a.object_id = c.id
                  AND a.reason = c.reason AND a.action IN ('period.closed', 'period.reopened'))

-- Bookings
UNION ALL SELECT 'two live bookings of a court never overlap', a.company_id, a.id, format('and %s', b.id)
FROM reservations_reservation a JOIN reservations_reservation b ON b.court_id = a.court_id AND b.id > a.id AND b.period && a.period
WHERE a.status IN ('held', 'requested', 'confirmed', 'checked_in', 'completed')
  AND b.status IN ('held', 'requested', 'confirmed', 'checked_in', 'completed')

UNION ALL SELECT 'the shares of a booking sum to its price', r.company_id, r.id, format('%s', r.total)
FROM reservations_reservation r
WHERE r.total <> (SELECT sum(s.amount) FROM reservations_share s WHERE s.reservation_id = r.id AND s.superseded_at IS NULL)

UNION ALL SELECT 'a booking never offers more than its price', r.company_id, r.id, format('%s', sum(b.amount))
FROM reservations_reservation r JOIN billing_billable b ON b.source_type = 'reservation' AND b.source_id = r.id
WHERE b.status <> 'cancelled' GROUP BY r.company_id, r.id HAVING sum(b.amount) > max(r.total)

UNION ALL SELECT 'a cancelled booking offers its fee and nothing else', r.company_id, r.id, format('%s', r.fee)
FROM reservations_reservation r LEFT JOIN LATERAL (
    SELECT sum(b.amount) AS amount FROM billing_billable b
    WHERE b.source_type = 'reservation' AND b.source_id = r.id AND b.status <> 'cancelled') AS offered ON true
WHERE r.status = 'cancelled' AND r.fee IS NOT NULL AND coalesce(offered.amount, 0) <> r.fee

UNION ALL SELECT 'a confirmed booking has offered what it costs', r.company_id, r.id, r.status
FROM reservations_reservation r
WHERE r.status IN ('confirmed', 'checked_in', 'completed')
  AND NOT EXISTS (SELECT FROM billing_billable b WHERE b.source_type = 'reservation' AND b.source_id = r.id)
