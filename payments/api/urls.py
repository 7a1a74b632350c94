"""The API resources of payments."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from payments.api.methods import PaymentMethodViewSet
from payments.api.payments import CreditApplicationViewSet, PaymentViewSet, StatementViewSet

router = SimpleRouter()
router.register("payment-methods", PaymentMethodViewSet, "payment-method")
router.register("payments", PaymentViewSet, "payment")

urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices/<int:pk>/apply-credit/", CreditApplicationViewSet.as_view({"post": "create"}), name="apply-credit"),
    path("customers/<int:pk>/statement/", StatementViewSet.as_view({"get": "retrieve"}), name="customer-statement"),
    *router.urls,
]
