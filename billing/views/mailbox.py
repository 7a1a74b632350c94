"""The demo's mailbox: the list, a message, its HTML behind glass, and its files."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing import mailbox
from billing.models import Document
from core.views import page

# A message may show itself and nothing else: no script, no request, no address of ours; its links open beside it.
GLASS: Final = "; ".join(
    (
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)


def _where_there_is_one(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 on an installation without a mailbox, and for what is not in it."""

    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not mailbox.is_here():
            raise Http404
        try:
            return view(request, **kwargs)
        except mailbox.NoSuchMail as absent:
            raise Http404 from absent

    return answered


@require_GET
@page("billing.view")
@_where_there_is_one
def listed(request: HttpRequest) -> HttpResponse:
    """List what the company mailed."""
    context = {"title": _("Buzón de demostración"), "mails": mailbox.newest(), "most": mailbox.MOST}
    return render(request, "billing/mailbox.html", context)


@require_GET
@page("billing.view")
@_where_there_is_one
def message(request: HttpRequest, name: str) -> HttpResponse:
    """Show a message."""
    mail = mailbox.find(name)
    context = {
        "title": mail.subject,
        "mail": mail,
        "document": Document.objects.filter(pk=mail.document_id).first() if mail.document_id else None,
        "files": [
            {
                "label": part.get_filename() or _("archivo"),
                "url": reverse("billing:mailbox_file", args=[name, place]),
                "icon": "paperclip",
            }
            for place, part in enumerate(mail.attachments())
        ],
        "crumbs": [(_("Buzón de demostración"), reverse("billing:mailbox"))],
    }
    return render(request, "billing/mailbox_message.html", context)


@require_GET
@page("billing.view")
@_where_there_is_one
def html(request: HttpRequest, name: str) -> HttpResponse:
    """Show a message's HTML, as the frame of its page."""
    shown = mailbox.find(name).html().replace("<body", '<base target="_blank"><body', 1)
    return HttpResponse(shown, headers={"Content-Security-Policy": GLASS, "Cache-Control": "no-store"})


@require_GET
@page("billing.view")
@_where_there_is_one
def file(request: HttpRequest, name: str, place: int) -> HttpResponse:
    """Send an attachment as a file."""
    parts = mailbox.find(name).attachments()
    if place >= len(parts):
        raise Http404
    content: Any = parts[place].get_payload(decode=True)
    response = HttpResponse(content, content_type=parts[place].get_content_type())
    saved_as = (parts[place].get_filename() or "archivo").replace('"', "")
    response["Content-Disposition"] = f'attachment; filename="{saved_as}"'
    response["Content-Security-Policy"] = GLASS
    return response
