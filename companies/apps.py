"""Tells core what only companies know: the active company's time zone."""

from zoneinfo import ZoneInfo

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompaniesConfig(AppConfig):
    """People and companies."""

    name = "companies"
    verbose_name = "Empresas"

    def ready(self) -> None:
        """Register checks, the time-zone source, a new company's first steps, alerts, and what allauth only signals."""
        from allauth.mfa.signals import authentication_failed

        from audit.log import subscribe
        from companies import accounts, alerts, checks, hooks, opening  # noqa: F401
        from core import clock, remedies

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
        clock.set_zone_source(_zone)
        hooks.add_setup_steps(opening.setup_steps)
        for action in alerts.ALERTS:
            subscribe(action, "companies.alerts.tell_administrators")
        authentication_failed.connect(accounts.note_wrong_code, dispatch_uid="access-log")


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
