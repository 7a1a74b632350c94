"""Payments: how money comes in, and what billing may ask of it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payment methods and payments."""

    name = "payments"
    verbose_name = "Cobros"

    def ready(self) -> None:
        """Tell billing's settlement how a payment is voided, and companies what a new one gets: no import upward."""
        from billing import settlement
        from companies import hooks
        from payments import methods, workflow

        hooks.when_opened(methods.make_usual)
        settlement.register_money(workflow.MoneyBehindSettlements())
