"""A document before SRI, invoice or note: its block, its XML, its attempts, and what people do about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit import log
from audit.models import AccessEntry
from billing import correcting, replacing, sri_story, sri_xml, upkeep
from billing.forms.steps import CorrectForm, ReasonForm
from billing.models import Authorization, Document, SriAnswer, Transmission
from companies.models import Company
from core.editing import FormPage
from core.ids import whole
from core.views import Text, done, is_htmx, page

MOST_ANSWERS = 200


def find(pk: int) -> Document:
    """Return a document of either kind with what its pages show."""
    rows = Document.objects.live().select_related("customer", "series__emission_point__establishment", "modifies")
    return get_object_or_404(rows, pk=pk)


@page("billing.view")
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the block as it is now; a page that shows an older state is told to load itself again."""
    document = find(pk)
    if not is_htmx(request):
        return redirect(document)
    told = sri_story.block(document, request.actor)  # type: ignore[attr-defined]
    response = render(request, "billing/_sri.html", {"sri": told, "document": document})
    if told and request.GET.get("was", told.mark) != told.mark:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@page("billing.issue", "billing.void")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask SRI now."""
    document = upkeep.check(pk, actor=request.actor)  # type: ignore[attr-defined]
    said = _("El SRI respondió: %(state)s.") % {"state": document.get_authorization_display().lower()}
    return done(request, said, document)


@require_POST
@page("billing.issue")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the same bytes again."""
    document = upkeep.retry(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Vuelve a la cola: sale hacia el SRI en un momento."), document)


@require_POST
@page("company.manage")
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an orphan back on its way."""
    document = upkeep.repair(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Reparada: se consulta al SRI antes de enviar nada."), document)


@page("billing.view")
def xml(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the XML: as SRI authorized it; before that, or of a `?revision=`, as it was signed here."""
    document = find(pk)
    asked = request.GET.get("revision")
    revision = None if asked is None else whole(asked) or 0
    found = sri_xml.signed(document, revision) if revision is not None else sri_xml.best(document)
    log.access(AccessEntry.Kind.READ, actor=request.actor, request=request, obj=document, detail="XML")  # type: ignore[attr-defined]
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "Cache-Control": "private, no-cache"}
    return HttpResponse(found.content, content_type="application/xml", headers=headers)


@page("company.manage")
def attempts(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every call to SRI about a document; with `?answer=`, also what SRI answered to one of them."""
    document = find(pk)
    answers = SriAnswer.objects.filter(document=document)
    chosen = whole(request.GET.get("answer", ""))
    seen = get_object_or_404(answers, pk=chosen) if chosen is not None else None
    context = {
        "title": _("Intentos de %(document)s") % {"document": document},
        "crumbs": _crumbs(document),
        "document": document,
        "row": Transmission.objects.filter(document=document).first(),
        "answers": [(row, sri_story.outcome_label(row.outcome)) for row in answers.defer("raw")[:MOST_ANSWERS]],
        "seen": seen,
        "raw": sri_story.pretty(bytes(seen.raw)) if seen else "",
    }
    return render(request, "billing/sri_attempts.html", context)


def _crumbs(document: Document) -> list[tuple[Text, str]]:
    kind = (_("Facturas"), reverse("billing:invoices"))
    if document.is_credit_note:
        kind = (_("Notas de crédito"), reverse("billing:credit_notes"))
    return [kind, (str(document), document.get_absolute_url())]


class _OfDocument(FormPage):
    """A page about what SRI refused: what will happen, and the way back."""

    def prepare(self) -> None:
        """Find the document and what SRI said."""
        self.document = find(self.kwargs["pk"])
        self.row = Transmission.objects.filter(document=self.document).first()

    def cancel_url(self) -> str:
        """Return to the document."""
        return self.document.get_absolute_url()

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return list and document."""
        return _crumbs(self.document)

    def context(self) -> dict[str, Any]:
        """Show SRI's messages."""
        return {"document": self.document, "messages_of_sri": sri_story.messages_of(self.row)}

    def answer(self) -> HttpResponse:
        """Show the form; what SRI has not refused is only looked at."""
        if self.request.method != "POST" and self.document.authorization != Authorization.REJECTED:
            return redirect(self.document)
        return super().answer()


class Correct(_OfDocument):
    """Correct what SRI refused: sign it again with what customer and company say now, or go on to edit the lines."""

    permissions = ("billing.issue",)
    form_class = CorrectForm
    template = "billing/sri_correct.html"
    submit_label = gettext_lazy("Firmar de nuevo y reenviar")

    def prepare(self) -> None:
        """Say which document."""
        super().prepare()
        self.title = _("Corregir y reenviar %(document)s") % {"document": self.document}

    def initial(self) -> dict[str, Any]:
        """Carry the version that was looked at."""
        return {"version": self.document.version}

    def save(self, form: CorrectForm) -> HttpResponse:
        """Make the next revision, with the same lines."""
        correcting.correct(self.document.pk, actor=self.actor, expected_version=form.cleaned_data["version"])
        return done(self.request, _("Corregida: sale hacia el SRI con el mismo número."), self.document)

    def context(self) -> dict[str, Any]:
        """Show what would change, and what stays."""
        company: Company = self.request.company  # type: ignore[attr-defined]
        changes = sri_story.present_changes(self.document, company)
        is_note = self.document.is_credit_note  # it says what its invoice says: lines and buyer
        return super().context() | {
            "changes": changes,
            "consequences": [
                {"text": _("Conserva su número, su fecha y lo cobrado."), "icon": "check", "tone": "good"},
                {"text": _("El XML anterior y las respuestas del SRI se guardan."), "icon": "history", "tone": "info"},
            ],
            "lines_url": "" if is_note else reverse("billing:sri_correct_lines", args=[self.document.pk]),
            "customer_url": "" if is_note else reverse("billing:customer_edit", args=[self.document.customer_id]),
            "safe": True,
        }


class Replace(_OfDocument):
    """Issue anew, with the next number and today's date, what SRI will never have as it is."""

    permissions = ("billing.void",)
    form_class = ReasonForm
    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Anular y emitir otra igual")

    def prepare(self) -> None:
        """Say which document."""
        super().prepare()
        self.title = _("Reemplazar %(document)s") % {"document": self.document}

    def initial(self) -> dict[str, Any]:
        """Propose the reason that SRI gave."""
        codes = [item["code"] for item in (self.row.messages if self.row else ())]
        return {"reason": next((str(replacing.REASONS[code]) for code in codes if code in replacing.REASONS), "")}

    def save(self, form: ReasonForm) -> HttpResponse:
        """Replace it."""
        new = replacing.replace(self.document.pk, reason=form.cleaned_data["reason"], actor=self.actor)
        said = _("%(old)s queda anulada; la reemplaza %(new)s.") % {"old": self.document, "new": new}
        return done(self.request, said, new)

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        said = [
            _("%(document)s se anula aquí; su número queda en el registro de números no utilizados con el motivo."),
            _("Se emite otra igual, al centavo, con el número que sigue y la fecha de hoy."),
            _("Sus pendientes y lo cobrado pasan a la nueva."),
            _("La nueva sale hacia el SRI enseguida."),
        ]
        return super().context() | {"consequences": [text % {"document": self.document} for text in said]}
