"""Templates of lines: what is billed again and again, kept under a name and put on a draft in one act.

A template says as little as a person wrote: what is empty is taken from the product when it is used, so that its price
of that day counts. The draft has its own copies; a template never changes a document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.log import changes, record
from billing.drafts import DraftLine, check_lines
from billing.entered import as_entered
from billing.models import Document, LineTemplate, Product, TemplateLine
from billing.totals import Discount
from core.actor import Actor
from core.errors import FieldError, RuleRefused, WorkflowError, check_version


@dataclass(frozen=True, slots=True)
class TemplateInput:
    """Everything a person enters for a template."""

    name: str
    lines: tuple[DraftLine, ...]
    active: bool = True


@transaction.atomic
def create(entered: TemplateInput, *, actor: Actor) -> LineTemplate:
    """Keep lines under a name.

    Raises:
        WorkflowError: `template_exists`: the name is taken.
        RuleRefused: `name_required`, and what lines refuse when they are billed.
        ObjectDoesNotExist: a product is not this company's.
    """
    actor.require("products.manage")
    template = LineTemplate()
    _store(template, entered)
    record("line_template.created", template, actor=actor, after=_values(template))
    return template


@transaction.atomic
def update(
    template_id: int, entered: TemplateInput, *, actor: Actor, expected_version: int | None = None
) -> LineTemplate:
    """Replace what a template says, or put it away; documents made with it stay as they are.

    Raises:
        WorkflowError, RuleRefused, ObjectDoesNotExist: as `create`; StaleVersion: somebody saved first.
    """
    actor.require("products.manage")
    template = LineTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template_id)
    check_version(template.version, expected_version)
    before = _values(template)
    template.version += 1
    _store(template, entered)
    old, new = changes(before, _values(template))
    record("line_template.updated", template, actor=actor, before=old, after=new)
    return template


@transaction.atomic
def keep(document_id: int, name: str, *, actor: Actor) -> LineTemplate:
    """Keep the lines of a draft or an invoice as a template, at the prices they have there.

    Raises:
        WorkflowError, RuleRefused: as `create`.
        Document.DoesNotExist: it is no invoice of this company.
    """
    document = Document.objects.invoices().get(pk=document_id)
    return create(TemplateInput(name, as_entered(document, free=True).lines), actor=actor)


def lines_of(template: LineTemplate) -> tuple[DraftLine, ...]:
    """Return a template's lines as a person would enter them on a draft."""
    return tuple(
        DraftLine(
            quantity=row.quantity,
            product_id=row.product_id,
            description=row.description,
            unit_price=row.unit_price,
            price_includes_tax=row.price_includes_tax,
            tax_category=row.tax_category,
            discount=Discount(row.discount_value, row.discount_is_percent),
        )
        for row in template.lines.all()
    )


def to_insert(template: LineTemplate) -> tuple[DraftLine, ...]:
    """Return a template's lines completed with what their products say now, as a person sees them on the draft.

    A line whose product is no longer sold stays if it says text and price by itself, and is left out otherwise.
    """
    lines = lines_of(template)
    products = Product.objects.live().in_bulk([line.product_id for line in lines if line.product_id])
    completed = [_completed(line, products.get(line.product_id or 0)) for line in lines]
    return tuple(line for line in completed if line.description and line.unit_price is not None)


def _completed(line: DraftLine, product: Product | None) -> DraftLine:
    if product is None:
        return replace(line, product_id=None)
    own_price = line.unit_price is not None
    return replace(
        line,
        description=line.description or product.name,
        unit_price=line.unit_price if own_price else product.unit_price,
        price_includes_tax=line.price_includes_tax if own_price else product.price_includes_tax,
        tax_category=line.tax_category or product.tax_category,
    )


def _store(template: LineTemplate, entered: TemplateInput) -> None:
    template.name, template.active = " ".join(entered.name.split()), entered.active
    if not template.name:
        raise _refused(RuleRefused, "name_required", _("Escriba el nombre de la plantilla."))
    check_lines(entered.lines)
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        message = _("Ya existe una plantilla llamada «%(name)s».") % {"name": template.name}
        raise _refused(WorkflowError, "template_exists", message) from error
    template.lines.all().delete()
    TemplateLine.objects.bulk_create(_rows(template, entered.lines))


def _rows(template: LineTemplate, lines: Sequence[DraftLine]) -> list[TemplateLine]:
    return [
        TemplateLine(
            template=template,
            position=position,
            product_id=line.product_id,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            price_includes_tax=line.price_includes_tax,
            discount_value=line.discount.value,
            discount_is_percent=line.discount.is_percent,
            tax_category=line.tax_category,
        )
        for position, line in enumerate(lines, start=1)
    ]


def _refused(kind: type[WorkflowError], code: str, message: str) -> WorkflowError:
    return kind(message, code=code, fields=[FieldError(field="name", code=code, message=message)])


def _values(template: LineTemplate) -> dict[str, Any]:
    lines = [str(line) for line in template.lines.select_related("product")]
    return {"name": template.name, "active": template.active, "lines": lines}
