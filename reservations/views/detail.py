"""One booking: what it is, what can be done with it now, and what happened."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.models import Document
from core import clock
from core.actor import Actor
from core.chips import chip
from core.place import around
from core.views import View, done, for_drawer, page
from desk import comments
from reservations import account, deposits, timeline, workflow
from reservations.models import CHANGEABLE, RESERVATION_STEPS, BillingState, Reservation, ReservationStatus
from reservations.tables import billing_chip
from reservations.views.account import panel
from reservations.words import minutes_left


class Button(NamedTuple):
    """An act on the page: a POST, or (`page`) a link to the page that asks first."""

    label: str | Promise
    url_name: str
    icon: str
    page: bool = False


# How each step of the list is offered; cancelling stands in the menu.
STEP_BUTTONS: dict[str, Button] = {
    ReservationStatus.CONFIRMED: Button(gettext_lazy("Confirmar"), "reservations:confirm", "calendar-check"),
    ReservationStatus.CHECKED_IN: Button(gettext_lazy("Registrar llegada"), "reservations:check_in", "door-enter"),
    ReservationStatus.COMPLETED: Button(gettext_lazy("Completar"), "reservations:complete", "checks"),
    ReservationStatus.NO_SHOW: Button(gettext_lazy("No asistió"), "reservations:no_show", "user-x", page=True),
}
TAKE = Button(gettext_lazy("Reservar"), "reservations:take", "calendar-check", page=True)
CHARGE = Button(gettext_lazy("Facturar y cobrar"), "reservations:charge", "cash", page=True)
COLLECT = Button(gettext_lazy("Cobrar"), "reservations:charge", "cash", page=True)
INVOICE = Button(gettext_lazy("Solo facturar"), "reservations:invoice", "file-invoice")


@page("reservations.view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a booking: as a page, or in the drawer beside the agenda."""
    rows = Reservation.objects.with_billing().select_related("court__venue", "customer", "repetition")
    template = "reservations/drawer.html" if for_drawer(request) else "reservations/detail.html"
    reservation: Reservation = rows.get(pk=pk)
    place = around(request, "reservations:list", reservation)
    return render(request, template, _context(reservation, request.actor) | place.context())  # type: ignore[attr-defined]


def _context(reservation: Reservation, actor: Actor) -> dict[str, Any]:
    offered = account.offered_by(reservation)
    documents = list({row.document.pk: row.document for row in offered if row.document}.values())
    document = documents[0] if len(offered) == 1 and documents else None
    divided = panel(reservation, offered, actor)
    buttons = _buttons(reservation, actor, is_split=bool(divided["parts"]))
    held = deposits.held_amount(reservation.pk)
    return {
        "title": _("Reserva %(code)s") % {"code": reservation},
        "chips": chip(reservation.status, reservation.get_status_display()) + billing_chip(reservation),
        "reservation": reservation,
        "lines": reservation.lines.all(),
        "primary": buttons[0] if buttons else None,
        "others": buttons[1:],
        "menu": _menu(reservation, held, actor),
        "held": held,
        "left": _left(reservation),
        "document": document,
        "account": divided,
        "timeline": timeline.of(reservation, [row.pk for row in documents]),
        "related": _related(reservation, documents, actor),
        "panel": comments.panel("reservation", reservation.pk, actor),
    }


def _left(reservation: Reservation) -> str:
    """Say how long a hold still lasts; nothing of what is no hold or is over."""
    if reservation.status != ReservationStatus.HELD or reservation.held_until is None or reservation.is_stale:
        return ""
    return minutes_left(reservation.held_until)


def _buttons(reservation: Reservation, actor: Actor, *, is_split: bool) -> list[Button]:
    """Return what can be done now, the most likely first; the parts of a split account have buttons of their own."""
    steps = _step_buttons(reservation) if actor.may("reservations.manage") else []
    money = [] if is_split else _money_buttons(reservation, actor)
    return [*money, *steps] if reservation.status != ReservationStatus.REQUESTED else steps


def _step_buttons(reservation: Reservation) -> list[Button]:
    if reservation.status == ReservationStatus.HELD:
        return [] if reservation.is_stale else [TAKE]
    following = [to for present, to in RESERVATION_STEPS if present == reservation.status]
    return [STEP_BUTTONS[to] for to in following if to in STEP_BUTTONS]


def _money_buttons(reservation: Reservation, actor: Actor) -> list[Button]:
    state, may = reservation.billing_state, actor.may
    may_issue = may("billing.issue") or may("billing.issue_reservations")
    may_draft = may("billing.draft") or may("billing.draft_reservations")
    if state in (BillingState.UNBILLED, BillingState.DRAFTED):
        charge = [CHARGE] if may_issue and may("payments.record") else []
        return charge + ([INVOICE] if may_draft and state == BillingState.UNBILLED else [])
    return [COLLECT] if state == BillingState.INVOICED and may("payments.record") else []


# What else can be done with a booking, its page and its icon.
CHANGES = [
    (gettext_lazy("Mover a otra hora o cancha"), "reservations:move", "transfer"),
    (gettext_lazy("Cambiar el precio"), "reservations:price", "discount"),
]


def _menu(reservation: Reservation, held: Decimal, actor: Actor) -> list[dict[str, Any]]:
    pages: list[tuple[str | Promise, str, str]] = []
    over = reservation.is_stale
    if actor.may("reservations.manage"):
        if reservation.status == ReservationStatus.REQUESTED:
            pages.append((gettext_lazy("Editar adicionales y notas"), "reservations:edit", "pencil"))
        if reservation.status in CHANGEABLE and not over:
            pages += CHANGES
    if actor.may("payments.record"):
        if reservation.customer_id and reservation.status in deposits.TAKES_DEPOSITS and not over:
            pages.append((gettext_lazy("Recibir un depósito"), "reservations:deposit", "cash"))
        if held:
            pages.append((gettext_lazy("Liberar el depósito"), "reservations:release_deposit", "wallet"))
    entries: list[dict[str, Any]] = [
        {"label": label, "url": reverse(name, args=[reservation.pk]), "icon": icon} for label, name, icon in pages
    ]
    if actor.may("reservations.manage"):
        entries += _from_here(reservation)
    may_cancel = (reservation.status, ReservationStatus.CANCELLED) in RESERVATION_STEPS
    if may_cancel and actor.may("reservations.manage"):
        url = reverse("reservations:cancel", args=[reservation.pk])
        entries.append({"label": _("Cancelar la reserva"), "url": url, "icon": "calendar-x", "danger": True})
    return entries


def _from_here(reservation: Reservation) -> list[dict[str, Any]]:
    """Return what begins at a booking and is not about it: who waits for its slot, the same time every week."""
    query, found = f"?reservation={reservation.pk}", []
    if reservation.is_live and reservation.ends_at > clock.now():
        url = reverse("reservations:waiting_new") + query
        found.append({"label": _("Anotar a alguien en espera"), "url": url, "icon": "hourglass"})
    if reservation.customer_id and reservation.repetition_id is None:
        url = reverse("reservations:repetition_new") + query
        found.append({"label": _("Repetir cada semana"), "url": url, "icon": "calendar-week"})
    return found


def _related(reservation: Reservation, documents: list[Document], actor: Actor) -> list[dict[str, Any]]:
    found = []
    for document in documents:
        url = reverse("billing:invoice", args=[document.pk]) if actor.may("billing.view") else ""
        state = chip(document.status, document.get_status_display())
        found.append({"label": str(document), "url": url, "icon": "file-invoice", "chip": state})
    customer = reservation.customer
    if customer and actor.may("customers.view"):
        url = reverse("billing:customer", args=[customer.pk])
        found.append({"label": customer.name, "url": url, "icon": "user", "detail": customer.identification})
    return found


def step(act: Callable[..., Reservation], said: str | Promise) -> View:
    """Make the view of a step that needs nothing but a press."""

    @page("reservations.manage")
    @require_POST
    def take(request: HttpRequest, pk: int) -> HttpResponse:
        reservation = act(pk, actor=request.actor)  # type: ignore[attr-defined]
        return done(request, str(said) % {"code": reservation}, reservation)

    return take


confirm = step(workflow.confirm, gettext_lazy("%(code)s confirmada: ya se puede facturar."))
check_in = step(workflow.check_in, gettext_lazy("%(code)s: llegada registrada."))
complete = step(workflow.complete, gettext_lazy("%(code)s completada."))


@page("billing.draft", "billing.draft_reservations")
@require_POST
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the booking's invoice and go there."""
    document = workflow.invoice(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Borrador listo: revíselo y emítalo."), "billing:invoice", document.pk)
