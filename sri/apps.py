"""The tax authority, as a library with two tables of its own: certificates, and how the line to its hosts is."""

from django.apps import AppConfig


class SriConfig(AppConfig):
    """Keys, structures, signatures, web services of SRI."""

    name = "sri"
    verbose_name = "SRI"
