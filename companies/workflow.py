"""The company's own story: it is opened, it says who it is, it shows its logo.

People are in `members` and `invitations`, the keys of other systems in `api_keys`.
"""

from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from audit.log import changes, record
from companies import hooks, invitations, logos
from companies.models import Company, Environment, Membership, User
from companies.roles import Role
from core.actor import Actor
from core.errors import FieldError, Forbidden, RuleRefused, WorkflowError, check_version
from core.money import cents
from core.tenancy import company_context, current_company_id
from sri import identification
from sri.catalogs import IdentificationType

PROFILE: Final = (
    "ruc",
    "legal_name",
    "trade_name",
    "address",
    "email",
    "phone",
    "keeps_accounts",
    "special_taxpayer",
    "withholding_agent",
    "rimpe",
    "e_invoicing",
    "time_zone",
    "payment_days",
    "discount_limit",
    "mails_documents",
    "mails_receipts",
)
LONGEST_TERM: Final = 365  # days


def open_company(values: dict[str, Any], *, owner: User | str, actor: Actor) -> Company:
    """Open a company with its owner and whatever the other apps give a new one; for the installation's side.

    Args:
        values: fields of `PROFILE`, and the `environment` (SRI table 4), which is for life (D1).
        owner: a person, who is the owner at once, or the address of somebody, who is invited.

    Raises:
        Forbidden: the actor is a company's, not the installation's.
        RuleRefused: as `update_profile`; `environment_unknown`.
        WorkflowError: `ruc_taken`.
    """
    with company_context(next_id()):
        return open_here(values, owner=owner, actor=actor)


@transaction.atomic
def open_here(values: dict[str, Any], *, owner: User | str, actor: Actor) -> Company:
    """Open the company whose id, from `next_id()`, is active already; otherwise as `open_company`."""
    if not actor.may("*"):
        raise Forbidden("installation")
    company = Company(pk=current_company_id(), environment=values["environment"], **_known(values))
    _check_profile(company)
    _save(company, force_insert=True)
    record("company.opened", company, actor=actor, after=_values(company) | {"environment": company.environment})
    _give_owner(owner, actor)
    hooks.opened()
    return company


def next_id() -> int:
    """Take the id of a company to be: it is active from the first row of its opening."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('companies_company', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


@transaction.atomic
def update_profile(values: dict[str, Any], *, actor: Actor, expected_version: int | None = None) -> Company:
    """Change what the active company says about itself; issued documents keep what they say.

    Args:
        values: any of `PROFILE`.

    Raises:
        RuleRefused: `ruc_invalid`, `legal_name_required`, `special_taxpayer_invalid`, `withholding_agent_invalid`,
            `time_zone_unknown`, `payment_days_out_of_range`, `discount_limit_not_a_percentage`.
        WorkflowError: `ruc_in_use` (it stands on documents), `ruc_taken`.
        StaleVersion: somebody saved first.
    """
    actor.require("company.manage")
    company = _lock(expected_version)
    before = _values(company)
    for name, value in _known(values).items():
        setattr(company, name, value)
    _check_profile(company)
    if company.ruc != before["ruc"]:
        _refuse_held_ruc(before["ruc"])
    return _record_update(company, before, actor)


@transaction.atomic
def set_logo(content: bytes, *, actor: Actor, expected_version: int | None = None) -> Company:
    """Show an image on pages and documents from now on; documents issued before keep theirs.

    Raises:
        RuleRefused: `logo_too_large`, `logo_not_an_image`, `logo_too_many_pixels`.
        StaleVersion: somebody saved first.
    """
    actor.require("company.manage")
    image = logos.checked(content)
    company = _lock(expected_version)
    before = _values(company)
    company.logo = logos.store(company.pk, image)
    return _record_update(company, before, actor)


@transaction.atomic
def remove_logo(*, actor: Actor, expected_version: int | None = None) -> Company:
    """Show no image any more; the file stays, because issued documents print it.

    Raises:
        WorkflowError: `no_logo`; StaleVersion: somebody saved first.
    """
    actor.require("company.manage")
    company = _lock(expected_version)
    if not company.logo:
        raise WorkflowError(_("La empresa no tiene logotipo."), code="no_logo")
    before = _values(company)
    company.logo = ""
    return _record_update(company, before, actor)


def warnings(company: Company) -> list[str]:
    """Return what looks wrong in a profile but is nobody's to forbid: a RUC whose check digit fails."""
    warning = identification.check(IdentificationType.RUC, company.ruc).warning if company.ruc else None
    return [warning] if warning else []


def _give_owner(owner: User | str, actor: Actor) -> None:
    if isinstance(owner, str):
        invitations.invite(email=owner, name="", role=Role.OWNER, actor=actor)
        return
    membership = Membership.objects.create(user=owner, role=Role.OWNER)
    record("membership.created", membership, actor=actor, after={"email": owner.email, "role": membership.role})


# The rules


def _check_profile(company: Company) -> None:
    company.legal_name, company.trade_name = company.legal_name.strip(), company.trade_name.strip()
    checked = identification.check(IdentificationType.RUC, company.ruc) if company.ruc else None
    if checked and checked.error:
        raise _refused("ruc", "ruc_invalid", checked.error)
    company.ruc = checked.normalized if checked else ""
    for holds, field, code, message in _rules(company):
        if not holds:
            raise _refused(field, code, message)


def _rules(company: Company) -> list[tuple[bool, str, str, str]]:
    special, agent = company.special_taxpayer, company.withholding_agent
    return [
        (company.environment in Environment.values, "environment", "environment_unknown", _("Elija el ambiente.")),
        (bool(company.legal_name), "legal_name", "legal_name_required", _("Escriba la razón social.")),
        (
            not special or (special.isalnum() and special.isascii() and 3 <= len(special) <= 13),
            "special_taxpayer",
            "special_taxpayer_invalid",
            _("El número de contribuyente especial tiene de 3 a 13 letras o números."),
        ),
        (
            not agent or (agent.isdecimal() and agent.isascii() and not agent.startswith("0")),
            "withholding_agent",
            "withholding_agent_invalid",
            _("Escriba solo el número de la resolución, sin ceros a la izquierda; por ejemplo 1."),
        ),
        (
            company.time_zone in available_timezones(),
            "time_zone",
            "time_zone_unknown",
            _("Esa zona horaria no existe."),
        ),
        (
            0 <= company.payment_days <= LONGEST_TERM,
            "payment_days",
            "payment_days_out_of_range",
            _("El plazo por defecto va de 0 a %(days)d días.") % {"days": LONGEST_TERM},
        ),
        (
            company.discount_limit is None or _is_percentage(company.discount_limit),
            "discount_limit",
            "discount_limit_not_a_percentage",
            _("El descuento máximo va de 0 a 100, con hasta dos decimales; vacío, no hay máximo."),
        ),
    ]


def _is_percentage(value: Decimal) -> bool:
    return 0 <= value <= 100 and value == cents(value)


def _refuse_held_ruc(ruc: str) -> None:
    if hooks.ruc_is_held():
        raise WorkflowError(
            _("El RUC %(ruc)s ya está en documentos emitidos y no cambia. Otro RUC es otra empresa.") % {"ruc": ruc},
            code="ruc_in_use",
            fields=[FieldError(field="ruc", code="ruc_in_use", message=_("Ya está en documentos emitidos."))],
        )


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


# Rows


def _lock(expected_version: int | None) -> Company:
    company = Company.objects.select_for_update(no_key=True).get(pk=current_company_id())
    check_version(company.version, expected_version)
    return company


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in PROFILE if name in values}


def _save(company: Company, **options: Any) -> None:
    try:
        with transaction.atomic():
            company.save(**options)
    except IntegrityError as error:
        if "one_company_per_ruc_and_environment" not in str(error):
            raise
        raise WorkflowError(
            _("Otra empresa de esta instalación ya tiene el RUC %(ruc)s en este ambiente.") % {"ruc": company.ruc},
            code="ruc_taken",
            fields=[FieldError(field="ruc", code="ruc_taken", message=_("Ya lo tiene otra empresa."))],
        ) from error


def _record_update(company: Company, before: dict[str, Any], actor: Actor) -> Company:
    old, new = changes(before, _values(company))
    if not new:
        return company
    company.version += 1
    _save(company)
    record("company.updated", company, actor=actor, before=old, after=new)
    return company


def _values(company: Company) -> dict[str, Any]:
    return {name: getattr(company, name) for name in PROFILE} | {"logo": company.logo.name or ""}
