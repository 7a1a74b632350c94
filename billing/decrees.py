"""The dated tables of the law: a decree is a new row, entered by whoever administers the installation (D4)."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.models import TaxRate
from core.actor import Actor
from core.errors import FieldError, Forbidden, RuleRefused


@transaction.atomic
def enter_rate(rate: TaxRate, *, actor: Actor) -> TaxRate:
    """Save a new or an ended rate. One without end takes the place of the one in force, which ends the day before.

    Documents keep the rate they were issued with.

    Raises:
        Forbidden: the actor is a company's, not the installation's.
        RuleRefused: `ends_before_it_begins`, `rates_overlap`.
    """
    if not actor.may("*"):
        raise Forbidden("installation")
    if rate.valid_to and rate.valid_to < rate.valid_from:
        raise _refused("ends_before_it_begins", _("La tarifa termina antes de empezar."))
    if rate.valid_to is None:
        present = TaxRate.objects.select_for_update(no_key=True).filter(category=rate.category, valid_to=None)
        present.filter(valid_from__lt=rate.valid_from).exclude(pk=rate.pk).update(
            valid_to=rate.valid_from - timedelta(days=1)
        )
    try:
        with transaction.atomic():
            rate.save()
    except IntegrityError as error:
        raise _refused("rates_overlap", _("Otra tarifa de la categoría ya rige alguno de esos días.")) from error
    return rate


def _refused(code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field="valid_to", code=code, message=message)])
