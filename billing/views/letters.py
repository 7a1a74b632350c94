"""Letters: the list, sending one or many, and the public link of a document."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import letters, public
from billing.bulk import REPEAT
from billing.correspondence import LetterFilterSet, LetterTable
from billing.forms.letters import MailForm
from billing.models import Document, Letter
from core.editing import FormPage
from core.listing import Empty, ListPage, Tab, bounded_count
from core.views import Text, done, page


class LetterList(ListPage):
    """Every letter, by what became of it."""

    permissions = ("billing.view",)
    title = gettext_lazy("Correos")
    filterset_class, table_class = LetterFilterSet, LetterTable
    tabs = (
        Tab(gettext_lazy("Todos")),
        Tab(gettext_lazy("Por enviar"), {"state": "pending"}),
        Tab(gettext_lazy("Enviados"), {"state": "sent"}),
        Tab(gettext_lazy("No enviados"), {"state": "failed"}),
        Tab(gettext_lazy("Sin destinatario"), {"state": "skipped"}),
    )
    search_placeholder = gettext_lazy("Destinatario, número, cliente o RUC")
    totals_url = "billing:letter_totals"
    bulk = (REPEAT,)
    empty = Empty(
        gettext_lazy("Todavía no hay correos"),
        gettext_lazy("Al autorizarse una factura, el comprobante sale por correo y queda anotado aquí."),
        "mail",
        "billing:invoices",
        gettext_lazy("Ver las facturas"),
        "billing.view",
    )

    def queryset(self) -> QuerySet:
        """Return the letters with what a row shows."""
        return Letter.objects.select_related("document", "customer")

    def totals(self, rows: QuerySet) -> list[dict[str, Any]]:
        """Return how many the filters match."""
        return [{"label": _("Correos"), "value": bounded_count(rows)}]


class _Mail(FormPage):
    """A page that asks whom something is sent to."""

    permissions = ("billing.mail",)
    form_class = MailForm
    submit_label = gettext_lazy("Enviar por correo")
    about: Document | None = None

    def initial(self) -> dict[str, Any]:
        """Propose whom the customer says."""
        return {"recipients": self.proposed()}

    def proposed(self) -> list[str]:
        """Return the addresses that stand in the form."""
        raise NotImplementedError

    def told(self, letter: Letter) -> str:
        """Say what was done."""
        return _("Correo en camino a %(to)s.") % {"to": ", ".join(letter.recipients)}


class SendDocument(_Mail):
    """Mail a document."""

    def prepare(self) -> None:
        """Find the document."""
        found = Document.objects.live().select_related("customer")
        self.document = get_object_or_404(found, pk=self.kwargs["pk"])
        self.title = _("Enviar %(document)s por correo") % {"document": self.document}
        self.subtitle = self.document.buyer_name

    def proposed(self) -> list[str]:
        """Return whom its customer's documents go to."""
        return letters.recipients_of(self.document)

    def save(self, form: MailForm) -> HttpResponse:
        """Send it."""
        sent = letters.send_again(self.document.pk, recipients=form.cleaned_data["recipients"], actor=self.actor)
        return done(self.request, self.told(sent), self.document)

    def cancel_url(self) -> str:
        """Return to the document."""
        return self.document.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return list and document."""
        return [(_("Facturas"), reverse("billing:invoices")), (str(self.document), self.cancel_url())]


class Repeat(_Mail):
    """Send a letter again."""

    title = gettext_lazy("Enviar otra vez")

    def prepare(self) -> None:
        """Find the letter."""
        self.letter = get_object_or_404(Letter.objects.select_related("customer"), pk=self.kwargs["pk"])
        self.subtitle = f"{self.letter.get_kind_display()} · {self.letter.customer}"

    def proposed(self) -> list[str]:
        """Return where it went, or whom the customer has now where it went nowhere."""
        return self.letter.recipients or letters.recipients_at(self.letter.customer)

    def save(self, form: MailForm) -> HttpResponse:
        """Send it."""
        sent = letters.repeat(self.letter.pk, recipients=form.cleaned_data["recipients"], actor=self.actor)
        return done(self.request, self.told(sent), "billing:letters")

    def cancel_url(self) -> str:
        """Return to the list."""
        return reverse("billing:letters")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Correos"), self.cancel_url())]


@require_POST
@page("billing.mail")
def renew_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a document a new public link."""
    public.renew(pk, actor=request.actor)  # type: ignore[attr-defined]
    said = _("Enlace nuevo. El anterior ya no abre, y el PDF lleva el código del nuevo.")
    return done(request, said, Document.objects.get(pk=pk))


@require_POST
@page("billing.mail")
def revoke_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Kill a document's public link."""
    public.revoke(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Enlace revocado: quien lo tenga ya no ve el documento."), Document.objects.get(pk=pk))
