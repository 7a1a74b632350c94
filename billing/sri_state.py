"""How a company stands with SRI now: what waits, what was refused, what keeps it from issuing, in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, TextChoices
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext_lazy as _

from billing.models import Authorization, Document, IssuerPause, Series, Stage, Status, Transmission
from companies.models import Company
from core import clock
from sri.models import Certificate, Host

OPEN: Final = (Authorization.PENDING, Authorization.SENT)
UNFINISHED: Final = (*OPEN, Authorization.REJECTED)
LATE_AFTER: Final = timedelta(minutes=1)  # transmission is immediate by law: longer than this, people know
CERTIFICATE_NOTICE: Final = timedelta(days=30)


class SriState(TextChoices):
    """Where a document that SRI has not authorized stands; one that is voided here is in none of them."""

    PENDING = "pending", _("Pendientes en el SRI")
    LATE = "late", _("Más de un minuto sin autorización")
    REJECTED = "rejected", _("Rechazadas por el SRI")
    BLOCKED = "blocked", _("Detenidas")


def in_state(documents: QuerySet[Document], state: str) -> QuerySet[Document]:
    """Keep the documents in one of the states."""
    live = documents.exclude(status=Status.VOIDED)
    match state:
        case SriState.REJECTED:
            return live.filter(authorization=Authorization.REJECTED)
        case SriState.LATE:
            return live.filter(authorization__in=OPEN, issued_at__lt=clock.now() - LATE_AFTER)
        case SriState.BLOCKED:
            held = Transmission.objects.filter(document=OuterRef("pk"), stage=Stage.BLOCKED)
            return live.filter(Exists(held), authorization__in=OPEN)
        case _:
            return live.filter(authorization__in=OPEN)


def unfinished() -> QuerySet[Document]:
    """Return the documents, invoices and notes, that SRI has not authorized and that are not voided."""
    return Document.objects.live().filter(authorization__in=UNFINISHED).exclude(status=Status.VOIDED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A company's standing: documents by state, open pauses, series in doubt, its certificate, and the line."""

    pending: int
    late: int
    rejected: int
    pauses: tuple[dict[str, Any], ...]
    doubts: tuple[dict[str, Any], ...]
    certificate_until: datetime | None
    can_sign: bool
    line_down_since: datetime | None

    @property
    def certificate_days(self) -> int | None:
        """Return the local days until the certificate expires; negative once it has, None without one."""
        if self.certificate_until is None:
            return None
        return (clock.local(self.certificate_until).date() - clock.today()).days


def standing(company: Company) -> Standing:
    """Return how the active company stands."""
    documents = Document.objects.live()
    in_use, now = Certificate.objects.in_use(), clock.now()
    pause = JSONObject(pk="pk", code="code", reason="reason", establishment="establishment__code")
    facts: dict[str, Any] = {
        "pending": _count(in_state(documents, SriState.PENDING)),
        "late": _count(in_state(documents, SriState.LATE)),
        "rejected": _count(in_state(documents, SriState.REJECTED)),
        "pauses": ArraySubquery(IssuerPause.objects.filter(ended_at=None).order_by("since").values(json=pause)),
        "doubts": ArraySubquery(Series.objects.exclude(doubt="").values(json=JSONObject(pk="pk", doubt="doubt"))),
        "certificate_until": Subquery(in_use.order_by("-valid_until").values("valid_until")[:1]),
        "can_sign": Exists(in_use.filter(valid_from__lte=now, valid_until__gt=now)),
        "line_down_since": Subquery(Host.objects.filter(pk=company.environment).values("opened_at")[:1]),
    }
    found: dict[str, Any] = Company.objects.filter(pk=company.pk).values(**facts).get()  # type: ignore[assignment]
    return Standing(**found | {"pauses": tuple(found["pauses"]), "doubts": tuple(found["doubts"])})


def _count(documents: QuerySet[Document]) -> Coalesce:
    counted = documents.order_by().values("company_id").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())
