"""What becomes of a booking: taking what was held, moving, another price, a deposit, cancelling, nobody came."""

from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.editing import FormPage
from core.errors import RuleRefused, WorkflowError
from core.money import ZERO, format_money
from core.templatetags.cuadre import day, hour
from core.views import Text, done, page
from reservations import deposits, fees, holding, moving, workflow
from reservations.change_forms import DepositForm, EndForm, MoveForm, PriceForm, ReasonForm, TakeForm
from reservations.fees import Fee
from reservations.models import BillingState, Reservation
from reservations.views.bookings import PricedPage, may_charge, price_of

MANAGING = ("reservations.manage",)


class ChangePage(FormPage):
    """A form of one booking, which goes back to it."""

    permissions: ClassVar[tuple[str, ...]] = MANAGING
    names: Text = ""  # the title, with the booking's code

    def prepare(self) -> None:
        """Read the booking."""
        self.read_booking(self.kwargs["pk"])

    def read_booking(self, pk: int) -> None:
        """Read a booking with where its money is, and name the page after it."""
        rows = Reservation.objects.with_billing().select_related("court__venue", "customer", "policy")
        self.reservation: Reservation = rows.get(pk=pk)
        self.title = str(self.names) % {"code": self.reservation}

    def cancel_url(self) -> str:
        """Return the booking's page."""
        return self.reservation.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list and the booking."""
        return [(_("Reservas"), reverse("reservations:list")), (str(self.reservation), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Return the booking."""
        return {"reservation": self.reservation}

    def told(self, message: str) -> HttpResponse:
        """Say what was done, on the booking's page."""
        return done(self.request, message, self.reservation)


class TakeHeld(PricedPage):
    """Booking what was held: for whom, and confirmed or charged at once."""

    permissions: ClassVar[tuple[str, ...]] = MANAGING
    form_class, template = TakeForm, "reservations/take.html"

    def prepare(self) -> None:
        """Read the booking."""
        self.reservation = Reservation.objects.select_related("court__venue").get(pk=self.kwargs["pk"])
        self.title = _("Reservar lo apartado: %(code)s") % {"code": self.reservation}

    def initial(self) -> dict[str, Any]:
        """Return what is known of who held it."""
        held = self.reservation
        return {
            "reservation": held,
            "customer": held.customer_id,
            "customer_name": held.customer_name,
            "customer_phone": held.customer_phone,
        }

    def save(self, form: TakeForm) -> HttpResponse:
        """Book; with the buttons that say so, confirm and charge as well."""
        then = self.request.POST.get("then", "confirm")
        reservation = holding.take(self.reservation.pk, form.entered(then), actor=self.actor)
        told = {"code": reservation, "name": reservation.customer_name}
        return done(self.request, _("%(code)s reservada para %(name)s.") % told, reservation)

    def cancel_url(self) -> str:
        """Return the booking's page."""
        return self.reservation.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list and the booking."""
        return [(_("Reservas"), reverse("reservations:list")), (str(self.reservation), self.cancel_url())]

    def context(self) -> dict[str, Any]:
        """Return what is taken, and where its price is asked while one types."""
        return super().context() | {
            "reservation": self.reservation,
            "preview_url": reverse("reservations:take_preview", args=[self.reservation.pk]),
            "may_charge": may_charge(self.actor),
        }


@page("reservations.manage")
def take_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the price of what was held, for the customer and with the extras that are typed."""
    reservation = Reservation.objects.get(pk=pk)
    form = TakeForm(request.POST, initial={"reservation": reservation})
    priced = price_of(form, request.actor)  # type: ignore[attr-defined]
    return render(request, "components/totals_panel.html", priced | {"preview_url": request.path})


class MoveReservation(ChangePage):
    """Another court or another time; where it then costs something else, that is asked before it is done."""

    names, form_class = gettext_lazy("Mover la reserva %(code)s"), MoveForm
    template = "reservations/move.html"
    submit_label: Text = gettext_lazy("Mover")
    new_total: Decimal | None = None

    def initial(self) -> dict[str, Any]:
        """Return where it is, and what it costs there."""
        starts, booked = clock.local(self.reservation.starts_at), self.reservation
        return {
            "court": booked.court_id,
            "day": starts.date(),
            "starts": starts.time(),
            "total": booked.total,
            "version": booked.version,
        }

    def save(self, form: MoveForm) -> HttpResponse:
        """Move the booking, or show the price it would have."""
        data = form.cleaned_data
        try:
            moved = moving.move(
                self.reservation.pk,
                data["court"].pk,
                form.starts_at(),
                actor=self.actor,
                expected_version=data["version"],
                expected_total=data["total"],
            )
        except WorkflowError as refusal:
            if refusal.code == "price_changes":
                self._ask(form, Decimal(refusal.extra["total"]))
            raise
        place = {"court": moved.court, "day": day(moved.starts_at), "hour": hour(moved.starts_at)}
        return self.told(_("Movida a %(court)s, %(day)s %(hour)s.") % place)

    def _ask(self, form: MoveForm, total: Decimal) -> None:
        sent: Any = form.data.copy()  # type: ignore[attr-defined]
        sent["total"] = str(total)
        form.data = sent
        self.new_total = total
        self.submit_label = _("Mover por %(total)s") % {"total": format_money(total)}

    def context(self) -> dict[str, Any]:
        """Return the booking and, where it changes, its price there."""
        return super().context() | {"new_total": self.new_total}


class ChangePrice(ChangePage):
    """A price that was agreed with the customer."""

    names, form_class = gettext_lazy("Cambiar el precio de %(code)s"), PriceForm
    template, submit_label = "reservations/price.html", gettext_lazy("Cambiar el precio")

    def initial(self) -> dict[str, Any]:
        """Return the price as it is."""
        booked = self.reservation
        return {"total": booked.total, "reason": booked.price_reason, "version": booked.version}

    def save(self, form: PriceForm) -> HttpResponse:
        """Change the price."""
        data = form.cleaned_data
        changed = moving.change_price(
            self.reservation.pk,
            data["total"],
            reason=data["reason"],
            actor=self.actor,
            expected_version=data["version"],
        )
        return self.told(_("Precio: %(total)s.") % {"total": format_money(changed.total)})

    def context(self) -> dict[str, Any]:
        """Return what it costs by the rates; nothing where they no longer price it."""
        try:
            quoted = moving.rates_price(self.reservation).totals.total
        except RuleRefused:
            quoted = None
        return super().context() | {"quoted": quoted}


class TakeDeposit(ChangePage):
    """Money left for a booking before it is invoiced."""

    permissions: ClassVar[tuple[str, ...]] = ("payments.record",)
    names, form_class = gettext_lazy("Depósito para %(code)s"), DepositForm
    template, submit_label = "reservations/deposit.html", gettext_lazy("Recibir el depósito")

    def prepare(self) -> None:
        """Read the booking and what is held for it."""
        super().prepare()
        self.held = deposits.held_amount(self.reservation.pk)

    def initial(self) -> dict[str, Any]:
        """Suggest what is missing."""
        return {"amount": max(self.reservation.total - self.held, ZERO)}

    def save(self, form: DepositForm) -> HttpResponse:
        """Record the money."""
        payment = deposits.deposit(self.reservation.pk, form.deposit(), actor=self.actor)
        return self.told(_("Depósito de %(amount)s recibido.") % {"amount": format_money(payment.amount)})

    def context(self) -> dict[str, Any]:
        """Return what is held already."""
        return super().context() | {"held": self.held}


class ReleaseDeposit(ChangePage):
    """Letting go of a deposit by hand."""

    permissions: ClassVar[tuple[str, ...]] = ("payments.record",)
    names, form_class = gettext_lazy("Liberar el depósito de %(code)s"), ReasonForm
    template, submit_label = "reservations/cancel.html", gettext_lazy("Liberar")

    def save(self, form: ReasonForm) -> HttpResponse:
        """Let go of it."""
        deposits.release(self.reservation.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        return self.told(_("Depósito liberado: es saldo a favor del cliente."))

    def context(self) -> dict[str, Any]:
        """Return what will happen."""
        amount = format_money(deposits.held_amount(self.reservation.pk))
        text = _("%(amount)s dejan de esperar la factura de esta reserva y quedan como saldo a favor del cliente.")
        return {"consequences": [{"text": text % {"amount": amount}, "icon": "wallet"}], "safe": True}


class EndPage(ChangePage):
    """Ending a booking that was not played, with what it costs before one does it."""

    form_class, template = EndForm, "reservations/cancel.html"
    fee: Fee

    def make_form(self, *data: Any) -> EndForm:
        """Ask only what may be answered: a fee is waived by who sets the rules, where there is one."""
        offered = self.fee.amount > ZERO and self.actor.may("reservations.setup")
        sent = bool(data and data[0].get("waive"))  # unasked, the workflow says what is wrong with it
        return EndForm(*data).without([*self.not_asked(), *([] if offered or sent else ["waive"])])

    def not_asked(self) -> list[str]:
        """Return the fields that this end has no use for."""
        return []

    def context(self) -> dict[str, Any]:
        """Return what will happen."""
        court = _("%(court)s queda libre a esa hora para otra persona.") % {"court": self.reservation.court}
        return {"consequences": [{"text": court, "icon": "calendar-event"}, *self.money(), *self.deposit()]}

    def money(self) -> list[dict[str, str]]:
        """Return what becomes of what is to be invoiced."""
        text = _("Se cobra un cargo de %(fee)s: %(why)s.")
        asked = {"text": text % {"fee": format_money(self.fee.amount), "why": self.fee.why}, "icon": "cash"}
        gone = _("%(total)s dejan de estar por facturar.") % {"total": format_money(self.reservation.total)}
        waiting = self.reservation.billing_state == BillingState.UNBILLED
        found = [{"text": gone, "icon": "inbox"}] if waiting and not self.fee.is_whole_price else []
        return found + ([asked] if self.fee.amount > ZERO else [])

    def deposit(self) -> list[dict[str, str]]:
        """Return what becomes of the deposit."""
        held = deposits.held_amount(self.reservation.pk)
        freed = max(held - self.fee.amount, ZERO)
        text = _("Del depósito de %(held)s, %(freed)s quedan como saldo a favor del cliente.")
        said = text % {"held": format_money(held), "freed": format_money(freed)}
        return [{"text": said, "icon": "wallet"}] if held > ZERO else []


class CancelReservation(EndPage):
    """Cancelling, with its consequences before one does it."""

    names, submit_label = gettext_lazy("Cancelar la reserva %(code)s"), gettext_lazy("Cancelar la reserva")

    def prepare(self) -> None:
        """Read the booking and what cancelling it costs now."""
        super().prepare()
        self.fee = fees.of_cancelling(self.reservation)

    def save(self, form: EndForm) -> HttpResponse:
        """Cancel the booking."""
        workflow.cancel(self.reservation.pk, **form.values(), actor=self.actor)
        return self.told(_("Reserva cancelada."))

    def context(self) -> dict[str, Any]:
        """Return what will happen, and what stands in the way."""
        consequences = super().context()["consequences"]
        if self.reservation.billing_state in (BillingState.DRAFTED, BillingState.INVOICED, BillingState.PAID):
            text = _("Tiene una factura o un borrador: anúlela o descártelo antes, o no se podrá cancelar.")
            consequences.append({"text": text, "icon": "file-invoice", "tone": "bad"})
        consequences.append({"text": _("Una reserva cancelada no vuelve atrás."), "icon": "lock", "tone": "bad"})
        return {"consequences": consequences}


class NoShow(EndPage):
    """Nobody came: what that costs before one says so."""

    names, submit_label = gettext_lazy("%(code)s: no asistió"), gettext_lazy("Marcar que no asistió")

    def prepare(self) -> None:
        """Read the booking and what not coming costs."""
        super().prepare()
        self.fee = fees.of_not_coming(self.reservation)

    def not_asked(self) -> list[str]:
        """Leave the reason out: that nobody came is reason enough."""
        return ["reason"]

    def save(self, form: EndForm) -> HttpResponse:
        """Note that nobody came."""
        workflow.no_show(self.reservation.pk, **form.values(), actor=self.actor)
        return self.told(_("%(code)s: no asistió. La cancha queda libre.") % {"code": self.reservation})

    def money(self) -> list[dict[str, str]]:
        """Return what stays to be paid."""
        if fees.is_on_a_document(self.reservation):
            return [{"text": _("Lo que ya está facturado o en borrador se conserva."), "icon": "file-invoice"}]
        if self.fee.is_whole_price:
            text = _("Los %(total)s siguen por facturar: %(why)s.")
            figures = {"total": format_money(self.reservation.total), "why": self.fee.why}
            return [{"text": text % figures, "icon": "inbox"}]
        return super().money()
