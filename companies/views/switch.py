"""Choosing the company to work in: the only place where the session's company changes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies.accounts import enter
from core.views import page


@require_http_methods(["GET", "POST"])
@page()
def switch(request: HttpRequest) -> HttpResponse:
    """Show the person's companies, or enter the chosen one; another's answers 404."""
    if request.method == "GET":
        return render(request, "companies/switch.html", {"title": _("Cambiar de empresa")})
    chosen = request.POST.get("company", "")
    membership = next((row for row in request.memberships if str(row.company_id) == chosen), None)  # type: ignore[attr-defined]
    if membership is None:
        raise Http404
    enter(request, membership)
    messages.success(request, _("Ahora trabaja en %(company)s.") % {"company": membership.company})
    return redirect("home")
