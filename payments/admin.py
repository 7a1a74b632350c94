"""Payments in Django admin: the money is view-only, the methods change through their workflow."""

from django.contrib import admin

from core.admin import ViewAdmin, WorkflowAdmin
from payments import methods
from payments.models import Payment, PaymentMethod


@admin.register(Payment)
class PaymentAdmin(ViewAdmin):
    """Money received."""

    list_display = ("paid_on", "customer", "method", "amount", "reference", "status")
    list_filter = ("status",)
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(WorkflowAdmin):
    """Ways to pay."""

    editable = methods.EDITABLE
    update = methods.update
    list_display = ("name", "sri_code", "needs_reference", "active")
