"""The log in Django admin: to be read."""

from django.contrib import admin

from audit.models import AccessEntry, AuditEntry, AuditHead, AuditSeal
from core.admin import ViewAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ViewAdmin):
    """What happened."""

    list_display = ("at", "action", "object_label", "actor_label", "door")
    list_filter = ("door", "actor_kind")
    search_fields = ("action", "object_label", "actor_label", "correlation_id", "request_id")
    ordering = ("-id",)


@admin.register(AuditSeal)
class AuditSealAdmin(ViewAdmin):
    """Where each entry stands in its company's chain."""

    list_display = ("company", "position", "entry")
    list_select_related = ("entry",)
    ordering = ("-id",)


@admin.register(AuditHead)
class AuditHeadAdmin(ViewAdmin):
    """The last link of each chain."""

    list_display = ("company", "position")


@admin.register(AccessEntry)
class AccessEntryAdmin(ViewAdmin):
    """Reads, refusals and sign-ins, also those of no company."""

    list_display = ("at", "kind", "code", "actor_label", "method", "path", "address")
    list_filter = ("kind", "door")
    search_fields = ("path", "code", "detail", "actor_label", "address")
    ordering = ("-id",)
