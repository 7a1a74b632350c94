"""The API resources of payments."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from payments.api.methods import PaymentMethodViewSet
from payments.api.payments import CreditApplicationViewSet, PaymentViewSet, StatementViewSet
from payments.api.quick_sales import QuickSaleViewSet
from payments.api.receipts import ReceiptViewSet
from payments.api.refunds import PaymentMoneyViewSet, RefundViewSet
from payments.api.reports import AgeingViewSet

router = SimpleRouter()
router.register("payment-methods", PaymentMethodViewSet, "payment-method")
router.register("payments", PaymentViewSet, "payment")
router.register("receipts", ReceiptViewSet, "receipt")
router.register("refunds", RefundViewSet, "refund")

urlpatterns: list[URLPattern | URLResolver] = [
    path("quick-sales/", QuickSaleViewSet.as_view({"post": "create"}), name="quick-sale"),
    path("invoices/<int:pk>/apply-credit/", CreditApplicationViewSet.as_view({"post": "create"}), name="apply-credit"),
    path("customers/<int:pk>/statement/", StatementViewSet.as_view({"get": "retrieve"}), name="customer-statement"),
    path("customers/<int:pk>/statement/pdf/", StatementViewSet.as_view({"get": "pdf"}), name="statement-pdf"),
    path(
        "customers/<int:pk>/statement/send-email/",
        StatementViewSet.as_view({"post": "send_email"}),
        name="statement-send-email",
    ),
    path("payments/<int:pk>/receipt/", PaymentMoneyViewSet.as_view({"get": "receipt"}), name="payment-receipt"),
    path("payments/<int:pk>/refund/", PaymentMoneyViewSet.as_view({"post": "refund"}), name="payment-refund"),
    path("reports/aging/", AgeingViewSet.as_view({"get": "aging"}), name="report-aging"),
    *router.urls,
]
