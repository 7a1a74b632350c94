"""Payments: how money comes in, and what billing may ask of it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Payment methods and payments."""

    name = "payments"
    verbose_name = "Cobros"

    def ready(self) -> None:
        """Tell billing how a payment is voided and what its receipt says, companies what a new one gets."""
        from billing import dashboard, letters, merging, settlement
        from companies import hooks
        from core import remedies
        from desk import import_kinds, things
        from payments import bulk, figures, finders, methods, payment_import, receipts, workflow
        from payments.models import Payment, Receipt, Refund

        hooks.when_opened(methods.make_usual)
        remedies.add("method_inactive", "payments:methods", _("Revisar los métodos de cobro"), "payments.setup")
        finders.register()
        dashboard.add_figures(figures.of_payments)
        dashboard.add_chart(figures.COLLECTED)
        import_kinds.register(payment_import.KIND)
        things.register("payment", "payments.view", Payment.objects.all)
        settlement.register_money(workflow.MoneyBehindSettlements())
        merging.register(
            merging.Moved(merging.When.PAYMENTS, Receipt, "receipt.customer_changed"),
            merging.Moved(merging.When.PAYMENTS, Payment, "payment.customer_changed"),
            merging.Moved(merging.When.PAYMENTS, Refund, "refund.customer_changed"),
        )
        letters.register_receipts(receipts.PaymentReceipts())
        bulk.register_tasks()
