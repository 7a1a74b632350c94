"""The one form page: show it, check its shape, let the workflow decide, say what happened.

    class NewProduct(FormPage):
        permissions = ("products.manage",)
        title, submit_label = _("Nuevo producto"), _("Guardar producto")
        form_class = ProductForm

        def save(self, form):
            product = products.create(form.cleaned_data, actor=self.actor)
            return done(self.request, _("Producto creado."), product)

    path("productos/nuevo/", NewProduct.as_view(), name="product_new")

A refusal, of shape or of a rule, shows the form again with everything typed and the reason beside its field.
"""

from typing import Any, ClassVar

from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.actor import Actor
from core.errors import WorkflowError
from core.views import Text, View, note_refusal, page, show_refusal

SHAPE_REFUSED = 422


class ConfirmForm(Form):
    """A confirmation that asks nothing more, for components/confirm_page.html."""


class FormPage:
    """A form as a page. One object serves one request."""

    permissions: ClassVar[tuple[str, ...]] = ()
    title: Text = ""
    subtitle: Text = ""
    form_class: type[BaseForm]
    template: str = "components/form_page.html"
    layout: str = "narrow"
    submit_label: Text = ""

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        self.request, self.kwargs = request, kwargs
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.prepare()

    # What a form says for itself

    def prepare(self) -> None:
        """Read what the form is about from `self.kwargs`; raising Http404 is welcome."""

    def initial(self) -> dict[str, Any]:
        """Return what stands in the form before anybody types."""
        return {}

    def make_form(self, *data: Any) -> Any:
        """Make the form, empty or of what was sent; choices that depend on who asks are offered here."""
        make: Any = self.form_class
        return make(*data, initial=self.initial())

    def save(self, form: Any) -> HttpResponse:
        """Call the workflow with `form.cleaned_data` and answer with `done(…)`."""
        raise NotImplementedError

    def cancel_url(self) -> str:
        """Return where "Cancelar" leads."""
        return ""

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the pages above this one."""
        return []

    def context(self) -> dict[str, Any]:
        """Return what the template wants beyond the form."""
        return {}

    # The doors

    @classmethod
    def as_view(cls) -> View:
        """Return the page's view."""

        @page(*cls.permissions)
        def form_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            return cls(request, **kwargs).answer()

        return form_view

    def answer(self) -> HttpResponse:
        """Show the form, or save what was sent."""
        if self.request.method != "POST":
            return self.show(self.make_form())
        form = self.make_form(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self.show(form, SHAPE_REFUSED)
        try:
            return self.save(form)
        except WorkflowError as refusal:
            show_refusal(form, refusal)
            return note_refusal(self.show(form, refusal.status), refusal)

    def show(self, form: BaseForm, status: int = 200) -> HttpResponse:
        """Render the page with a form."""
        context = {
            "title": self.title,
            "subtitle": self.subtitle,
            "form": form,
            "layout": self.layout,
            "submit_label": self.submit_label,
            "cancel_url": self.cancel_url(),
            "crumbs": self.crumbs(),
        }
        return render(self.request, self.template, context | self.context(), status=status)
