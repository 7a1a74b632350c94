"""The API resources of payments."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from payments.api.methods import PaymentMethodViewSet
from payments.api.payments import CreditApplicationViewSet, PaymentViewSet, StatementViewSet
from payments.api.receipts import ReceiptViewSet
from payments.api.refunds import PaymentMoneyViewSet, RefundViewSet

router = SimpleRouter()
router.register("payment-methods", PaymentMethodViewSet, "payment-method")
router.register("payments", PaymentViewSet, "payment")
router.register("receipts", ReceiptViewSet, "receipt")
router.register("refunds", RefundViewSet, "refund")

urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices/<int:pk>/apply-credit/", CreditApplicationViewSet.as_view({"post": "create"}), name="apply-credit"),
    path("customers/<int:pk>/statement/", StatementViewSet.as_view({"get": "retrieve"}), name="customer-statement"),
    path("payments/<int:pk>/receipt/", PaymentMoneyViewSet.as_view({"get": "receipt"}), name="payment-receipt"),
    path("payments/<int:pk>/refund/", PaymentMoneyViewSet.as_view({"post": "refund"}), name="payment-refund"),
    *router.urls,
]
