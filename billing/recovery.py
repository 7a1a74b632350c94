"""After a restored backup: nothing is sent twice, no number is used again, and what was lost comes back (law 6).

The backup knows less than SRI: documents were issued after it was made. So every series of e-invoicing companies is in
doubt until an administrator confirms or raises its last number; everything under way is asked for by its key before it
is sent; and the lost documents, whose XML their buyers have, are brought back by their keys, on SRI's word alone.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from audit.log import record
from billing import closing, customers, files, outcomes, profile, settlement, transmission
from billing.closing import Doing
from billing.models import (
    Authorization,
    Customer,
    Document,
    DocumentLine,
    DocumentPayment,
    DocumentTax,
    Series,
    SignedXml,
    SkippedNumbers,
    Stage,
    Status,
    TaxCategory,
    Transmission,
)
from billing.telling import story, tell
from companies.models import Company
from core import clock
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO
from core.tenancy import all_companies, company_context, current_company_id
from sri import access_key, gateway, xml
from sri import documents as sri
from sri.catalogs import TaxCode
from sri.outcomes import Answer, Answered
from sri.xml.sameness import unwrap

ACTOR: Final = Actor.command("restore")
DOUBT: Final = "Se restauró una copia de seguridad del {moment}: confirme el último número que se usó de verdad."
CATEGORIES: Final = {"0": TaxCategory.ZERO, "5": TaxCategory.CONSTRUCTION, "6": TaxCategory.NOT_SUBJECT,
                     "7": TaxCategory.EXEMPT, "8": TaxCategory.TOURISM}  # fmt: skip


def after_restore() -> None:
    """Put all series of e-invoicing companies in doubt, and have everything under way asked for before it is sent."""
    with all_companies():
        companies = list(Company.objects.filter(e_invoicing=True).values_list("pk", flat=True))
    for company_id in companies:
        with company_context(company_id):
            _doubt_everything()


@transaction.atomic
def _doubt_everything() -> None:
    for series in Series.objects.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if series.doubt:
            continue
        series.doubt = DOUBT.format(moment=f"{_last_moment():%d/%m/%Y %H:%M}")
        series.version += 1
        series.save(update_fields=["doubt", "version"])
        record("series.stopped", series, actor=ACTOR, after={"doubt": series.doubt})
    Transmission.objects.filter(stage__in=[Stage.SEND, Stage.ASK]).update(
        stage=Stage.ASK, next_attempt_at=clock.now(), claim=None, claimed_at=None, received_at=None, sent_at=clock.now()
    )


def _last_moment() -> object:
    latest = Document.objects.order_by("-pk").values_list("created_at", flat=True).first()
    return clock.local(latest or clock.now())


@transaction.atomic
def confirm_series(series_id: int, last_number: int, *, actor: Actor, expected_version: int | None = None) -> Series:
    """Say which number of a series in doubt was really the last; the numbers in between are never given out here.

    Raises:
        WorkflowError: `series_not_in_doubt`.
        RuleRefused: `last_number_too_low`, `last_number_too_high`.
    """
    actor.require("company.manage")
    series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series_id)
    if not series.doubt:
        raise WorkflowError(_("Esta serie no espera confirmación."), code="series_not_in_doubt")
    if last_number < series.last_number:
        raise RuleRefused(
            _("Aquí ya consta el número %(last)d: el último no puede ser menor.") % {"last": series.last_number},
            code="last_number_too_low",
        )
    if last_number > (series.limit_number or 999_999_999):
        raise RuleRefused(_("Ese número pasa el límite de la serie."), code="last_number_too_high")
    before = {"last_number": series.last_number, "doubt": series.doubt}
    if last_number > series.last_number:
        SkippedNumbers.objects.create(
            series=series, first=series.last_number + 1, last=last_number, reason=series.doubt, created_at=clock.now()
        )
        series.last_number = last_number
    series.doubt = ""
    series.version += 1
    series.save()
    record("series.confirmed", series, actor=actor, before=before, after={"last_number": last_number})
    return series


def missing_numbers() -> QuerySet[SkippedNumbers]:
    """Return the skipped ranges that still hold numbers whose document is not here, with how many as `missing`."""
    inside = Document.objects.filter(
        series=OuterRef("series"), sequential__gte=OuterRef("first"), sequential__lte=OuterRef("last")
    )
    here = inside.order_by().values("series").annotate(count=Count("pk")).values("count")
    ranges = SkippedNumbers.objects.select_related("series__emission_point__establishment")
    counted = ranges.annotate(missing=F("last") - F("first") + 1 - Coalesce(Subquery(here), 0))
    return counted.filter(missing__gt=0)


# Bringing documents back


def bring_back(content: bytes, *, actor: Actor) -> Document:
    """Bring back a document of ours that SRI has authorized and this database lost, by an XML of it.

    The file only tells the key: what is stored is what SRI answers, asked now.

    Raises:
        RuleRefused: `xml_unreadable`, `not_ours`, `series_unknown`, `number_not_lost`, `not_authorized_by_sri`,
            `period_closed`.
        WorkflowError: `already_here`, `sri_unreachable`.
    """
    actor.require("company.manage")
    key = _key_of(content)
    _check_ours(key)
    answer = gateway.current().ask(str(key), key.environment)
    if answer.outcome in (Answered.UNREACHABLE, Answered.UNKNOWN, Answered.PROCESSING):
        raise WorkflowError(
            _("El SRI no responde en este momento: intente más tarde. %(problem)s") % {"problem": answer.problem},
            code="sri_unreachable",
        )
    if answer.outcome != Answered.AUTHORIZED or not answer.document:
        raise RuleRefused(_("El SRI no tiene autorizado ese comprobante."), code="not_authorized_by_sri")
    return _store(key, answer, actor)


def _key_of(content: bytes) -> access_key.AccessKey:
    try:
        return access_key.parse(xml.read(unwrap(content)).heading.access_key)
    except (xml.DocumentInvalid, access_key.AccessKeyError) as error:
        raise RuleRefused(
            _("No se puede leer el XML: %(problem)s") % {"problem": error}, code="xml_unreadable"
        ) from error


def _check_ours(key: access_key.AccessKey) -> None:
    company = Company.objects.get(pk=current_company_id())
    if (key.ruc, key.environment) != (company.ruc, company.environment):
        raise RuleRefused(_("Ese comprobante no lo emitió esta empresa."), code="not_ours")
    if Document.objects.filter(access_key=str(key)).exists():
        raise WorkflowError(_("Ese comprobante ya está aquí."), code="already_here")


@transaction.atomic
def _store(key: access_key.AccessKey, answer: Answer, actor: Actor) -> Document:
    closing.check_open(key.issue_date, doing=Doing.ISSUE)
    found = xml.read(answer.document or b"")
    series = _series_of(key)
    modifies = _modified(found)
    buyer = modifies.customer if modifies else _customer(found, actor)
    company = Company.objects.get(pk=current_company_id())
    document = Document(
        document_type=key.document_type,
        series=series,
        environment=key.environment,
        customer=buyer,
        issue_date=key.issue_date,
        date_asked=key.issue_date,
        payment_days=_days(found),
        due_date=key.issue_date + timedelta(days=_days(found)),
        buyer_identification_type=found.buyer.identification_type,
        buyer_identification=found.buyer.identification,
        buyer_name=found.buyer.name,
        buyer_address=found.buyer.address,
        buyer_email=buyer.email,
        issuer=profile.issuer_snapshot(company, series),
        subtotal=found.subtotal,
        total_discount=sum((line.discount for line in found.lines), ZERO),
        tax_total=sum((tax.amount for tax in found.taxes), ZERO),
        total=found.total,
        additional_info=[{"name": name, "value": value} for name, value in found.additional],
        modifies=modifies,
        motive=found.reason if isinstance(found, sri.CreditNote) else "",
        created_at=clock.now(),
        imported_at=clock.now(),
    )
    document.save()
    _store_parts(document, found)
    tell("created", document, actor=actor, after=story(document))
    _issue(document, key, answer, actor)
    if modifies:
        settlement.credit(modifies, document, actor=actor)
    return Document.objects.get(pk=document.pk)


def _issue(document: Document, key: access_key.AccessKey, answer: Answer, actor: Actor) -> None:
    """Make it the issued document it was, and let SRI's answer authorize it as any other."""
    document.sequential = key.sequential
    document.number = f"{key.establishment}-{key.emission_point}-{key.sequential:09}"
    document.access_key, document.issued_at = str(key), clock.now()
    document.status, document.authorization = Status.ISSUED, Authorization.PENDING
    document.balance = ZERO if document.is_credit_note else document.total
    document.version += 1
    document.save()
    content = answer.document or b""
    SignedXml.objects.create(
        document=document,
        revision=1,
        access_key=str(key),
        content=content,
        sha256=outcomes.digest(content),
        made_at=clock.now(),
    )
    tell("issued", document, actor=actor, before={"status": Status.DRAFT}, after=story(document))
    row = transmission.queue(document)
    row.sent_at = clock.now()
    outcomes.authorize(document, row, answer)
    files.request(document)


def _series_of(key: access_key.AccessKey) -> Series:
    series = Series.objects.filter(
        document_type=key.document_type,
        emission_point__code=key.emission_point,
        emission_point__establishment__code=key.establishment,
    ).first()
    if series is None:
        raise RuleRefused(
            _("No existe la serie %(establishment)s-%(point)s de ese comprobante: créela antes.")
            % {"establishment": key.establishment, "point": key.emission_point},
            code="series_unknown",
        )
    lost = SkippedNumbers.objects.filter(series=series, first__lte=key.sequential, last__gte=key.sequential)
    if not lost.exists():
        raise RuleRefused(
            _("El número %(number)09d no es de los perdidos: confirme antes el último número de la serie.")
            % {"number": key.sequential},
            code="number_not_lost",
        )
    return series


def _modified(found: sri.Invoice | sri.CreditNote) -> Document | None:
    if isinstance(found, sri.Invoice):
        return None
    rows = Document.objects.invoices().select_for_update(of=("self",), no_key=True)
    original = rows.filter(number=found.modified.number).exclude(status=Status.DRAFT).first()
    if original is None:
        raise RuleRefused(
            _("Recupere antes la factura %(number)s, que esta nota modifica.") % {"number": found.modified.number},
            code="original_missing",
        )
    return original


def _customer(found: sri.Invoice | sri.CreditNote, actor: Actor) -> Customer:
    buyer = found.buyer
    known: QuerySet[Customer] = Customer.objects.live().filter(
        identification_type=buyer.identification_type, identification=buyer.identification
    )
    present = known.first()
    if present:
        return present
    values = {"identification_type": buyer.identification_type, "identification": buyer.identification,
              "name": buyer.name, "address": buyer.address}  # fmt: skip
    return customers.create(values, actor=actor).customer


def _days(found: sri.Invoice | sri.CreditNote) -> int:
    return max((row.term_days for row in found.payments), default=0) if isinstance(found, sri.Invoice) else 0


def _store_parts(document: Document, found: sri.Invoice | sri.CreditNote) -> None:
    """Store what the XML says; its prices are without tax, so that is how the lines were entered as far as we know."""
    for position, line in enumerate(found.lines, start=1):
        vat = next((tax for tax in line.taxes if tax.code == TaxCode.IVA), line.taxes[0])
        tax = sum((tax.amount for tax in line.taxes), Decimal(0))
        DocumentLine.objects.create(
            document=document, position=position, code=line.code, auxiliary_code=line.auxiliary_code,
            description=line.description, quantity=line.quantity, unit_price=line.unit_price,
            discount_value=line.discount, tax_category=CATEGORIES.get(vat.rate_code, TaxCategory.GENERAL),
            tax_code=vat.code, rate_code=vat.rate_code, rate=vat.rate, gross=line.total + line.discount,
            discount=line.discount, document_discount_share=ZERO, net_unit_price=line.unit_price,
            net_discount=line.discount, base=line.total, tax=tax, total=line.total + tax,
        )  # fmt: skip
    for position, row in enumerate(found.taxes, start=1):
        DocumentTax.objects.create(document=document, position=position, tax_code=row.code, rate_code=row.rate_code,
                                   rate=row.rate, base=row.base, tax=row.amount)  # fmt: skip
    if isinstance(found, sri.Invoice):
        for position, payment in enumerate(found.payments, start=1):
            DocumentPayment.objects.create(document=document, position=position, sri_method=payment.method,
                                           amount=payment.amount, term_days=payment.term_days)  # fmt: skip
