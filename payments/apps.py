"""Payments: how money comes in, and what billing may ask of it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payment methods and payments."""

    name = "payments"
    verbose_name = "Cobros"

    def ready(self) -> None:
        """Tell billing how a payment is voided and what its receipt says, companies what a new one gets."""
        from billing import letters, settlement
        from companies import hooks
        from desk import things
        from payments import methods, receipts, workflow
        from payments.models import Payment

        hooks.when_opened(methods.make_usual)
        things.register("payment", "payments.view", Payment.objects.all)
        settlement.register_money(workflow.MoneyBehindSettlements())
        letters.register_receipts(receipts.PaymentReceipts())
