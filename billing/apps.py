"""Billing: from what was delivered to a numbered document and what settles it."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Customers, products, taxes, series, billables, documents, settlement."""

    name = "billing"
    verbose_name = "Facturación"
