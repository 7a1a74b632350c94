"""What the log does by night: prove the chains, publish their heads, thin the access log."""

from datetime import timedelta
from typing import Final

from audit.heads import every_company, publish, verify_against_published
from audit.models import AccessEntry
from core import clock
from core.jobs import enqueue
from core.tenancy import all_companies

ACCESS_KEPT: Final = timedelta(days=396)  # 13 months (D28)
SLICE: Final = 10_000


class LogDamaged(Exception):
    """A company's log was edited: the failed job and the server's log name each broken entry."""


def publish_heads() -> None:
    """Queue, for each company, the proof of its chain and the publishing of its head."""
    for company_id in every_company():
        enqueue("audit.jobs.publish_head", company_id=company_id)


def publish_head() -> None:
    """Prove the active company's chain against its last published head, and publish its present one.

    Raises:
        LogDamaged: naming every broken entry; no new head is published then.
    """
    verdict = verify_against_published()
    if not verdict.intact:
        raise LogDamaged("\n".join(problem.message for problem in verdict.problems))
    publish(verdict)


def thin_access_log() -> None:
    """Delete what the access log need not keep any longer, a slice at a time."""
    old = clock.now() - ACCESS_KEPT
    with all_companies():
        first = AccessEntry.unscoped.filter(at__lt=old).order_by("at")
        while ids := list(first.values_list("pk", flat=True)[:SLICE]):
            AccessEntry.unscoped.filter(pk__in=ids).delete()
