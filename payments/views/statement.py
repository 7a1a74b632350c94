"""A customer's account as people read it: the page, its files and paper, and sending it by mail."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import log
from audit.models import AccessEntry
from billing import letters
from billing.forms.letters import MailForm
from billing.models import Customer
from billing.queries import credit_of, held_of
from core import clock, sheets
from core.editing import FormPage
from core.filter_bar import link
from core.views import done, page
from payments import ageing, papers
from payments.filters import StatementFilterSet
from payments.statement import Statement, statement
from payments.views.files import as_file


@page("payments.view")
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a customer's account of some days; of this year up to today, unless other days are asked for."""
    customer = get_object_or_404(Customer, pk=pk)
    filters = StatementFilterSet(request.GET, request=request)
    since, until = _days(filters)
    if since is None or until is None:  # a report has an address that says its days
        today = clock.today()
        days = {"from": (since or (until or today).replace(month=1, day=1)).isoformat(),
                "to": (until or today).isoformat()}  # fmt: skip
        return redirect(request.path + link(request.GET, days))
    told = statement(customer.pk, since=since, until=until)
    wanted = request.GET.get("format")
    if wanted in sheets.TYPES:
        name = papers.statement_name(customer, until).removesuffix(".pdf")
        return as_file(wanted, _("Estado de cuenta"), name, _lines(told, since))
    if wanted == "pdf":
        return _pdf(request, customer, told, since, until)
    return render(request, "payments/statement.html", _context(request, customer, told, filters))


def _days(filters: StatementFilterSet) -> tuple[date | None, date | None]:
    asked = filters.form.cleaned_data if filters.form.is_valid() else {}
    return asked.get("from"), asked.get("to")


def _pdf(request: HttpRequest, customer: Customer, told: Statement, since: date, until: date) -> HttpResponse:
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=customer, detail="PDF")  # type: ignore[attr-defined]
    name = papers.statement_name(customer, until)
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-cache"}
    content = papers.statement_pdf(customer, told, since=since, until=until)
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _context(request: HttpRequest, customer: Customer, told: Statement, filters: StatementFilterSet) -> dict[str, Any]:
    since, until = _days(filters)
    may_mail = request.actor.may("billing.mail") and not customer.is_final_consumer  # type: ignore[attr-defined]
    mail = f"{reverse('payments:statement_mail', args=[customer.pk])}?from={since}&to={until}"
    return {
        "title": _("Estado de cuenta"),
        "subtitle": f"{customer} · {customer.identification}",
        "crumbs": [(str(customer), customer.get_absolute_url())],
        "customer": customer,
        "filter": filters,
        "since": since,
        "statement": told,
        "bands": ageing.BANDS,
        "ages": ageing.of_customer(customer.pk, clock.today()),
        "credit": credit_of(customer.pk),
        "held": held_of(customer.pk),
        "files": [(kind.upper(), link(request.GET, {"format": kind})) for kind in sheets.TYPES],
        "pdf_url": link(request.GET, {"format": "pdf"}),
        "mail_url": mail if may_mail else "",
    }


def _lines(told: Statement, since: date) -> list[list[Any]]:
    heads = [_("Fecha"), _("Documento"), _("Cargos"), _("Abonos"), _("Saldo")]
    before: list[Any] = [since, _("Saldo anterior"), None, None, told.opening]
    return [heads, before, *([row.on, row.title, row.debit, row.credit, row.balance] for row in told.movements)]


class SendStatement(FormPage):
    """Mail a customer's statement of the days that the address says."""

    permissions = ("billing.mail",)
    form_class = MailForm
    title = gettext_lazy("Enviar el estado de cuenta")
    submit_label = gettext_lazy("Enviar por correo")

    def prepare(self) -> None:
        """Find the customer and the days."""
        self.customer = get_object_or_404(Customer, pk=self.kwargs["pk"])
        self.since, until = _days(StatementFilterSet(self.request.GET, request=self.request))
        self.until = until or clock.today()
        self.subtitle = _("%(customer)s, al %(day)s") % {
            "customer": self.customer,
            "day": self.until.strftime("%d/%m/%Y"),
        }

    def initial(self) -> dict[str, Any]:
        """Propose whom the customer says."""
        return {"recipients": letters.recipients_at(self.customer)}

    def save(self, form: MailForm) -> HttpResponse:
        """Send it."""
        sent = letters.send_statement(
            self.customer.pk,
            since=self.since,
            until=self.until,
            recipients=form.cleaned_data["recipients"],
            actor=self.actor,
        )
        said = _("Correo en camino a %(to)s.") % {"to": ", ".join(sent.recipients)}
        return done(self.request, said, self.cancel_url())

    def cancel_url(self) -> str:
        """Return to the statement."""
        days = f"?from={self.since}&to={self.until}" if self.since else ""
        return reverse("payments:statement", args=[self.customer.pk]) + days

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [(str(self.customer), self.customer.get_absolute_url()), (_("Estado de cuenta"), self.cancel_url())]
