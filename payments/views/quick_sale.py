"""The counter's page: products in, money in, the next one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Document
from core.editing import SHAPE_REFUSED
from core.errors import WorkflowError
from core.ids import whole
from core.money import ZERO
from core.views import note_refusal, page
from payments import quick_sale
from payments.counter import Counter
from payments.models import Payment


@page(quick_sale.PERMISSION)
def new(request: HttpRequest) -> HttpResponse:
    """Show the counter, add to the sale, or carry it out."""
    company, actor = request.company, request.actor  # type: ignore[attr-defined]
    data = request.POST if request.method == "POST" else None
    series_id = whole(request.GET.get("series", ""))
    counter = Counter(data, company=company, actor=actor, series_id=series_id)
    if "charge" not in request.POST:
        if data is not None:
            return _show(request, counter, judged=False)
        return _show(request, counter)
    if not counter.is_valid():
        return _show(request, counter, status=SHAPE_REFUSED)
    try:
        sale = quick_sale.sell(counter.entered(), actor=actor)
    except WorkflowError as refusal:
        counter.show_refusal(refusal)
        return note_refusal(_show(request, counter, status=refusal.status), refusal)
    for warning in sale.warnings:
        messages.warning(request, warning)
    again = f"&series={sale.document.series_id}" if "series" in counter.form.fields else ""
    return redirect(f"{reverse('quick_sale:new')}?sold={sale.payment.pk}{again}")


def _show(request: HttpRequest, counter: Counter, *, judged: bool = True, status: int = 200) -> HttpResponse:
    total = counter.total  # before errors are forgotten: it reads the rows
    asks_who = judged and bool({"identification", "name"} & counter.form.errors.keys())
    if asks_who:
        counter.form.fields["identification"].widget.attrs["autofocus"] = True
    context: dict[str, Any] = {
        "title": _("Venta rápida"),
        "counter": counter,
        "form": counter.form,
        "rows": counter.rows,
        "total": total,
        "shown_total": total or ZERO,
        "change": counter.change,
        "buyer": counter.buyer,
        "favourites": quick_sale.favourites(),
        "asks_who": asks_who,
        "sold": _sold(request),
    }
    if not judged:
        counter.forget_errors()
    return render(request, "payments/quick_sale.html", context, status=status)


def _sold(request: HttpRequest) -> dict[str, Any] | None:
    """Return the sale that was just made, to give the change and the paper of."""
    pk = whole(request.GET.get("sold", ""))
    if request.method == "POST" or pk is None:
        return None
    payment = get_object_or_404(Payment.objects.select_related("method", "customer", "receipt"), pk=pk)
    document = get_object_or_404(Document.objects.invoices().filter(settlements__payment_id=pk))
    return {"payment": payment, "document": document}
