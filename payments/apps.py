"""Payments: how money comes in, and what billing may ask of it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payment methods and payments."""

    name = "payments"
    verbose_name = "Cobros"

    def ready(self) -> None:
        """Tell billing's settlement how a payment is voided: one transaction, no import upward."""
        from billing import settlement
        from payments import workflow

        settlement.register_money(workflow.MoneyBehindSettlements())
