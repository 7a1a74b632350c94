"""The pages of payments."""

from django.urls import path

from payments.views import ageing, entry, methods, papers, payments, refunds, reports, statement

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
    path("metodos/<int:pk>/activar/", methods.activate, name="method_activate"),
    path("devoluciones/", refunds.RefundList.as_view(), name="refunds"),
    path("devoluciones/totales/", refunds.RefundList.as_totals_view(), name="refund_totals"),
    path("devoluciones/nueva/", refunds.NewRefund.as_view(), name="refund_new"),
    path("devoluciones/<int:pk>/", refunds.refund, name="refund"),
    path("devoluciones/<int:pk>/pdf/", refunds.pdf, name="refund_pdf"),
    path("devoluciones/<int:pk>/anular/", refunds.VoidRefund.as_view(), name="refund_void"),
    path("antiguedad/", ageing.report, name="ageing"),
    path("estado/<int:pk>/", statement.account, name="statement"),
    path("estado/<int:pk>/correo/", statement.SendStatement.as_view(), name="statement_mail"),
    path("recibos/<int:pk>/pdf/", papers.receipt_pdf, name="receipt_pdf"),
    path("recibos/<int:pk>/anular/", papers.VoidReceipt.as_view(), name="receipt_void"),
    path("<int:pk>/", payments.payment, name="payment"),
    path("<int:pk>/anular/", payments.Void.as_view(), name="void"),
]
