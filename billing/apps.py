"""Billing: from what was delivered to a numbered document and what settles it."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Customers, products, taxes, series, billables, documents, settlement."""

    name = "billing"
    verbose_name = "Facturación"

    def ready(self) -> None:
        """Tell companies what a new company gets and lacks, when its RUC is for life, and what the menu counts."""
        from billing import customers, opening, queries
        from companies import hooks

        hooks.when_opened(customers.make_final_consumer)
        hooks.add_setup_steps(opening.setup_steps)
        hooks.hold_ruc_while(opening.has_documents)
        hooks.add_badge("billables", "billables.view", queries.waiting_now)
        hooks.add_badge("invoices", "billing.view", queries.overdue_now)
