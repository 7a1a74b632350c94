"""The site of Django admin: who comes in, and whose pages it takes. What the pages may do is in `core.admin`."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class InstallationSite(AdminSite):
    """The admin site: superusers only, through the site's own log-in (so with its limits and second step)."""

    site_header = site_title = _("Administración de Cuadre")
    index_title = _("Esta instalación")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active superusers."""
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the site's log-in page; whoever is signed in and still here has no business here.

        Raises:
            PermissionDenied: signed in, but no superuser.
        """
        if request.user.is_authenticated:
            raise PermissionDenied
        back = request.GET.get("next", request.get_full_path())
        return redirect(f"{resolve_url('account_login')}?{urlencode({'next': back})}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send people to the site's own page, which has limits and tells them by mail."""
        return redirect("account_change_password")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the house's own registrations; those of libraries would edit and delete as they please."""
        if getattr(admin_class, "of_the_house", False):
            super().register(model_or_iterable, admin_class, **options)
