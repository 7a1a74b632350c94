"""Setting up where numbers come from: establishments, emission points and series."""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.log import changes, record
from billing.models import SALES, Document, DocumentType, EmissionPoint, Establishment, Series
from billing.sales_notes import check_type, types_of
from companies.models import Company
from core.actor import Actor
from core.errors import RuleRefused, WorkflowError, check_version
from core.tenancy import current_company_id


def default_series(company: Company, series_id: int | None = None) -> Series:
    """Return the chosen series, or the first active one of what the company usually sells with.

    Raises:
        RuleRefused: `profile_incomplete`: there is none yet; `document_type_not_allowed`.
        Series.DoesNotExist: the chosen one is not this company's.
    """
    if series_id is not None:
        chosen = of_type(*SALES).get(pk=series_id)
        check_type(chosen.document_type, company)
        return chosen
    first = next(iter(sales_series(company)), None)
    if first is None:
        raise RuleRefused(
            _("La empresa no tiene una serie de facturas activa. Créela en Empresa → Series."),
            code="profile_incomplete",
        )
    return first


def document_type_of(company: Company, series_id: int | None) -> str:
    """Return what would be issued in the chosen series; where there is no series yet, what the company sells with.

    Raises:
        RuleRefused: `document_type_not_allowed`.
        Series.DoesNotExist: the chosen one is not this company's.
    """
    if series_id is not None:
        return default_series(company, series_id).document_type
    types = types_of(company)
    present = next(iter(sales_series(company)), None) if len(types) > 1 else None
    return present.document_type if present else DocumentType.INVOICE


def sales_series(company: Company) -> list[Series]:
    """Return the series a company may sell with now, those of what it usually sells with first."""
    types = types_of(company)
    return sorted(usable_series(*types), key=lambda row: types.index(DocumentType(row.document_type)))


def note_series(invoice: Document, series_id: int | None = None) -> Series:
    """Return the chosen series, or that of credit notes at the emission point of the invoice.

    Raises:
        RuleRefused: `note_series_missing`: there is none; the message says where to add it.
        Series.DoesNotExist: the chosen one is not this company's, or not of credit notes.
    """
    if series_id is not None:
        return of_type(DocumentType.CREDIT_NOTE).get(pk=series_id)
    point = EmissionPoint.objects.select_related("establishment").get(series=invoice.series_id)
    found = usable_series(DocumentType.CREDIT_NOTE).filter(emission_point=point).first()
    if found is None:
        raise RuleRefused(
            _("El punto de emisión %(point)s no tiene una serie de notas de crédito. Agréguela en Empresa → Series.")
            % {"point": f"{point.establishment.code}-{point.code}"},
            code="note_series_missing",
            extra={"emission_point": point.pk},
        )
    return found


def of_type(*document_types: str) -> QuerySet[Series]:
    """Return all series of these types of document, with the place each numbers for."""
    return Series.objects.select_related("emission_point__establishment").filter(document_type__in=document_types)


def usable_series(*document_types: str) -> QuerySet[Series]:
    """Return the series such documents (invoices, unless told) can be issued in now, the default one first."""
    return (
        of_type(*document_types or (DocumentType.INVOICE,))
        .filter(active=True, emission_point__active=True, emission_point__establishment__active=True)
        .order_by("emission_point__establishment__code", "emission_point__code")
    )


@transaction.atomic
def add_establishment(*, code: str, name: str, address: str, actor: Actor) -> Establishment:
    """Open an establishment under the three digits SRI gave it.

    Raises:
        WorkflowError: `already_exists`.
    """
    actor.require("company.manage")
    establishment = _create(Establishment(code=code, name=name, address=address))
    record("establishment.created", establishment, actor=actor, after=_values(establishment))
    return establishment


@transaction.atomic
def add_emission_point(*, establishment_id: int, code: str, name: str = "", actor: Actor) -> EmissionPoint:
    """Open an emission point in an establishment.

    Raises:
        WorkflowError: `already_exists`.
    """
    actor.require("company.manage")
    establishment = Establishment.objects.get(pk=establishment_id)
    point = _create(EmissionPoint(establishment=establishment, code=code, name=name))
    record("emission_point.created", point, actor=actor, after=_values(point))
    return point


@transaction.atomic
def add_series(
    *,
    emission_point_id: int,
    document_type: str = DocumentType.INVOICE,
    start_number: int = 1,
    limit_number: int | None = None,
    actor: Actor,
) -> Series:
    """Open a series; `start_number` continues the numbering of another system.

    Raises:
        WorkflowError: `already_exists`.
        RuleRefused: `limit_below_last`, `document_type_not_allowed`.
    """
    actor.require("company.manage")
    point = EmissionPoint.objects.select_related("establishment").get(pk=emission_point_id)
    check_type(document_type, Company.objects.get(pk=current_company_id()))
    _check_limit(limit_number, start_number - 1)
    series = _create(
        Series(
            emission_point=point,
            document_type=document_type,
            start_number=start_number,
            last_number=start_number - 1,
            limit_number=limit_number,
        )
    )
    record("series.created", series, actor=actor, after=_values(series))
    return series


@transaction.atomic
def update_establishment(
    establishment_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None
) -> Establishment:
    """Change an establishment's name, address or activity (its code is for life).

    Raises:
        StaleVersion: somebody saved first.
    """
    return _update(Establishment, establishment_id, values, {"name", "address", "active"}, actor, expected_version)


@transaction.atomic
def update_emission_point(
    point_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None
) -> EmissionPoint:
    """Change an emission point's name or activity.

    Raises:
        StaleVersion: somebody saved first.
    """
    return _update(EmissionPoint, point_id, values, {"name", "active"}, actor, expected_version)


@transaction.atomic
def update_series(
    series_id: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None = None
) -> Series:
    """Change a series' limit or activity, and its starting number while nothing was issued in it.

    Raises:
        WorkflowError: `series_in_use`; StaleVersion: somebody saved first.
        RuleRefused: `limit_below_last`.
    """
    actor.require("company.manage")
    series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=series_id)
    start = values.get("start_number", series.start_number)
    if start != series.start_number:
        if series.last_issue_date is not None:
            raise WorkflowError(
                _("La serie %(series)s ya emitió hasta el número %(last)d: su inicio no cambia.")
                % {"series": series, "last": series.last_number},
                code="series_in_use",
            )
        values = values | {"last_number": start - 1}
    _check_limit(values.get("limit_number", series.limit_number), values.get("last_number", series.last_number))
    allowed = {"limit_number", "active", "start_number", "last_number"}
    return _update(Series, series_id, values, allowed, actor, expected_version)


def _check_limit(limit: int | None, last: int) -> None:
    if limit is not None and limit <= last:
        raise RuleRefused(
            _("El límite (%(limit)d) debe ser mayor que el último número usado (%(last)d).")
            % {"limit": limit, "last": last},
            code="limit_below_last",
        )


def _create(row: Any) -> Any:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise WorkflowError(_("Ya existe %(row)s.") % {"row": row}, code="already_exists") from error
    return row


_UPDATED: Final = {
    Establishment: "establishment.updated",
    EmissionPoint: "emission_point.updated",
    Series: "series.updated",
}


def _update(
    model: Any, pk: int, values: dict[str, Any], allowed: set[str], actor: Actor, expected_version: int | None
) -> Any:
    actor.require("company.manage")
    row = model.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    check_version(row.version, expected_version)
    before = _values(row)
    for name in allowed & values.keys():
        setattr(row, name, values[name])
    row.version += 1
    row.save()
    old, new = changes(before, _values(row))
    record(_UPDATED[model], row, actor=actor, before=old, after=new)
    return row


def _values(row: Any) -> dict[str, Any]:
    hidden = {"id", "company", "version"}
    return {field.name: field.value_from_object(row) for field in row._meta.fields if field.name not in hidden}
