"""Core: what every app stands on; knows no business noun."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    """Registers the company wall on every new database connection, and the house's own checks."""

    name = "core"
    verbose_name = "Instalación"

    def ready(self) -> None:
        """Connect the wall and load the checks."""
        from core import checks, tenancy  # noqa: F401

        connection_created.connect(tenancy.send_on_connect, dispatch_uid="company-wall")
