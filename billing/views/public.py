"""What a buyer sees at a document's public link: its state and totals, and its files for who knows the identification.

Nobody is signed in here and no company is active until the link says which. The page carries no secret to other
sites (no Referer leaves), is kept by no cache and listed by no search engine.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from audit import log
from audit.models import AccessEntry
from billing import files, public, stories
from billing.models import Document, PublicLink, SriAuthorization, Status
from core import clock, throttling
from core.callers import address_of
from core.tenancy import company_context

COOKIE_SALT: Final = "billing.public"
OPENED_FOR: Final = timedelta(hours=12)
# So many tries to name the buyer in a quarter of an hour: at one link, and from one address at all of them.
WINDOW: Final = timedelta(minutes=15)
TRIES_AT_A_LINK, TRIES_FROM_AN_ADDRESS = 5, 20
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # Not `no-referrer`: browsers would then send the form without an origin, and its CSRF check would fail.
    "Referrer-Policy": "same-origin",
}

View = Callable[..., HttpResponse]


class BuyerForm(forms.Form):
    """Who wants the files says whom the document was issued to."""

    identification = forms.CharField(
        label=gettext_lazy("RUC, cédula o pasaporte del comprador"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _of_link(view: Callable[[HttpRequest, PublicLink, Document], HttpResponse]) -> View:
    """Find the link, enter its company, and give its answers the headers of a secret address."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        try:
            link = public.by_token(token)
        except PublicLink.DoesNotExist as absent:
            raise Http404 from absent
        with company_context(link.company.pk), timezone.override(clock.zone()):
            document = Document.objects.select_related("modifies").get(pk=link.document_id)
            response = view(request, link, document)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return found


@require_http_methods(["GET", "POST"])
@_of_link
def show(request: HttpRequest, link: PublicLink, document: Document) -> HttpResponse:
    """Show state and totals; take the identification that opens the files."""
    if request.method == "POST":
        return _open(request, link, document)
    _note(request, document, AccessEntry.Kind.READ)
    public.note_visit(link)
    return _page(request, link, document, BuyerForm())


@require_GET
@_of_link
def pdf(request: HttpRequest, link: PublicLink, document: Document) -> HttpResponse:
    """Send the RIDE to who has named the buyer."""
    if not _is_open(request, link):
        return redirect("billing:public", request.resolver_match.kwargs["token"])  # type: ignore[union-attr]
    _note(request, document, AccessEntry.Kind.READ, detail="PDF")
    return _file(files.pdf(document), "application/pdf", "inline", files.file_name(document))


@require_GET
@_of_link
def xml(request: HttpRequest, link: PublicLink, document: Document) -> HttpResponse:
    """Send the authorized XML to who has named the buyer."""
    if not _is_open(request, link):
        return redirect("billing:public", request.resolver_match.kwargs["token"])  # type: ignore[union-attr]
    authorization = SriAuthorization.objects.filter(document=document).first()
    if authorization is None:
        raise Http404
    _note(request, document, AccessEntry.Kind.READ, detail="XML")
    name = f"{authorization.access_key}.xml"
    return _file(bytes(authorization.content), "application/xml", "attachment", name)


@require_GET
@_of_link
def logo(request: HttpRequest, link: PublicLink, document: Document) -> HttpResponse:
    """Send the logo the document was issued with."""
    name = document.issuer.get("logo", "")
    if not name or not default_storage.exists(name):
        raise Http404
    with default_storage.open(name) as file:
        return HttpResponse(file.read(), content_type="image/png")


def _open(request: HttpRequest, link: PublicLink, document: Document) -> HttpResponse:
    """Compare what was typed, counting every try; right, it opens the files for this browser's session."""
    closed = _tries_left(request, link)
    if closed:
        said = _("Demasiados intentos. Espere %(minutes)d minutos y vuelva a probar.") % {"minutes": closed}
        _note(request, document, AccessEntry.Kind.REFUSED, code="too_many_attempts")
        response = _page(request, link, document, None, alert=said, status=429)
        response["Retry-After"] = str(closed * 60)
        return response
    form = BuyerForm(request.POST)
    if form.is_valid() and not public.is_the_buyer(document, form.cleaned_data["identification"]):
        form.add_error("identification", _("No es la identificación del comprador de este documento."))
    if not form.is_valid():
        _note(request, document, AccessEntry.Kind.REFUSED, code="identification_differs")
        return _page(request, link, document, form, status=422)
    _note(request, document, AccessEntry.Kind.READ, detail=_("identificado"))
    response = redirect(request.path)
    response.set_signed_cookie(
        _cookie(link), link.token_hash, salt=COOKIE_SALT, path=request.path, secure=settings.HTTPS, httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return response


def _tries_left(request: HttpRequest, link: PublicLink) -> int:
    """Count a try; return 0 while there are more, else in how many minutes."""
    limits = {
        f"link:{link.token_hash[:40]}": TRIES_AT_A_LINK,
        f"link-from:{throttling.network(address_of(request) or '')}": TRIES_FROM_AN_ADDRESS,
    }
    exceeded = [each for each in throttling.tried(limits, WINDOW) if each.exceeded]
    return max((-(-each.resets_in // 60) for each in exceeded), default=0)


def _is_open(request: HttpRequest, link: PublicLink) -> bool:
    kept = request.get_signed_cookie(_cookie(link), default="", salt=COOKIE_SALT, max_age=OPENED_FOR)
    return bool(kept == link.token_hash)


def _cookie(link: PublicLink) -> str:
    return f"cuadre_document_{link.pk}"


def _page(
    request: HttpRequest,
    link: PublicLink,
    document: Document,
    form: BuyerForm | None,
    *,
    alert: str = "",
    status: int = 200,
) -> HttpResponse:
    state, code = public.standing(document)
    context: dict[str, Any] = {
        "document": document,
        "token": request.resolver_match.kwargs["token"],  # type: ignore[union-attr]
        "state": state,
        "state_code": code,
        "is_test_document": document.environment == "1",
        "shows_balance": not document.is_credit_note and document.status in (Status.ISSUED, Status.PAID),
        "has_logo": bool(document.issuer.get("logo")),
        "total_rows": stories.total_rows(
            (stories.Rate(row.rate_code, row.rate, row.base, row.tax) for row in document.taxes.all()),
            document.total_discount,
        ),
        "is_open": _is_open(request, link),
        "has_xml": SriAuthorization.objects.filter(document=document).exists(),
        "form": form,
        "alert": alert,
    }
    return render(request, "billing/public.html", context, status=status)


def _file(content: bytes, kind: str, disposition: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'{disposition}; filename="{name}"'}
    )


def _note(request: HttpRequest, document: Document, kind: str, *, code: str = "", detail: str = "") -> None:
    """Write to the company's access log who looked; the log leaves the token out of the path."""
    said = f"{_('Enlace público')} {detail}".strip()
    log.access(kind, actor=request.actor, request=request, obj=document, code=code, detail=said)  # type: ignore[attr-defined]
