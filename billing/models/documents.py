"""The documents: from draft to issued, paid or voided, frozen by the database once they have a number."""

from datetime import date
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models import document_laws as laws
from billing.models.closing import day_is_open
from billing.models.customers import Customer, IdentificationType
from billing.models.day_sums import OF_DOCUMENTS
from billing.models.series import DocumentType, Series
from core import clock
from core.addresses import address_of
from core.cents import cents_of
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager


class Status(models.TextChoices):
    """What the document is to the business; what it is to SRI is `Authorization`."""

    DRAFT = "draft", _("Borrador")
    ISSUED = "issued", _("Emitida")
    PAID = "paid", _("Pagada")
    VOIDED = "voided", _("Anulada")


class Authorization(models.TextChoices):
    """What the document is to SRI: a separate axis."""

    NONE = "none", _("Sin autorización electrónica")
    PENDING = "pending", _("Pendiente")
    SENT = "sent", _("Enviada")
    AUTHORIZED = "authorized", _("Autorizada")
    REJECTED = "rejected", _("Rechazada")


class Annulment(models.TextChoices):
    """The annulment of an authorized document at SRI: the third axis (D7)."""

    NONE = "none", _("Ninguna")
    REQUESTED = "requested", _("Solicitada")
    ANNULLED = "annulled", _("Anulada en el SRI")
    REFUSED = "refused", _("Rechazada")
    EXPIRED = "expired", _("Vencida")


class PaymentState(models.TextChoices):
    """How an issued document stands with its money on a day; overdue comes before partial."""

    UNPAID = "unpaid", _("Sin cobrar")
    PARTIAL = "partial", _("Cobro parcial")
    OVERDUE = "overdue", _("Vencida")
    PAID = "paid", _("Pagada")


# The steps, as data: read by the workflow, the trigger, the buttons and the tests.
STATUS_STEPS: list[tuple[str, str]] = [
    (Status.DRAFT, Status.ISSUED),
    (Status.ISSUED, Status.PAID),
    (Status.PAID, Status.ISSUED),
    (Status.ISSUED, Status.VOIDED),
]
AUTHORIZATION_STEPS: list[tuple[str, str]] = [
    (Authorization.NONE, Authorization.PENDING),
    (Authorization.PENDING, Authorization.SENT),
    (Authorization.PENDING, Authorization.AUTHORIZED),  # found at SRI by its key
    (Authorization.PENDING, Authorization.REJECTED),  # returned at the door
    (Authorization.SENT, Authorization.PENDING),
    (Authorization.SENT, Authorization.AUTHORIZED),
    (Authorization.SENT, Authorization.REJECTED),
    (Authorization.REJECTED, Authorization.PENDING),
]


# What is sold with: a nota de venta lives like an invoice, only SRI never sees it (D29).
SALES: tuple[DocumentType, ...] = (DocumentType.INVOICE, DocumentType.SALES_NOTE)


class DocumentQuerySet(SearchableQuerySet):
    """Named reads of documents."""

    def live(self) -> Self:
        """Leave out discarded drafts."""
        return self.filter(deleted_at=None)

    def invoices(self) -> Self:
        """Return the invoices, and the notas de venta beside them (D29), that are not discarded."""
        return self.live().filter(document_type__in=SALES)

    def credit_notes(self) -> Self:
        """Return the credit notes that are not discarded."""
        return self.live().filter(document_type=DocumentType.CREDIT_NOTE)

    def with_balance(self) -> Self:
        """Return what is still to be collected."""
        return self.filter(status=Status.ISSUED, balance__gt=0)

    def overdue(self, on: date) -> Self:
        """Return what should have been collected before a local date."""
        return self.with_balance().filter(due_date__lt=on)

    def in_payment_state(self, state: str, on: date) -> Self:
        """Return the documents that stand so with their money on a local date."""
        if state == PaymentState.PAID:
            return self.filter(status=Status.PAID)
        if state == PaymentState.OVERDUE:
            return self.overdue(on)
        rows = self.with_balance()
        return rows.filter(balance=F("total")) if state == PaymentState.UNPAID else rows.filter(balance__lt=F("total"))


class Document(SearchableModel):
    """An invoice or a note: who sold what to whom, its taxes, its number, and what is still owed.

    `buyer_*` and `issuer` are copies: printed and sent as they were at issue, whatever happens to the
    customer or the company afterwards.
    """

    SORTED_AS: ClassVar[dict[str, str]] = {"total": "total_cents"}

    document_type = models.CharField(
        _("tipo"), max_length=2, choices=DocumentType.choices, default=DocumentType.INVOICE
    )
    status = models.CharField(_("estado"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    authorization = models.CharField(
        _("autorización SRI"), max_length=10, choices=Authorization.choices, default=Authorization.NONE
    )
    annulment = models.CharField(_("anulación SRI"), max_length=10, choices=Annulment.choices, default=Annulment.NONE)
    series = CompanyForeignKey(Series, verbose_name=_("serie"), related_name="documents")
    sequential = models.PositiveIntegerField(_("secuencial"), null=True)
    number = models.CharField(_("número"), max_length=17, blank=True)
    access_key = models.CharField(_("clave de acceso"), max_length=49, blank=True)
    environment = models.CharField(max_length=1)
    revision = models.PositiveSmallIntegerField(default=1)

    # What is planned while a draft, fixed at issue. `date_asked` empty means "the day it is issued".
    date_asked = models.DateField(null=True)
    issue_date = models.DateField(_("fecha de emisión"))
    issued_at = models.DateTimeField(_("emitida"), null=True)
    payment_days = models.PositiveSmallIntegerField(_("días de plazo"))
    due_date = models.DateField(_("vencimiento"))

    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="documents")
    buyer_identification_type = models.CharField(max_length=2, choices=IdentificationType.choices)
    buyer_identification = models.CharField(_("identificación"), max_length=20)
    buyer_name = models.CharField(_("comprador"), max_length=300)
    buyer_address = models.CharField(max_length=300, blank=True)
    buyer_email = models.EmailField(blank=True)
    buyer_phone = models.CharField(max_length=30, blank=True)
    issuer = models.JSONField(default=dict)

    discount_value = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=0)
    discount_is_percent = models.BooleanField(default=False)
    subtotal = models.DecimalField(_("subtotal sin impuestos"), max_digits=14, decimal_places=2)
    total_discount = models.DecimalField(_("descuento total"), max_digits=14, decimal_places=2)
    tax_total = models.DecimalField(_("impuestos"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    total_cents = cents_of("total")
    balance = models.DecimalField(_("saldo"), max_digits=14, decimal_places=2, default=0)

    additional_info = models.JSONField(_("información adicional"), default=list)
    notes = models.TextField(_("notas"), blank=True)
    # Who saved a discount above the company's limit; empty where nothing had to be approved.
    discount_approved_by = models.CharField(_("descuento autorizado por"), max_length=200, blank=True)
    void_reason = models.CharField(_("motivo de anulación"), max_length=500, blank=True)
    voided_at = models.DateTimeField(null=True)
    duplicate_of = CompanyForeignKey("self", null=True, related_name="duplicates")
    # Of a note: the document it corrects, and why (motivo).
    modifies = CompanyForeignKey("self", null=True, verbose_name=_("modifica a"), related_name="notes_on_it")
    motive = models.CharField(_("motivo"), max_length=300, blank=True)
    # Of an invoice issued anew because SRI would not have the number or the date of an earlier one (law 6).
    replaces = CompanyForeignKey("self", null=True, verbose_name=_("reemplaza a"), related_name="replaced_by")
    authorized_at = models.DateTimeField(_("autorizada"), null=True)
    imported_at = models.DateTimeField(_("recuperada del SRI"), null=True, editable=False)

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = CompanyManager.from_queryset(DocumentQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("documento")
        verbose_name_plural = _("documentos")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "series", "sequential"],
                condition=Q(sequential__isnull=False),
                name="document_number_is_unique_in_its_series",
            ),
            models.UniqueConstraint(
                fields=["company", "access_key"], condition=~Q(access_key=""), name="access_key_is_unique"
            ),
            models.CheckConstraint(
                condition=(Q(status="draft", sequential__isnull=True, number="", issued_at__isnull=True, access_key=""))
                | (~Q(status="draft") & Q(sequential__isnull=False, issued_at__isnull=False) & ~Q(number="")),
                name="document_numbered_exactly_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", balance=0)
                | Q(status="voided", balance=0)
                | Q(status="paid", balance=0, document_type__in=["01", "02"])
                | Q(status="issued", balance__gt=0, balance__lte=F("total"), document_type__in=["01", "02"])
                | Q(status="issued", balance=0, document_type="04"),
                name="document_paid_exactly_when_issued_and_balance_zero",
            ),
            models.CheckConstraint(
                condition=Q(total=F("subtotal") + F("tax_total"), total__gt=0, subtotal__gte=0, tax_total__gte=0),
                name="document_total_is_subtotal_plus_taxes",
            ),
            models.CheckConstraint(
                condition=Q(status="voided", voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(status="voided") & Q(voided_at__isnull=True, void_reason=""),
                name="document_voided_exactly_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(deleted_at=None) | Q(status="draft"), name="only_drafts_are_discarded"),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issue_date")), name="document_is_not_due_before_its_date"
            ),
            models.CheckConstraint(
                condition=Q(access_key="") | Q(access_key__regex=r"^[0-9]{49}$"), name="access_key_has_49_digits"
            ),
            models.CheckConstraint(
                condition=~Q(authorization="none") | Q(access_key=""),
                name="access_key_exactly_for_electronic_documents",
            ),
            models.CheckConstraint(
                condition=Q(document_type__in=["01", "02"], modifies=None, motive="")
                | Q(document_type="04", modifies__isnull=False) & ~Q(motive=""),
                name="a_note_says_what_it_modifies_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(document_type="02") | Q(authorization="none", tax_total=0),
                name="a_nota_de_venta_breaks_out_no_tax_and_never_goes_to_sri",
            ),
            models.CheckConstraint(
                condition=Q(authorization="authorized", authorized_at__isnull=False)
                | ~Q(authorization="authorized") & Q(authorized_at=None),
                name="authorized_exactly_with_its_moment",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="document_grams"),
            models.Index(fields=["company", "-id"], condition=Q(deleted_at=None), name="document_by_id"),
            models.Index(fields=["company", "status", "-id"], condition=Q(deleted_at=None), name="document_by_status"),
            models.Index(
                fields=["company"],
                include=["document_type", "total"],  # what waits to be issued is added up from here alone
                condition=Q(status="draft", deleted_at=None),
                name="document_drafts",
            ),
            models.Index(fields=["company", "-issue_date", "-id"], name="document_by_date"),
            models.Index(fields=["company", "document_type", "-id"], name="document_by_type"),
            models.Index(fields=["company", "-total_cents", "-id"], name="document_by_total"),
            models.Index(fields=["company", "buyer_name", "id"], name="document_by_buyer"),
            models.Index(
                fields=["company", "due_date", "id"], condition=Q(status="issued"), name="document_by_due_date"
            ),
            models.Index(fields=["company", "customer", "-id"], name="document_by_customer"),
            models.Index(
                fields=["company", "customer"],
                include=["balance", "document_type", "due_date"],  # what customers owe is added up from here alone
                condition=Q(status="issued", deleted_at=None, balance__gt=0),
                name="document_owed",
            ),
            models.Index(fields=["company", "number", "id"], name="document_by_number"),
            models.Index(
                fields=["company", "modifies"], condition=Q(modifies__isnull=False), name="document_by_modified"
            ),
            models.Index(fields=["company", "authorization", "-id"], name="document_by_authorization"),
        ]
        triggers = [
            pgtrigger.FSM(name="document_takes_allowed_steps", field="status", transitions=STATUS_STEPS),
            pgtrigger.FSM(name="document_authorization_steps", field="authorization", transitions=AUTHORIZATION_STEPS),
            pgtrigger.Trigger(
                name="documents_are_born_as_drafts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__status="draft"),
                func=laws.refuse("documents are born as drafts"),
            ),
            pgtrigger.Trigger(
                name="issued_documents_are_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="draft"),
                func=laws.FROZEN,
            ),
            pgtrigger.Trigger(
                name="documents_add_up_when_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="draft", new__status="issued"),
                func=laws.ADDS_UP,
            ),
            pgtrigger.Trigger(
                name="closed_days_keep_their_documents",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="draft", new__status="issued")
                | (~pgtrigger.Q(old__status="voided") & pgtrigger.Q(new__status="voided")),
                func=day_is_open("NEW.issue_date"),
            ),
            pgtrigger.Trigger(
                name="balance_is_total_less_settlements",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=laws.balance_adds_up("NEW.id"),
            ),
            pgtrigger.Trigger(
                name="revisions_add_up",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=~pgtrigger.Q(old__revision=pgtrigger.F("new__revision")),
                func=laws.REVISION_ADDS_UP,
            ),
            pgtrigger.Trigger(
                name="electronic_documents_are_signed",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=~pgtrigger.Q(new__access_key="")
                & (
                    ~pgtrigger.Q(old__status=pgtrigger.F("new__status"))
                    | ~pgtrigger.Q(old__revision=pgtrigger.F("new__revision"))
                ),
                func=laws.SIGNED,
            ),
            pgtrigger.Trigger(
                name="authorized_is_the_word_of_sri",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__authorization="authorized") & ~pgtrigger.Q(old__authorization="authorized"),
                func=laws.AUTHORIZED,
            ),
            pgtrigger.Trigger(  # documents are born as drafts, which count for nothing
                name="documents_are_in_the_day_sums",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(new__status="draft")
                & (
                    ~pgtrigger.Q(old__status=pgtrigger.F("new__status"))
                    | ~pgtrigger.Q(old__balance=pgtrigger.F("new__balance"))
                    | ~pgtrigger.Q(old__total=pgtrigger.F("new__total"))
                    | ~pgtrigger.Q(old__issue_date=pgtrigger.F("new__issue_date"))
                    | ~pgtrigger.Q(old__due_date=pgtrigger.F("new__due_date"))
                ),
                func=OF_DOCUMENTS,
            ),
            pgtrigger.Protect(name="documents_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number or _("Borrador %(id)s") % {"id": self.pk}

    def search_parts(self) -> list[str]:
        """Return the texts a document is found by: number, key, buyer, amount."""
        return [self.number, self.buyer_name, self.buyer_identification, self.access_key, str(self.total)]

    @property
    def settled(self) -> object:
        """Return what was collected so far, in USD."""
        return self.total - self.balance if self.status in (Status.ISSUED, Status.PAID) else self.total - self.total

    def get_absolute_url(self) -> str:
        """Return the page of the document."""
        return address_of(f"billing:{self.noun}", self.pk)

    def payment_state(self, on: date) -> str:
        """Return the document's `PaymentState` on a local date, empty for drafts and voided documents."""
        if self.status not in (Status.ISSUED, Status.PAID):
            return ""
        if self.status == Status.PAID:
            return PaymentState.PAID
        if self.is_overdue(on):
            return PaymentState.OVERDUE
        return PaymentState.PARTIAL if self.balance < self.total else PaymentState.UNPAID

    def is_overdue(self, on: date) -> bool:
        """Say whether money should have come in before the local date."""
        return self.status == Status.ISSUED and self.due_date < on

    @property
    def is_credit_note(self) -> bool:
        """Say whether the document corrects another."""
        return self.document_type == DocumentType.CREDIT_NOTE

    @property
    def is_sales_note(self) -> bool:
        """Say whether the document is a nota de venta: its IVA is inside and not broken out (D29)."""
        return self.document_type == DocumentType.SALES_NOTE

    @property
    def noun(self) -> str:
        """Return what the log, the events and the addresses call it: `invoice` or `credit_note`."""
        return "credit_note" if self.is_credit_note else "invoice"

    @property
    def is_electronic(self) -> bool:
        """Say whether the document goes to SRI (it then has an access key from its issue on)."""
        return bool(self.access_key)
