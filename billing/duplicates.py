"""Customers that are probably the same: a cédula and its RUC, one mail, one name written in two ways."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.models import Customer, IdentificationType
from core.search import normalize

MOST_GROUPS: Final = 100
MOST_IN_A_GROUP: Final = 10
MOST_NAMES: Final = 100_000
ROOT: Final = 10  # digits of a cédula, which are the first of its holder's RUC
FORMS_OF_COMPANY: Final = {"sa", "s", "a", "cia", "ltda", "sas", "cl", "ca", "de", "del", "la", "y"}


@dataclass(frozen=True, slots=True)
class Group:
    """Customers that are probably the same, the one with most documents first, and why."""

    why: tuple[str | Promise, ...]
    customers: tuple[Customer, ...]


def groups() -> list[Group]:
    """Return the company's probable duplicates, the surest first."""
    why: dict[tuple[int, ...], list[str | Promise]] = {}
    for reason, found in (
        (_("misma cédula o RUC"), _by_root()),
        (_("mismo correo"), _by_mail()),
        (_("nombre muy parecido"), _by_name()),
    ):
        for ids in found:
            why.setdefault(ids, []).append(reason)
    chosen = list(why.items())[:MOST_GROUPS]
    wanted = {pk for ids, _reasons in chosen for pk in ids}
    rows = Customer.objects.live().filter(pk__in=wanted).annotate(documents_count=Count("documents"))
    by_id = {row.pk: row for row in rows}
    return [Group(tuple(reasons), _ordered(by_id[pk] for pk in ids)) for ids, reasons in chosen]


def _ordered(customers: Iterable[Customer]) -> tuple[Customer, ...]:
    return tuple(sorted(customers, key=lambda row: (-row.documents_count, row.pk)))  # type: ignore[attr-defined]


def _by_root() -> list[tuple[int, ...]]:
    numbered = Q(identification_type__in=(IdentificationType.RUC, IdentificationType.CEDULA))
    return _sharing(Customer.objects.live().filter(numbered).annotate(shared=Left("identification", ROOT)))


def _by_mail() -> list[tuple[int, ...]]:
    return _sharing(Customer.objects.live().exclude(email="").annotate(shared=Lower("email")))


def _sharing(rows: QuerySet[Any]) -> list[tuple[int, ...]]:
    """Return the ids of the customers that share the annotated value."""
    values = rows.order_by().values("shared").annotate(count=Count("pk")).filter(count__gt=1)
    shared = list(values.order_by("shared").values_list("shared", flat=True)[:MOST_GROUPS])
    pairs = rows.filter(shared__in=shared).order_by("shared", "pk").values_list("shared", "pk")
    return _gathered(pairs)


def _by_name() -> list[tuple[int, ...]]:
    names = Customer.objects.live().exclude(identification_type=IdentificationType.FINAL_CONSUMER)
    pairs = names.order_by("pk").values_list("name", "pk")[:MOST_NAMES]
    return _gathered((_told_apart(name), pk) for name, pk in pairs.iterator())


def _told_apart(name: str) -> str:
    """Return what tells a name from others: its words in order of the alphabet, without signs and forms of company."""
    words = re.sub(r"[^a-z0-9 ]+", " ", normalize(name).replace(".", "")).split()
    return " ".join(sorted(set(words) - FORMS_OF_COMPANY))


def _gathered(pairs: Iterable[tuple[str, int]]) -> list[tuple[int, ...]]:
    found: dict[str, list[int]] = defaultdict(list)
    for value, pk in pairs:
        found[value].append(pk)
    return [tuple(ids[:MOST_IN_A_GROUP]) for value, ids in found.items() if value and len(ids) > 1][:MOST_GROUPS]
