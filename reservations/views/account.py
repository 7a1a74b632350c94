"""Dividing a booking's account, and taking the money of each part."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.models import Billable
from core.actor import Actor
from core.chips import chip
from core.errors import RuleRefused
from core.ids import each_whole, whole
from core.money import ZERO, format_money
from core.views import done, page
from reservations import account, grouping, splitting
from reservations.account import Part
from reservations.account_forms import SplitForm
from reservations.forms import ChargeForm
from reservations.models import Reservation, Share
from reservations.splitting import MOST_SHARES, SPLITTABLE
from reservations.tables import BILLING_LOOKS
from reservations.views.bookings import Reservations, may_charge
from reservations.views.changes import ChangePage
from reservations.views.lines import LinesPage


def panel(reservation: Reservation, offered: list[Billable], actor: Actor) -> dict[str, Any]:
    """Return what reservations/account.html shows: the parts of an account, or the way to divide it."""
    parts = account.parts_of(reservation, offered)
    free = not any(row.document_id for row in offered)
    left = any(part.document is None for part in parts)
    may_split = actor.may("reservations.manage") and reservation.status in SPLITTABLE and bool(offered)
    return {
        "parts": [_shown(part) for part in parts],
        "paid": sum((part.share.amount for part in parts if part.state == "paid"), ZERO),
        "may_split": may_split and (left if parts else free),
        "may_join": may_split and bool(parts) and free,
        "may_charge": may_charge(actor),
        "may_draft": actor.may("billing.draft") or actor.may("billing.draft_reservations"),
        "most": MOST_SHARES,
    }


def _shown(part: Part) -> dict[str, Any]:
    looks = BILLING_LOOKS.get(part.state, "cancelled")
    label = part.state.label if part.state in BILLING_LOOKS else _("Cancelada")
    return {"part": part, "chip": chip(looks, str(label))}


class SplitAccount(LinesPage, ChangePage):
    """Who pays which part of a booking."""

    names, form_class = gettext_lazy("Dividir la cuenta de %(code)s"), SplitForm
    template, submit_label = "reservations/split.html", gettext_lazy("Dividir")
    lines_title = gettext_lazy("Partes")

    def prepare(self) -> None:
        """Read the booking and how its account is divided now."""
        super().prepare()
        self.parts = account.parts_of(self.reservation, account.offered_by(self.reservation))
        self.kept = [part for part in self.parts if part.document]
        self.left = splitting.left_of(self.reservation)

    def initial(self) -> dict[str, Any]:
        """Return the parts there are, or as many as are asked for with `?parts=`, the booking's customer first."""
        asked = whole(self.request.GET.get("parts", ""))
        present = [part for part in self.parts if not part.document]
        if present and not asked:
            return {"shares": [{"customer": part.share.customer, "amount": part.share.amount} for part in present]}
        rows: list[dict[str, Any]] = [{} for _number in range(min(max(asked or 2, 1), MOST_SHARES))]
        if not self.kept:
            rows[0] = {"customer": self.reservation.customer}
        return {"shares": rows}

    def save(self, form: SplitForm) -> HttpResponse:
        """Divide the account."""
        shares = splitting.split(self.reservation.pk, form.lines.entered(), actor=self.actor)
        return self.told(_("Cuenta dividida en %(n)d partes.") % {"n": len(shares)})

    def context(self) -> dict[str, Any]:
        """Return what is divided, and what would come of it."""
        preview = reverse("reservations:split_preview", args=[self.reservation.pk])
        told = {"reservation": self.reservation, "kept": [_shown(part) for part in self.kept], "left": self.left}
        return super().context() | told | {"preview_url": preview} | shares_of(self.reservation, self.form, self.actor)


@page("reservations.manage")
def split_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer what each would pay with what is typed."""
    reservation = Reservation.objects.get(pk=pk)
    told = shares_of(reservation, SplitForm(request.POST), request.actor)  # type: ignore[attr-defined]
    return render(request, "components/totals_panel.html", told | {"preview_url": request.path})


def shares_of(reservation: Reservation, form: SplitForm, actor: Actor) -> dict[str, Any]:
    """Return the parts as components/totals_panel.html takes them; a refusal becomes a warning."""
    typed = form.lines.amounts()
    warnings, amounts = [], [amount or ZERO for amount in typed]
    try:
        amounts = splitting.preview(reservation.pk, typed, actor=actor)
    except RuleRefused as refusal:
        warnings.append(refusal.message)
    rows = [{"label": _("Parte %(n)d") % {"n": n}, "value": amount} for n, amount in enumerate(amounts, start=1)]
    return {"totals_rows": rows, "grand_total": sum(amounts, ZERO), "warnings": warnings}


@page("reservations.manage")
@require_POST
def join_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the account back to one."""
    reservation = splitting.join(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("La cuenta de %(code)s vuelve a ser una.") % {"code": reservation}, reservation)


class ChargeShare(ChangePage):
    """Invoicing and charging one part at the desk in one step."""

    permissions: ClassVar[tuple[str, ...]] = ("payments.record",)
    names, form_class = gettext_lazy("Cobrar una parte de %(code)s"), ChargeForm
    template, submit_label = "reservations/charge_share.html", gettext_lazy("Facturar y cobrar")

    def prepare(self) -> None:
        """Read the part and its booking."""
        self.share = Share.objects.get(pk=self.kwargs["pk"])
        self.read_booking(self.share.reservation_id)
        parts = account.parts_of(self.reservation, account.offered_by(self.reservation))
        self.part = next((part for part in parts if part.share == self.share), None)
        self.document = self.part.document if self.part else None

    def initial(self) -> dict[str, Any]:
        """Suggest all that is owed."""
        if self.document and self.document.number:
            return {"amount": self.document.balance}
        return {"amount": self.part.share.amount} if self.part else {}

    def save(self, form: ChargeForm) -> HttpResponse:
        """Issue the invoice and record the payment."""
        document = splitting.charge_share(self.reservation.pk, self.share.pk, form.entered(), actor=self.actor)
        told = {"number": document.number, "total": format_money(document.total)}
        return self.told(_("Factura %(number)s de %(total)s: cobro registrado.") % told)

    def context(self) -> dict[str, Any]:
        """Return the part that is paid."""
        return super().context() | {"part": self.part, "document": self.document}


@page("billing.draft", "billing.draft_reservations")
@require_POST
def invoice_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the invoice of a part and go there."""
    share = Share.objects.get(pk=pk)
    document = splitting.invoice_share(share.reservation_id, pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Borrador listo: revíselo y emítalo."), "billing:invoice", document.pk)


@page("billing.draft", "billing.draft_reservations")
@require_POST
def group_invoice(request: HttpRequest) -> HttpResponse:
    """Draft one invoice of the bookings that are marked, or of all that the list's filters match, and go there."""
    rows = Reservations(request).rows()
    if not request.POST.get("all"):
        rows = rows.filter(pk__in=each_whole(request.POST.getlist("pk")))
    ids = list(rows.values_list("pk", flat=True)[: grouping.MOST + 1])
    document = grouping.group_invoice(ids, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Borrador listo: revíselo y emítalo."), "billing:invoice", document.pk)
