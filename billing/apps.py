"""Billing: from what was delivered to a numbered document and what settles it."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Customers, products, taxes, series, billables, documents, settlement."""

    name = "billing"
    verbose_name = "Facturación"

    def ready(self) -> None:
        """Say what a new company gets and lacks, when its RUC is for life, what the menu counts and the box finds."""
        from billing import (
            bulk,
            customer_import,
            customers,
            figures,
            finders,
            notices,
            opening,
            queries,
            recovery,
            refusals,
        )
        from billing.models import Customer, Document
        from companies import hooks
        from core import backup
        from desk import import_kinds, things

        hooks.when_opened(customers.make_final_consumer)
        hooks.add_setup_steps(opening.setup_steps)
        hooks.hold_ruc_while(opening.has_documents)
        backup.after_restore(recovery.after_restore)
        hooks.add_notice(notices.notices)
        hooks.add_badge("billables", "billables.view", queries.waiting_now)
        hooks.add_badge("invoices", "billing.view", queries.overdue_now)
        things.register("customer", "customers.view", Customer.objects.live)
        things.register("invoice", "billing.view", Document.objects.invoices)
        things.register("credit_note", "billing.view", Document.objects.credit_notes)
        import_kinds.register(customer_import.KIND)
        refusals.register()
        bulk.register_tasks()
        figures.register()
        finders.register()
