"""The API resources of billing."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from billing.api.billables import BillableViewSet
from billing.api.bulk import BulkViewSet, NoteBulkViewSet
from billing.api.closing import PeriodCloseViewSet
from billing.api.customer_kinds import CustomerKindViewSet
from billing.api.customers import CustomerViewSet
from billing.api.invoices import InvoiceViewSet
from billing.api.letters import LetterViewSet
from billing.api.line_templates import LineTemplateViewSet
from billing.api.notes import CreditNoteViewSet, InvoiceNotesViewSet
from billing.api.products import ProductViewSet, TaxRateViewSet
from billing.api.series import EmissionPointViewSet, EstablishmentViewSet, ReceiptBookViewSet

router = SimpleRouter()
router.register("customers", CustomerViewSet, "customer")
router.register("products", ProductViewSet, "product")
router.register("customer-kinds", CustomerKindViewSet, "customer-kind")
router.register("line-templates", LineTemplateViewSet, "line-template")
router.register("taxes", TaxRateViewSet, "tax")
router.register("establishments", EstablishmentViewSet, "establishment")
router.register("emission-points", EmissionPointViewSet, "emission-point")
router.register("receipt-books", ReceiptBookViewSet, "receipt-book")
router.register("period-closes", PeriodCloseViewSet, "period-close")
router.register("billables", BillableViewSet, "billable")
router.register("invoices", InvoiceViewSet, "invoice")
router.register("letters", LetterViewSet, "letter")
router.register("credit-notes", CreditNoteViewSet, "credit-note")

urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices/bulk/", BulkViewSet.as_view({"post": "create"}), name="invoice-bulk"),
    path("credit-notes/bulk/", NoteBulkViewSet.as_view({"post": "create"}), name="credit-note-bulk"),
    re_path(
        r"^invoices/(?P<pk>\d{1,18})/send-email/$",
        LetterViewSet.as_view({"post": "send_email"}),
        name="invoice-send-email",
    ),
    re_path(
        r"^invoices/(?P<pk>\d{1,18})/credit-notes/$",
        InvoiceNotesViewSet.as_view({"get": "list", "post": "create"}, basename="credit-note"),
        name="invoice-credit-notes",
    ),
    *router.urls,
]
