"""What the button "Deshacer" of a message posts to: the way back of what was hidden, thrown away or cancelled."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing import restoring
from core.views import done, page

DRAFTING = ("billing.draft", "billing.draft_reservations", "billing.notes")


@require_POST
@page("customers.manage")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a customer back."""
    row = restoring.restore_customer(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Cliente de vuelta en las listas."), row)


@require_POST
@page("products.manage")
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a product back."""
    row = restoring.restore_product(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Producto de vuelta en las listas."), row)


@require_POST
@page("billables.manage")
def billable(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a billable wait to be invoiced again."""
    restoring.restore_billable(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Pendiente otra vez por facturar."), "billing:billables")


@require_POST
@page(*DRAFTING)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a draft back."""
    document = restoring.restore_draft(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("El borrador está otra vez."), document)
