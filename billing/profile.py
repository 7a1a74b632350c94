"""What a company must have said about itself before it may issue, and the copy each document keeps of it."""

import re
from typing import Any

from django.utils.translation import gettext as _

from billing.models import Series
from companies.models import Company, Rimpe
from core.errors import FieldError, RuleRefused

RUC_SHAPE = re.compile(r"[0-9]{10}001")  # the only hard rule on a RUC (SRI does not promise its check digit)

RIMPE_LEGENDS = {
    Rimpe.ENTREPRENEUR: "CONTRIBUYENTE RÉGIMEN RIMPE",
    Rimpe.POPULAR: "CONTRIBUYENTE NEGOCIO POPULAR - RÉGIMEN RIMPE",
}


def missing(company: Company, series: Series | None) -> list[FieldError]:
    """List what an issuer's profile lacks, field by field, each with what to do."""
    wanted = [
        ("ruc", RUC_SHAPE.fullmatch(company.ruc), _("El RUC de 13 dígitos de la empresa.")),
        ("legal_name", company.legal_name, _("La razón social.")),
        ("address", company.address, _("La dirección matriz.")),
        ("series", series, _("Un establecimiento con punto de emisión y serie de facturas.")),
        (
            "establishment_address",
            series is None or series.emission_point.establishment.address,
            _("La dirección del establecimiento."),
        ),
    ]
    return [FieldError(field=name, code="missing", message=text) for name, present, text in wanted if not present]


def check_complete(company: Company, series: Series) -> None:
    """Refuse to issue with an incomplete profile.

    Raises:
        RuleRefused: `profile_incomplete`, with the list of what is missing.
    """
    lacking = missing(company, series)
    if lacking:
        raise RuleRefused(
            _("Complete el perfil de la empresa antes de emitir. Falta: %(list)s")
            % {"list": " ".join(error["message"] for error in lacking)},
            code="profile_incomplete",
            fields=lacking,
        )


def issuer_snapshot(company: Company, series: Series) -> dict[str, Any]:
    """Return the issuer as printed and sent: copied, never looked up again."""
    establishment = series.emission_point.establishment
    return {
        "ruc": company.ruc,
        "legal_name": company.legal_name,
        "trade_name": company.trade_name,
        "head_office": company.address,
        "branch": establishment.address,
        "branch_name": establishment.name,
        "keeps_accounts": company.keeps_accounts,
        "special_taxpayer": company.special_taxpayer,
        "withholding_agent": company.withholding_agent,
        "rimpe": RIMPE_LEGENDS.get(company.rimpe, ""),  # type: ignore[call-overload]
        "email": company.email,
        "phone": company.phone,
        "logo": company.logo.name if company.logo else "",
        "time_zone": company.time_zone,
    }
