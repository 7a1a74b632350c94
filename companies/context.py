"""What every page's shell shows: the company, the person's role and permissions, the menu's badges, the notices."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from audit.models import AuditHead
from companies import hooks
from companies.middleware import sign_company
from core.actor import Actor
from core.views import for_drawer


def _as_of(request: HttpRequest) -> str:
    """Name the company and the end of its log that a page is made from; "" where the request may write itself."""
    head: AuditHead | None = getattr(request, "log_head", None)
    return f"{head.company_id}:{bytes(head.hash).hex()}" if head and request.method == "GET" else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates what the shell shows, and `frame`, what pages extend that the drawer shows too."""
    actor: Actor | None = getattr(request, "actor", None)
    company = getattr(request, "company", None)
    if actor is None or company is None:
        return {"company": None, "membership": None, "memberships": (), "may": frozenset()}
    return {
        "company": company,
        "frame": "components/drawer_page.html" if for_drawer(request) else "base.html",
        "membership": request.membership,  # type: ignore[attr-defined]
        "memberships": request.memberships,  # type: ignore[attr-defined]
        "may": actor.permissions,
        "company_token": sign_company(company.pk),
        "nav_badges": SimpleLazyObject(lambda: hooks.badge_counts(actor, _as_of(request))),
        "notices": SimpleLazyObject(lambda: hooks.notices(company, actor)),
    }
