"""Tells core what only companies know: the active company's time zone."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from core.goto import Page


class CompaniesConfig(AppConfig):
    """People and companies."""

    name = "companies"
    verbose_name = "Empresas"

    def ready(self) -> None:
        """Register checks, the time-zone source, a new company's first steps, alerts, and what allauth only signals."""
        from allauth.mfa.signals import authentication_failed

        from audit.log import subscribe
        from companies import accounts, alerts, checks, hooks, opening  # noqa: F401
        from core import clock, goto, remedies

        for field in ("ruc", "legal_name", "address"):
            remedies.add(f"profile_incomplete.{field}", "companies:edit", _("Completar el perfil"), "company.manage")
        remedies.add("ruc_missing", "companies:edit", _("Escribir el RUC"), "company.manage")
        for code in (
            "certificate_missing",
            "certificate_expired",
            "certificate_not_yet_valid",
            "certificate_unreadable",
        ):
            remedies.add(code, "sri:certificates", _("Subir el certificado de firma"), "certificates.manage")
        goto.add_pages(*_pages())
        clock.set_zone_source(_zone)
        hooks.add_setup_steps(opening.setup_steps)
        for action in alerts.ALERTS:
            subscribe(action, "companies.alerts.tell_administrators")
        authentication_failed.connect(accounts.note_wrong_code, dispatch_uid="access-log")


def _pages() -> list["Page"]:
    from core.goto import Page

    return [
        Page(_("Perfil de la empresa"), "companies:profile", "building", ("company.view",), words=_("RUC dirección")),
        Page(_("Puesta en marcha"), "companies:setup", "list-check", ("company.view",)),
        Page(_("Personas"), "companies:members", "user-check", ("members.manage",), words=_("usuarios roles")),
        Page(_("Claves de API"), "companies:api_keys", "key", ("api_keys.manage",)),
        Page(_("Firma electrónica"), "sri:certificates", "certificate", ("certificates.view",), words=_("p12")),
        Page(_("Cambiar de empresa"), "companies:switch", "switch-horizontal"),
    ]


def _zone() -> ZoneInfo:
    from companies.models import Company
    from core.clock import DEFAULT_ZONE
    from core.tenancy import active_company_id, memo

    company_id = active_company_id()
    if company_id is None:
        return DEFAULT_ZONE
    remembered = memo()
    if "zone" not in remembered:
        remembered["zone"] = ZoneInfo(Company.objects.values_list("time_zone", flat=True).get(pk=company_id))
    return remembered["zone"]
