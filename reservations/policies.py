"""The rules of holds, cancellations and no-shows: setting them, and which are in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from core import clock
from core.actor import Actor
from core.money import ZERO, cents
from reservations.models import HOLD_MINUTES, NO_SHOW_PERCENT, BookingPolicy, PolicyTier
from reservations.rules import refused

LONGEST_HOLD = 1440  # minutes
LONGEST_NOTICE = 24 * 365  # hours


@dataclass(frozen=True, slots=True)
class Tier:
    """Who cancels less than so many hours before the beginning pays so much of the price."""

    hours_before: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules as they are applied; without a version set, those of the house."""

    hold_minutes: int = HOLD_MINUTES
    no_show_percent: Decimal = NO_SHOW_PERCENT
    tiers: tuple[Tier, ...] = field(default=())

    @property
    def hold_time(self) -> timedelta:
        """Return how long a slot is held for somebody."""
        return timedelta(minutes=self.hold_minutes)

    def cancel_percent(self, before: timedelta) -> Decimal:
        """Return what part of the price cancelling so long before the beginning costs; the strictest tier wins."""
        applying = (tier.percent for tier in self.tiers if before < timedelta(hours=tier.hours_before))
        return max(applying, default=ZERO)


def in_force() -> BookingPolicy | None:
    """Return the latest version of the rules; None before anybody set any."""
    return BookingPolicy.objects.order_by("-pk").first()


def rules_of(policy: BookingPolicy | None) -> Rules:
    """Return the rules of a version, or those of the house."""
    if policy is None:
        return Rules()
    tiers = tuple(Tier(row.hours_before, row.percent) for row in policy.tiers.all())
    return Rules(policy.hold_minutes, policy.no_show_percent, tiers)


@transaction.atomic
def set_rules(rules: Rules, *, actor: Actor) -> BookingPolicy:
    """Put new rules in force. What is already booked keeps those it was booked under.

    Raises:
        RuleRefused: `hold_too_long`, `percent_out_of_range`, `hours_out_of_range`, `repeated_tier`.
    """
    actor.require("reservations.setup")
    _check(rules)
    before = _told(rules_of(in_force()))
    policy = BookingPolicy.objects.create(
        hold_minutes=rules.hold_minutes,
        no_show_percent=rules.no_show_percent,
        created_by_id=actor.user_id,
        created_at=clock.now(),
    )
    PolicyTier.objects.bulk_create(
        PolicyTier(policy=policy, hours_before=tier.hours_before, percent=tier.percent) for tier in rules.tiers
    )
    record("booking_policy.set", policy, actor=actor, before=before, after=_told(rules))
    return policy


def _told(rules: Rules) -> dict[str, object]:
    return {
        "hold_minutes": rules.hold_minutes,
        "no_show_percent": rules.no_show_percent,
        "tiers": tiers_said(rules.tiers),
    }


def tiers_said(tiers: Sequence[Tier]) -> list[str]:
    """Say what cancelling costs, the shortest notice first."""
    return [
        _("menos de %(hours)d h antes: %(percent)s %%")
        % {"hours": tier.hours_before, "percent": percent_said(tier.percent)}
        for tier in sorted(tiers, key=lambda tier: tier.hours_before)
    ]


def percent_said(percent: Decimal) -> str:
    """Say a percentage without needless zeros: `50`, `12,5`."""
    return f"{percent.normalize():f}".replace(".", ",")


def _check(rules: Rules) -> None:
    if not 1 <= rules.hold_minutes <= LONGEST_HOLD:
        message = _("Un apartado dura entre 1 y %(longest)d minutos.") % {"longest": LONGEST_HOLD}
        raise refused("hold_minutes", "hold_too_long", message)
    _check_percent("no_show_percent", rules.no_show_percent, least=ZERO)
    for tier in rules.tiers:
        _check_percent("tiers", tier.percent, least=Decimal("0.01"))
        if not 1 <= tier.hours_before <= LONGEST_NOTICE:
            message = _("Las horas antes del inicio van de 1 a %(longest)d.") % {"longest": LONGEST_NOTICE}
            raise refused("tiers", "hours_out_of_range", message)
    if len({tier.hours_before for tier in rules.tiers}) < len(rules.tiers):
        raise refused("tiers", "repeated_tier", _("Hay dos cargos para el mismo número de horas."))


def _check_percent(name: str, percent: Decimal, *, least: Decimal) -> None:
    if not least <= percent <= 100 or percent != cents(percent):
        raise refused(name, "percent_out_of_range", _("El cargo va de 0 a 100 %, con dos decimales como máximo."))
