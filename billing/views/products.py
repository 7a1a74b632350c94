"""Products: the list, the form, and hiding one."""

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm, model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.queries import timeline as audited
from billing import products
from billing.filters import ProductFilterSet
from billing.forms.products import ProductForm
from billing.models import Product, TaxCategory
from billing.products import EDITABLE
from billing.tables import ProductTable
from billing.taxes import rates_on
from billing.views.parts import page_tabs
from core import clock
from core.editing import ConfirmForm, FormPage
from core.listing import Empty, ListPage, Tab
from core.views import Text, done, page


class ProductList(ListPage):
    """What is sold, at what price, with which tax."""

    permissions = ("products.view",)
    title = gettext_lazy("Productos")
    filterset_class, table_class = ProductFilterSet, ProductTable
    tabs = (Tab(gettext_lazy("Todos")), *(Tab(label, {"tax_category": code}) for code, label in TaxCategory.choices))
    ordering_fields, default_ordering = ("name",), "name"
    search_placeholder = gettext_lazy("Código o nombre")
    totals_url = "billing:product_totals"
    new_url, new_label, new_permissions = "billing:product_new", gettext_lazy("Nuevo producto"), ("products.manage",)
    empty = Empty(
        gettext_lazy("Todavía no hay productos"),
        gettext_lazy("Con su precio y su IVA guardados, facturar es elegirlos."),
        "package",
        "billing:product_new",
        gettext_lazy("Nuevo producto"),
        "products.manage",
    )

    def queryset(self) -> QuerySet:
        """Return the products that are not hidden."""
        return Product.objects.live()


@page("products.view")
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a product, and what its price comes to with tax today."""
    row = get_object_or_404(Product.objects.live(), pk=pk)
    actor, tab = request.actor, request.GET.get("tab", "")  # type: ignore[attr-defined]
    auditing = tab == "auditoria" and actor.may("audit.view")
    hide = {"label": _("Retirar de las listas…"), "url": reverse("billing:product_hide", args=[pk])}
    context = {
        "title": row.name,
        "product": row,
        "rate": rates_on(clock.today())[row.tax_category],
        "crumbs": [(_("Productos"), reverse("billing:products"))],
        "tabs": page_tabs(request) if actor.may("audit.view") else [],
        "history": audited("billing.product", row.pk) if auditing else None,
        "menu": [hide | {"icon": "eye-off", "danger": True}] if actor.may("products.manage") else [],
    }
    return render(request, "billing/product.html", context)


class _ProductPage(FormPage):
    permissions = ("products.manage",)
    template = "billing/product_form.html"
    form_class: type[BaseForm] = ProductForm
    submit_label = gettext_lazy("Guardar producto")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Productos"), reverse("billing:products"))]

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:products")


class NewProduct(_ProductPage):
    """Add a product."""

    title = gettext_lazy("Nuevo producto")

    def save(self, form: ProductForm) -> HttpResponse:
        """Create it."""
        product = products.create(form.cleaned_data, actor=self.actor)
        return done(self.request, _("Producto creado."), product)


class _OneProduct(_ProductPage):
    def prepare(self) -> None:
        """Find the product."""
        self.product = get_object_or_404(Product.objects.live(), pk=self.kwargs["pk"])
        self.title = self.product.name

    def cancel_url(self) -> str:
        """Return to the product."""
        return self.product.get_absolute_url()


class EditProduct(_OneProduct):
    """Change a product; documents keep the price they were made with."""

    def initial(self) -> dict[str, Any]:
        """Return what is stored."""
        return model_to_dict(self.product, EDITABLE) | {"version": self.product.version}

    def save(self, form: ProductForm) -> HttpResponse:
        """Change it, unless somebody saved first."""
        version = form.cleaned_data["version"]
        products.update(self.product.pk, form.cleaned_data, actor=self.actor, expected_version=version)
        return done(self.request, _("Cambios guardados."), self.product)


class HideProduct(_OneProduct):
    """Take a product off the lists."""

    template = "components/confirm_page.html"
    form_class = ConfirmForm
    submit_label = gettext_lazy("Retirar el producto")

    def prepare(self) -> None:
        """Say which product."""
        super().prepare()
        self.title = _("Retirar «%(name)s»") % {"name": self.product.name}

    def save(self, form: ConfirmForm) -> HttpResponse:
        """Hide it."""
        products.hide(self.product.pk, actor=self.actor)
        back = reverse("billing:product_restore", args=[self.product.pk])
        return done(self.request, _("Producto retirado de las listas."), "billing:products", undo_url=back)

    def context(self) -> dict[str, Any]:
        """Say what stays."""
        return {
            "consequences": [
                _("Deja de aparecer en las listas y al facturar."),
                _("Los documentos que lo llevan no cambian: nada se borra."),
            ]
        }
