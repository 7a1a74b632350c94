"""What somebody typed into a long form and has not sent: kept every few seconds, offered again, forgotten once sent.

It is the person's own and changes nothing of the company's, so it stands outside the audit log.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import clock
from core.actor import Actor
from core.errors import Malformed
from core.tenancy import active_company_id, all_companies
from desk.models import FormDraft

KEPT: Final = timedelta(days=30)
FIELD: Final = "_draft"  # the hidden field with which a form names its draft
LONGEST_ADDRESS: Final = 200
MOST_FIELDS: Final = 6_000
MOST_CHARACTERS: Final = 500_000


def save(form: str, data: Any, *, actor: Actor) -> FormDraft:
    """Keep what stands in a form now, in place of what stood there.

    Args:
        form: the address of the form's page.
        data: name and text of each field, in order.

    Raises:
        Malformed: `malformed`: no address of a page, or no pairs of texts.
    """
    if not _is_address(form) or not _are_fields(data):
        raise Malformed(_("No se pudo guardar lo escrito."), code="malformed")
    row, _created = FormDraft.objects.update_or_create(
        user_id=actor.user_id or 0, form=form, defaults={"data": data, "saved_at": clock.now()}
    )
    return row


def kept(form: str, *, actor: Actor) -> FormDraft | None:
    """Return what the person had typed into the form of a page, if anything."""
    return FormDraft.objects.filter(user_id=actor.user_id or 0, form=form).first()


def forget(form: str, *, actor: Actor) -> None:
    """Drop what was typed: it was sent, or the person does not want it."""
    FormDraft.objects.filter(user_id=actor.user_id or 0, form=form).delete()


def forget_old() -> None:
    """Remove what nobody came back to for a month; a nightly job."""
    with all_companies():
        FormDraft.unscoped.filter(saved_at__lt=clock.now() - KEPT).delete()


class ForgetSentForms:
    """Middleware: a form that was sent with success leaves no draft behind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, and forget the draft its form names when it went on to another page."""
        response = self.get_response(request)
        if request.method == "POST" and response.status_code in (204, 302) and active_company_id():
            form = request.POST.get(FIELD, "")
            if form:
                forget(form, actor=request.actor)  # type: ignore[attr-defined]
        return response


def _is_address(form: str) -> bool:
    return form.startswith("/") and len(form) <= LONGEST_ADDRESS and form.isprintable()


def _are_fields(data: Any) -> bool:
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > MOST_FIELDS:
        return False
    pairs = all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) and "\0" not in text for text in pair)
        for pair in data
    )
    return pairs and sum(len(text) for pair in data for text in pair) <= MOST_CHARACTERS
