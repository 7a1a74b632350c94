"""Certificates and the line to SRI in Django admin: to be read, and nothing that opens anything."""

from django.contrib import admin

from core.admin import ViewAdmin
from sri.models import SEALED, Certificate, Host


@admin.register(Certificate)
class CertificateAdmin(ViewAdmin):
    """The companies' certificates: until when each signs."""

    fields = tuple(field.name for field in Certificate._meta.fields if field.name not in SEALED)
    list_display = ("holder", "ruc", "issuer", "valid_until", "uploaded_at", "retired_at")
    search_fields = ("holder", "ruc", "serial")
    ordering = ("valid_until", "id")


@admin.register(Host)
class HostAdmin(ViewAdmin):
    """How the line to each of SRI's hosts is."""

    list_display = ("environment", "opened_at", "next_probe_at", "problem")
