"""Billing in Django admin: documents and what settles them are view-only; nouns change through their workflow."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import customers, decrees, products, series
from billing.models import (
    Billable,
    BillableLine,
    CreditPayout,
    Customer,
    CustomerContact,
    CustomerCredit,
    CustomerKind,
    DaySum,
    Document,
    DocumentFile,
    DocumentLine,
    DocumentPayment,
    DocumentTax,
    EmissionPoint,
    Establishment,
    IssuerPause,
    LegalLimit,
    Letter,
    LineTemplate,
    NumberGap,
    PeriodClose,
    Product,
    PublicLink,
    Series,
    Settlement,
    SignedXml,
    SkippedNumbers,
    SriAnswer,
    SriAuthorization,
    TaxRate,
    TemplateLine,
    Transmission,
)
from core.admin import InstallationWideAdmin, ViewAdmin, WorkflowAdmin
from core.forms import ShapeForm

MOST_SHOWN = 20_000  # bytes of an XML that are shown as text


@admin.register(Document)
class DocumentAdmin(ViewAdmin):
    """Invoices."""

    list_display = ("__str__", "status", "authorization", "issue_date", "buyer_name", "total", "balance")
    list_filter = ("status", "authorization")
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(DocumentLine)
class DocumentLineAdmin(ViewAdmin):
    """Lines of invoices."""

    list_display = ("document", "position", "description", "quantity", "unit_price", "total")
    ordering = ("-id",)


@admin.register(DocumentTax)
class DocumentTaxAdmin(ViewAdmin):
    """Taxes of invoices, rate by rate."""

    list_display = ("document", "tax_code", "rate_code", "rate", "base", "tax")
    ordering = ("-id",)


@admin.register(DocumentPayment)
class DocumentPaymentAdmin(ViewAdmin):
    """How invoices say they will be paid."""

    list_display = ("document", "sri_method", "amount", "term_days")
    ordering = ("-id",)


@admin.register(Settlement)
class SettlementAdmin(ViewAdmin):
    """What settled which document."""

    list_display = ("document", "kind", "amount", "settled_on", "reversed_at")
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(CustomerCredit)
class CustomerCreditAdmin(ViewAdmin):
    """Money of customers that settles nothing yet."""

    list_display = ("customer", "origin", "amount", "remaining", "created_at")
    ordering = ("-id",)


@admin.register(CreditPayout)
class CreditPayoutAdmin(ViewAdmin):
    """Credit that was given back as money."""

    list_display = ("credit", "amount", "paid_on", "reversed_at")
    ordering = ("-id",)


@admin.register(CustomerKind)
class CustomerKindAdmin(ViewAdmin):
    """What customers are to the business."""

    list_display = ("name", "active")
    ordering = ("name",)


@admin.register(LineTemplate)
class LineTemplateAdmin(ViewAdmin):
    """Lines kept under a name."""

    list_display = ("name", "active")
    ordering = ("name",)


@admin.register(TemplateLine)
class TemplateLineAdmin(ViewAdmin):
    """The lines of templates."""

    list_display = ("template", "position", "product", "description", "quantity", "unit_price")
    ordering = ("-id",)


@admin.register(PeriodClose)
class PeriodCloseAdmin(ViewAdmin):
    """Until when the books are closed."""

    list_display = ("closed_until", "reason", "closed_by", "created_at")
    ordering = ("-id",)


@admin.register(DaySum)
class DaySumAdmin(ViewAdmin):
    """What is invoiced, owed and collected by day: differences that the database appends."""

    list_display = ("kind", "day", "count", "amount")
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(NumberGap)
class NumberGapAdmin(ViewAdmin):
    """Numbers whose document was voided."""

    list_display = ("series", "sequential", "reason", "created_at")
    list_select_related = ("series__emission_point__establishment",)
    ordering = ("-id",)


@admin.register(SkippedNumbers)
class SkippedNumbersAdmin(ViewAdmin):
    """Numbers that were used where this database cannot see."""

    list_display = ("series", "first", "last", "reason", "created_at")
    list_select_related = ("series__emission_point__establishment",)
    ordering = ("-id",)


class BytesAdmin(ViewAdmin):
    """Shows rows that hold XML: its text while it is short, its length where it is not."""

    bytes_field = "content"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the bytes as text."""
        names = [field.name for field in self.model._meta.fields if field.name != self.bytes_field]
        return [*names, "in_words"]

    @admin.display(description=gettext_lazy("contenido"))
    def in_words(self, row: Any) -> str:
        """Return the text, or how long it is."""
        held = bytes(getattr(row, self.bytes_field))
        if len(held) > MOST_SHOWN:
            return _("%(count)d bytes") % {"count": len(held)}
        return held.decode("utf-8", errors="replace")


@admin.register(SignedXml)
class SignedXmlAdmin(BytesAdmin):
    """The signed bytes of each revision."""

    list_display = ("document", "revision", "access_key", "certificate", "made_at")
    ordering = ("-id",)


@admin.register(SriAuthorization)
class SriAuthorizationAdmin(BytesAdmin):
    """SRI's word on each document."""

    list_display = ("document", "number", "authorized_at", "received_at")
    ordering = ("-id",)


@admin.register(SriAnswer)
class SriAnswerAdmin(BytesAdmin):
    """Each call to SRI and its raw answer."""

    bytes_field = "raw"
    list_display = ("document", "operation", "outcome", "codes", "http_status", "milliseconds", "at")
    list_filter = ("operation", "outcome")
    ordering = ("-id",)


@admin.register(Transmission)
class TransmissionAdmin(ViewAdmin):
    """How far each document's way to SRI has come."""

    list_display = ("document", "stage", "attempts", "failures", "next_attempt_at", "problem")
    list_filter = ("stage", "environment")
    ordering = ("-id",)


@admin.register(IssuerPause)
class IssuerPauseAdmin(ViewAdmin):
    """When SRI did not let a company issue."""

    list_display = ("__str__", "code", "establishment", "since", "ended_at")
    ordering = ("-since",)


@admin.register(Letter)
class LetterAdmin(ViewAdmin):
    """What was mailed to customers."""

    list_display = ("message_id", "kind", "state", "customer", "document", "attempts", "created_at", "sent_at")
    list_filter = ("kind", "state")
    ordering = ("-id",)


@admin.register(PublicLink)
class PublicLinkAdmin(ViewAdmin):
    """The public links of documents; the secret in them is shown to nobody."""

    fields = tuple(field.name for field in PublicLink._meta.fields if "token" not in field.name)
    list_display = ("document", "created_at", "last_seen_at", "revoked_at")
    ordering = ("-id",)


@admin.register(Billable)
class BillableAdmin(ViewAdmin):
    """What waits to be invoiced."""

    list_display = ("__str__", "status", "customer", "amount", "service_date")
    list_filter = ("status", "source_type")
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(BillableLine)
class BillableLineAdmin(ViewAdmin):
    """Lines of billables."""

    list_display = ("billable", "position", "description", "quantity", "unit_price")
    ordering = ("-id",)


@admin.register(DocumentFile)
class DocumentFileAdmin(ViewAdmin):
    """The PDFs that were made."""

    list_display = ("document", "state", "size", "attempts", "made_at")
    list_filter = ("state",)
    ordering = ("-id",)


@admin.register(Customer)
class CustomerAdmin(WorkflowAdmin):
    """Customers."""

    editable = customers.EDITABLE
    update = customers.update
    list_display = ("name", "identification", "email", "deleted_at")
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(CustomerContact)
class CustomerContactAdmin(ViewAdmin):
    """People at customers."""

    list_display = ("name", "email", "customer", "receives_documents")
    search_fields = ("name", "email")


@admin.register(Product)
class ProductAdmin(WorkflowAdmin):
    """Products."""

    editable = products.EDITABLE
    update = products.update
    list_display = ("code", "name", "unit_price", "tax_category", "deleted_at")
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(Establishment)
class EstablishmentAdmin(WorkflowAdmin):
    """Places of business."""

    editable = ("name", "address", "active")
    update = series.update_establishment
    list_display = ("code", "name", "address", "active")


@admin.register(EmissionPoint)
class EmissionPointAdmin(WorkflowAdmin):
    """Tills and channels."""

    editable = ("name", "active")
    update = series.update_emission_point
    list_display = ("__str__", "name", "active")
    list_select_related = ("establishment",)


@admin.register(Series)
class SeriesAdmin(WorkflowAdmin):
    """Where numbers come from: the limit and whether it is in use; never the counter."""

    editable = ("limit_number", "active")
    update = series.update_series
    list_display = ("__str__", "last_number", "last_issue_date", "limit_number", "active")
    list_select_related = ("emission_point__establishment",)


@admin.register(TaxRate)
class TaxRateAdmin(InstallationWideAdmin):
    """The dated tax table: a decree is a new row; of an old one only its end and its source change."""

    form = ShapeForm
    editable = ("valid_to", "source")
    list_display = ("category", "rate", "code", "rate_code", "valid_from", "valid_to", "source")
    list_filter = ("category",)
    ordering = ("category", "-valid_from")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Enter decrees."""
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the law as it was entered."""
        return super().get_readonly_fields(request, obj) if obj else ("id",)

    def keep(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Enter the decree."""
        decrees.enter_rate(obj, actor=request.actor)  # type: ignore[attr-defined]


@admin.register(LegalLimit)
class LegalLimitAdmin(InstallationWideAdmin):
    """Amounts set by law: a new one is a new row from its day on."""

    editable = ("source",)
    list_display = ("code", "amount", "valid_from", "source")
    ordering = ("code", "-valid_from")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Enter decrees."""
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the law as it was entered."""
        return super().get_readonly_fields(request, obj) if obj else ("id",)
