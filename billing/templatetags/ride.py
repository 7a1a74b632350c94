"""Numbers and dates as the printed document writes them.

Unlike Django's own filters they look neither at the active language nor at the active time zone: a document printed
again is the same, whoever asks.
"""

from datetime import date, datetime
from decimal import Decimal

from django import template

from core.money import format_money, format_number

register = template.Library()


@register.filter
def amount(value: Decimal) -> str:
    """Two decimals: 1.234,50."""
    return format_number(value, 2)


@register.filter
def amount_or_dash(value: Decimal) -> str:
    """As `amount`; a dash for zero, which would only be noise in a column of discounts."""
    return format_number(value, 2) if value else "–"


@register.filter
def usd(value: Decimal) -> str:
    """Dollars: $ 1.234,50."""
    return format_money(value)


@register.filter
def quantity(value: Decimal) -> str:
    """As many decimals as it has: 3, 1,5, 0,333333."""
    return format_number(value)


@register.filter
def price(value: Decimal) -> str:
    """Two decimals, or as many as it has beyond, which SRI takes up to six: 12,00, 0,083333."""
    exact = format_number(value)
    return exact if len(exact.partition(",")[2]) > 2 else format_number(value, 2)


@register.filter
def day(value: date) -> str:
    """As Ecuador writes a date: 21/11/2026."""
    return f"{value:%d/%m/%Y}"


@register.filter
def moment(value: datetime) -> str:
    """A date and the time, in the zone it was given in: 21/11/2026 10:15:33."""
    return f"{value:%d/%m/%Y %H:%M:%S}"
