"""Customers: the list, each one's page, the form, and hiding one."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet, prefetch_related_objects
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.queries import timeline as audited
from billing import customer_links, customers
from billing.customer_import import KIND
from billing.customer_rows import HEADINGS, exported
from billing.customers import CONTACT_FIELDS, EDITABLE, Saved
from billing.filters import CustomerFilterSet
from billing.forms.customers import CustomerForm
from billing.models import Billable, Customer, Document, IdentificationType
from billing.models.documents import DocumentQuerySet
from billing.queries import credit_of, outstanding, sum_of, with_owed
from billing.tables import CustomerTable, InvoiceTable, NoteTable
from billing.views.parts import invoices_card, page_tabs, waiting_card
from core import clock
from core.actor import Actor
from core.editing import ConfirmForm, FormPage
from core.forms import unjudged, with_another_row
from core.list_tools import EXPORTS, Export
from core.listing import Empty, ListPage, Tab
from core.money import format_money
from core.place import around
from core.sheets import CSV, XLSX
from core.views import Text, done, page
from desk import comments

LATEST = 8
NOT_HERE = ("pk", "buyer_name", "authorization", "document_type", "icons")


class CustomerList(ListPage):
    """Everybody the company sells to, with what they owe."""

    permissions = ("customers.view",)
    title = gettext_lazy("Clientes")
    filterset_class, table_class = CustomerFilterSet, CustomerTable
    tabs = (
        Tab(gettext_lazy("Todos")),
        Tab(gettext_lazy("RUC"), {"identification_type": IdentificationType.RUC}),
        Tab(gettext_lazy("Cédula"), {"identification_type": IdentificationType.CEDULA}),
        Tab(gettext_lazy("Pasaporte"), {"identification_type": IdentificationType.PASSPORT}),
        Tab(gettext_lazy("Exterior"), {"identification_type": IdentificationType.FOREIGN}),
    )
    ordering_fields, default_ordering = ("name",), "name"
    search_placeholder = gettext_lazy("Nombre, RUC, cédula, correo o teléfono")
    totals_url = "billing:customer_totals"
    new_url, new_label, new_permissions = "billing:customer_new", gettext_lazy("Nuevo cliente"), ("customers.manage",)
    empty = Empty(
        gettext_lazy("Todavía no hay clientes"),
        gettext_lazy("Cree el primero con su RUC o cédula; también puede crearlo mientras factura."),
        "users",
        "billing:customer_new",
        gettext_lazy("Nuevo cliente"),
        "customers.manage",
    )

    exports = (
        *EXPORTS,
        Export("import_csv", gettext_lazy("CSV para volver a importar"), CSV, "upload", HEADINGS, exported),
        Export("import_xlsx", gettext_lazy("Excel para volver a importar"), XLSX, "upload", HEADINGS, exported),
    )

    def queryset(self) -> QuerySet:
        """Return the customers that are not hidden, with what they owe."""
        return with_owed(Customer.objects.live())

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """Yield the rows with what a file says of them."""
        for rows in super().chunks(size):
            prefetch_related_objects(rows, "contacts", "kind")
            yield rows

    def menu(self) -> list[dict[str, Any]]:
        """Offer to bring customers from a file, and to look for duplicates."""
        bring = f"{reverse('desk:import_new')}?kind={KIND.name}"
        items = {
            "imports.run": {"label": _("Importar desde Excel o CSV…"), "url": bring, "icon": "upload"},
            "customers.merge": {
                "label": _("Posibles duplicados"), "url": reverse("billing:customer_duplicates"), "icon": "users"
            },
        }  # fmt: skip
        kinds = {"label": _("Clases de cliente"), "url": reverse("billing:customer_kinds"), "icon": "list"}
        return [*(item for permission, item in items.items() if self.actor.may(permission)), kinds]


@page("customers.view")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a customer: data, contacts, what is owed and in favour, the latest invoices."""
    row = get_object_or_404(Customer.objects.select_related("kind", "merged_into"), pk=pk)
    if row.merged_into:
        return redirect(row.merged_into)
    if row.deleted_at:
        raise Http404
    actor, tab = request.actor, request.GET.get("tab", "")  # type: ignore[attr-defined]
    auditing = tab == "auditoria" and actor.may("audit.view")
    invoices = Document.objects.invoices().filter(customer=row)
    notes = Document.objects.credit_notes().filter(customer=row).select_related("modifies")
    context = {
        "title": row.name,
        "customer": row,
        **around(request, "billing:customers", row).context(),
        "tabs": page_tabs(request) if actor.may("audit.view") else [],
        "history": audited("billing.customer", row.pk) if auditing else None,
        "contacts": row.contacts.all(),
        "panel": comments.panel("customer", row.pk, actor),
        "figures": _figures(row, invoices),
        "links": customer_links.of(row, actor),
        "invoices": InvoiceTable(list(invoices.order_by("-pk")[:LATEST]), exclude=(*NOT_HERE, *InvoiceTable.spare)),
        "notes": NoteTable(list(notes.order_by("-pk")[:LATEST]), exclude=(*NOT_HERE, *NoteTable.spare)),
        "menu": [] if row.is_final_consumer else _menu(row, actor),
    }
    return render(request, "billing/customer.html", context)


def _figures(row: Customer, invoices: DocumentQuerySet) -> list[dict[str, Any]]:
    owed, overdue = outstanding(invoices, clock.today())
    credit = {"label": _("Saldo a favor"), "value": format_money(credit_of(row.pk)), "icon": "coin"}
    return [
        invoices_card(_("Por cobrar"), owed, "wallet", status="issued", customer=row.pk),
        invoices_card(_("Vencido"), overdue, "clock-hour-4", "bad", payment_status="overdue", customer=row.pk),
        waiting_card(_("Por facturar"), sum_of(Billable.objects.waiting().filter(customer=row)), customer=row.pk),
        credit,
    ]


def _menu(row: Customer, actor: Actor) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if actor.may("customers.merge"):
        url = reverse("billing:customer_merge", args=[row.pk])
        items.append({"label": _("Unir con otro cliente…"), "url": url, "icon": "users"})
    if actor.may("customers.manage"):
        url = reverse("billing:customer_hide", args=[row.pk])
        items.append({"label": _("Retirar de las listas…"), "url": url, "icon": "eye-off", "danger": True})
    return items


class _CustomerPage(FormPage):
    permissions = ("customers.manage",)
    template = "billing/customer_form.html"
    form_class = CustomerForm
    submit_label = gettext_lazy("Guardar cliente")

    def answer(self) -> HttpResponse:
        """Add a row for a contact where there is no JavaScript to do it."""
        if "add_line" not in self.request.POST:
            return super().answer()
        form = CustomerForm(with_another_row(self.request.POST, self.request.POST["add_line"]))
        unjudged(form, form.contacts)
        return self.show(form)

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Clientes"), reverse("billing:customers"))]

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:customers")

    def warn(self, saved: Saved) -> None:
        """Say what a person should know about what was saved."""
        for warning in saved.warnings:
            messages.warning(self.request, warning)


class NewCustomer(_CustomerPage):
    """Add a customer; with `?choose=1`, for the combobox of another form."""

    title = gettext_lazy("Nuevo cliente")

    def initial(self) -> dict[str, Any]:
        """Take over what was typed in the combobox."""
        text = self.request.GET.get("text", "")
        kinds = {13: IdentificationType.RUC, 10: IdentificationType.CEDULA}
        if text.isdecimal():
            return {"identification": text, "identification_type": kinds.get(len(text), IdentificationType.RUC)}
        return {"name": text, "identification_type": IdentificationType.CEDULA}

    def save(self, form: CustomerForm) -> HttpResponse:
        """Create it."""
        saved = customers.create(form.cleaned_data, actor=self.actor)
        self.warn(saved)
        if self.request.GET.get("choose"):
            messages.success(self.request, _("Cliente creado."))
            return render(self.request, "components/chosen.html", {"row": saved.customer})
        return done(self.request, _("Cliente creado."), saved.customer)


class EditCustomer(_CustomerPage):
    """Change a customer; issued documents keep what they say."""

    def prepare(self) -> None:
        """Find the customer."""
        self.customer = get_object_or_404(Customer.objects.live(), pk=self.kwargs["pk"])
        self.title = self.customer.name

    def initial(self) -> dict[str, Any]:
        """Return what is stored."""
        contacts = [model_to_dict(row, CONTACT_FIELDS) for row in self.customer.contacts.all()]
        return model_to_dict(self.customer, EDITABLE) | {"version": self.customer.version, "contacts": contacts}

    def save(self, form: CustomerForm) -> HttpResponse:
        """Change it, unless somebody saved first."""
        version = form.cleaned_data["version"]
        saved = customers.update(self.customer.pk, form.cleaned_data, actor=self.actor, expected_version=version)
        self.warn(saved)
        return done(self.request, _("Cambios guardados."), saved.customer)

    def cancel_url(self) -> str:
        """Return to the customer."""
        return self.customer.get_absolute_url()


class HideCustomer(FormPage):
    """Take a customer off the lists."""

    permissions = ("customers.manage",)
    template = "components/confirm_page.html"
    form_class = ConfirmForm
    submit_label = gettext_lazy("Retirar el cliente")

    def prepare(self) -> None:
        """Find the customer."""
        self.customer = get_object_or_404(Customer.objects.live(), pk=self.kwargs["pk"])
        self.title = _("Retirar a %(name)s") % {"name": self.customer.name}

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Hide it."""
        customers.hide(self.customer.pk, actor=self.actor)
        back = reverse("billing:customer_restore", args=[self.customer.pk])
        return done(self.request, _("Cliente retirado de las listas."), "billing:customers", undo_url=back)

    def cancel_url(self) -> str:
        """Return to the customer."""
        return self.customer.get_absolute_url()

    def context(self) -> dict[str, Any]:
        """Say what stays."""
        return {
            "consequences": [
                _("Deja de aparecer en las listas y al facturar."),
                _("Sus documentos y cobros no cambian: nada se borra."),
            ]
        }
