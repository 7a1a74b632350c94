"""The pages of payments."""

from django.urls import path

from payments.views import entry, methods, payments, reports

app_name = "payments"
urlpatterns = [
    path("", payments.PaymentList.as_view(), name="list"),
    path("totales/", payments.PaymentList.as_totals_view(), name="totals"),
    path("nuevo/", entry.new, name="new"),
    path("nuevo/preview/", entry.propose, name="propose"),
    path("ingresos/", reports.income, name="income"),
    path("saldos/", reports.CreditList.as_view(), name="credits"),
    path("saldos/totales/", reports.CreditList.as_totals_view(), name="credit_totals"),
    path("saldos/aplicar/<int:pk>/", entry.ApplyCredit.as_view(), name="apply_credit"),
    path("metodos/", methods.method_list, name="methods"),
    path("metodos/nuevo/", methods.NewMethod.as_view(), name="method_new"),
    path("metodos/<int:pk>/", methods.EditMethod.as_view(), name="method"),
    path("<int:pk>/", payments.payment, name="payment"),
    path("<int:pk>/anular/", payments.Void.as_view(), name="void"),
]
