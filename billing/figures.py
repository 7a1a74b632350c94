"""Billing's figures on the start page: what waits, what is owed and for how long, what SRI has, what failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing import dashboard
from billing.ages import AGES, Age
from billing.dashboard import Card, ChartSource
from billing.day_sums import by_day, totals
from billing.models import Billable, DaySum, Letter
from billing.notices import EVENING, NEAR, address, at_sri
from billing.queries import Figure, drafts, sum_of
from billing.sri_state import CERTIFICATE_NOTICE, SriState, Standing, standing
from billing.views.parts import invoices_card, waiting_card
from companies.models import Company
from core import clock
from core.actor import Actor
from desk.models import TaskState
from desk.views.tasks import visible

OWNERS: Final = ("reports.view",)  # the company's sums, for those who answer for them
COLLECTING: Final = ("reports.view", "payments.void")  # what is owed, also for the cashier
MAKING: Final = ("reports.view", "billing.draft")  # what is to be invoiced


def of_documents(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield the cards of invoices, of who has to do with them."""
    if _any(actor, MAKING):
        yield waiting_card(_("Por facturar"), sum_of(Billable.objects.waiting()))
        yield invoices_card(_("En borrador"), drafts(), "pencil", status="draft")
    if _any(actor, COLLECTING):
        owed, overdue = totals(DaySum.Kind.OWED, (None, None), (None, clock.today() - timedelta(days=1)))
        yield invoices_card(_("Por cobrar"), owed, "wallet", status="issued")
        yield invoices_card(_("Vencido"), overdue, "clock-hour-4", "bad", payment_status="overdue")
    if _any(actor, OWNERS):
        yield INVOICED.card(_("Facturado este mes"), "file-invoice")


def of_sri(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield what waits at SRI, what it refused, and the days left to the certificate, of who invoices electronically.

    What waits is red in the evening: transmission is immediate by law, and the day is about to end.
    """
    if not company.e_invoicing or not _any(actor, MAKING):
        return
    now = standing(company)
    waits = "bad" if clock.local(clock.now()).time() >= EVENING else "warn"
    yield _count(_("SRI pendiente"), now.pending, "hourglass", waits if now.late else "", at_sri(SriState.PENDING))
    yield _count(_("Rechazadas por el SRI"), now.rejected, "alert-triangle", "bad", at_sri(SriState.REJECTED))
    yield _certificate(now, address("sri:certificates") if actor.may("certificates.view") else "")


def of_letters(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield what could not be mailed, where there is any, to those who can send it again."""
    if actor.may("billing.mail"):
        failed = Letter.objects.filter(state=Letter.State.FAILED).count()
        if failed:
            url = f"{reverse('billing:letters')}?{urlencode({'state': Letter.State.FAILED.value})}"
            yield _count(_("Correos no enviados"), failed, "mail", "bad", url)


def of_tasks(company: Company, actor: Actor) -> Iterator[Card]:
    """Yield the background tasks that failed, where there are any, of those a person may look at."""
    failed = visible(actor).filter(state=TaskState.FAILED).count()
    if failed:
        url = f"{reverse('desk:tasks')}?{urlencode({'state': TaskState.FAILED.value})}"
        yield _count(_("Tareas con error"), failed, "list-check", "bad", url)


def register() -> None:
    """Put billing's figures on the start page."""
    for shown in (of_documents, of_sri, of_letters, of_tasks):
        dashboard.add_figures(shown)
    dashboard.add_chart(INVOICED)
    dashboard.add_panel(COLLECTING, "billing/overdue_by_age.html", overdue_by_age)


def _any(actor: Actor, permissions: tuple[str, ...]) -> bool:
    return any(actor.may(permission) for permission in permissions)


def _count(label: str, count: int, icon: str, tone: str, url: str) -> Card:
    return {"label": label, "value": str(count), "url": url, "icon": icon, "tone": tone if count else "", "note": ""}


def _certificate(now: Standing, url: str) -> Card:
    days = now.certificate_days
    card = {"label": _("Certificado de firma"), "url": url, "icon": "certificate", "note": ""}
    if days is None or not now.can_sign:
        return card | {"value": _("Falta") if days is None else _("No vigente"), "tone": "bad"}
    value = ngettext("%(days)d día", "%(days)d días", days) % {"days": days}
    tone = "bad" if days <= NEAR else "warn" if days <= CERTIFICATE_NOTICE.days else ""
    return card | {"value": value, "tone": tone}


# Invoiced per day


INVOICED: Final = ChartSource(
    OWNERS,
    "invoiced",
    gettext_lazy("Facturado por día"),
    partial(by_day, DaySum.Kind.INVOICED),
    "billing:invoices",
    {"standing": "in_force"},
)


# Overdue by age


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is overdue for so long: how many invoices, how much, which share of all, and the list that proves it."""

    label: str
    count: int
    amount: Decimal
    share: int
    url: str


def overdue_by_age(actor: Actor) -> Mapping[str, list[Overdue]] | None:
    """Return what is overdue, by age, in one query; nothing where nothing is."""
    today = clock.today()
    figures = totals(DaySum.Kind.OWED, *(age.due(today) for age in AGES))
    most = max(figure.amount for figure in figures)
    return {"ages": [_overdue(age, figure, most) for age, figure in zip(AGES, figures, strict=True)]} if most else None


def _overdue(age: Age, figure: Figure, most: Decimal) -> Overdue:
    url = f"{reverse('billing:invoices')}?{urlencode({'payment_status': 'overdue', 'age': age.name})}"
    return Overdue(str(age.label), figure.count, figure.amount, int(figure.amount * 100 / most), url)
