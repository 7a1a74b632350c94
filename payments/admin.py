"""Payments in Django admin: the money is view-only, the methods change through their workflow."""

from django.contrib import admin

from core.admin import ViewAdmin, WorkflowAdmin
from payments import methods
from payments.models import Counter, Payment, PaymentMethod, Receipt, Refund


@admin.register(Payment)
class PaymentAdmin(ViewAdmin):
    """Money received."""

    list_display = ("paid_on", "customer", "method", "amount", "reference", "status")
    list_filter = ("status",)
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(Receipt)
class ReceiptAdmin(ViewAdmin):
    """What was given for money received."""

    list_display = ("number", "received_on", "customer", "total", "voided_at")
    ordering = ("-id",)


@admin.register(Refund)
class RefundAdmin(ViewAdmin):
    """Money given back."""

    list_display = ("number", "refunded_on", "customer", "method", "amount", "kind", "status")
    list_filter = ("status", "kind")
    search_fields = ("search_text",)
    ordering = ("-id",)


@admin.register(Counter)
class CounterAdmin(ViewAdmin):
    """The last numbers given."""

    list_display = ("prefix", "last_number")
    ordering = ("id",)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(WorkflowAdmin):
    """Ways to pay."""

    editable = methods.EDITABLE
    update = methods.update
    list_display = ("name", "sri_code", "reference_rule", "reference_kind", "active")
