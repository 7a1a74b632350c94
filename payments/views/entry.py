"""Money comes in: the payment page with its live proposal, and a customer's credit applied to an invoice."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import settlement
from billing.models import Customer, Document, Status
from billing.queries import credit_of
from core.editing import SHAPE_REFUSED, FormPage
from core.errors import WorkflowError
from core.forms import with_another_row
from core.ids import whole
from core.money import ZERO, format_cents, format_money
from core.views import done, note_refusal, page
from payments import workflow
from payments.entry import PARTS, PaymentEntry
from payments.forms import CreditForm
from payments.models import Receipt

ONLY_COMPUTE = ("calculate", "spread", "add_line")  # the buttons that record nothing: for who has no JavaScript


@page("payments.record")
def new(request: HttpRequest) -> HttpResponse:
    """Show the payment page, or record what was entered."""
    computing = any(name in request.POST for name in ONLY_COMPUTE)
    entry = _entry(request, proposing=computing)
    if request.method != "POST" or computing:
        return _show(request, entry)
    if not entry.is_valid():
        return _show(request, entry, SHAPE_REFUSED)
    try:
        receipt = workflow.receive(entry.as_input(), actor=request.actor)  # type: ignore[attr-defined]
    except WorkflowError as refusal:
        entry.show_refusal(refusal)
        return note_refusal(_show(request, entry, refusal.status), refusal)
    return done(request, _told(receipt, entry), _next_page(request, entry, receipt))


@require_POST
@page("payments.record")
def propose(request: HttpRequest) -> HttpResponse:
    """Answer the parts of the page that follow what is typed: the invoices and the sums."""
    return render(request, "payments/proposal.html", _context(request, _entry(request, proposing=True)))


def _entry(request: HttpRequest, *, proposing: bool = False) -> PaymentEntry:
    invoice = _asked(request, "invoice", Document.objects.invoices().select_related("customer"))
    customer = _asked(request, "customer", Customer.objects.live())
    if request.method == "POST":
        data = with_another_row(request.POST, PARTS) if "add_line" in request.POST else request.POST
        return PaymentEntry(data, invoice=invoice, customer=customer, proposing=proposing)
    if invoice:
        settlement.check_payable(invoice, ZERO)
    return PaymentEntry(invoice=invoice, customer=customer)


def _asked(request: HttpRequest, name: str, rows: Any) -> Any:
    """Return the row the address names, None where it names none; one that is not there answers 404."""
    asked = request.GET.get(name, "")
    if not asked:
        return None
    return get_object_or_404(rows, pk=whole(asked))


def _show(request: HttpRequest, entry: PaymentEntry, status: int = 200) -> HttpResponse:
    return render(request, "payments/new.html", _context(request, entry), status=status)


def _context(request: HttpRequest, entry: PaymentEntry) -> dict[str, Any]:
    back = entry.invoice.get_absolute_url() if entry.invoice else reverse("payments:list")
    crumbs = [(_("Cobros"), back)]
    if entry.invoice:
        crumbs = [(_("Facturas"), reverse("billing:invoices")), (str(entry.invoice), back)]
    return {
        "title": _("Registrar cobro"),
        "entry": entry,
        "form": entry.form,
        "crumbs": crumbs,
        "propose_url": f"{reverse('payments:propose')}?{request.GET.urlencode()}",
        "cancel_url": _local(request) or back,
    }


def _told(receipt: Receipt, entry: PaymentEntry) -> str:
    """Say what was recorded, the change to give, and what became of the invoice a person has in mind."""
    said = [_("Cobro de %(amount)s registrado.") % {"amount": format_money(receipt.total)}]
    if entry.change:
        said.append(_("Entregue %(change)s de vuelto.") % {"change": format_money(entry.change)})
    if entry.invoice:
        entry.invoice.refresh_from_db()
        figures = {"number": entry.invoice.number, "balance": format_money(entry.invoice.balance)}
        paid = entry.invoice.status == Status.PAID
        text = _("La factura %(number)s quedó pagada.") if paid else _("La factura %(number)s debe %(balance)s.")
        said.append(text % figures)
    left = entry.left
    if left > ZERO:
        said.append(_("Quedan %(credit)s como saldo a favor.") % {"credit": format_money(left)})
    return " ".join(said)


def _next_page(request: HttpRequest, entry: PaymentEntry, receipt: Receipt) -> Any:
    """Go where the person came from: the page that asked, the invoice, else the payment itself."""
    return _local(request) or entry.invoice or receipt


def _local(request: HttpRequest) -> str:
    """Return `?next=` where it is a page of this site."""
    wanted = request.GET.get("next", "")
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


class ApplyCredit(FormPage):
    """Settle an invoice with the credit its customer already has."""

    permissions = ("payments.record",)
    form_class = CreditForm
    template = "payments/apply_credit.html"
    submit_label = gettext_lazy("Aplicar saldo a favor")
    title = gettext_lazy("Aplicar saldo a favor")

    def prepare(self) -> None:
        """Find the invoice and the credit there is."""
        invoices = Document.objects.invoices().select_related("customer")
        self.invoice = get_object_or_404(invoices, pk=self.kwargs["pk"])
        self.credit = credit_of(self.invoice.customer_id)
        if self.request.method != "POST":
            settlement.check_payable(self.invoice, ZERO)

    def initial(self) -> dict[str, Any]:
        """Offer as much as the invoice takes and the credit gives."""
        return {"amount": format_cents(min(self.credit, self.invoice.balance))}

    def save(self, form: CreditForm) -> HttpResponse:
        """Apply it."""
        amount = form.cleaned_data["amount"]
        invoice = workflow.apply_credit(self.invoice.pk, amount, actor=self.actor)
        message = _("Se aplicaron %(amount)s de saldo a favor. Quedan %(balance)s por cobrar.")
        if invoice.status == Status.PAID:
            message = _("Se aplicaron %(amount)s de saldo a favor. La factura quedó pagada.")
        figures = {"amount": format_money(amount), "balance": format_money(invoice.balance)}
        return done(self.request, message % figures, invoice)

    def cancel_url(self) -> str:
        """Return to the invoice."""
        return self.invoice.get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        """Return the pages above this one."""
        return [(_("Facturas"), reverse("billing:invoices")), (str(self.invoice), self.invoice.get_absolute_url())]

    def context(self) -> dict[str, Any]:
        """Show what is owed and what there is."""
        return {"invoice": self.invoice, "credit": self.credit}
