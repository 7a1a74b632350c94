"""What SRI's workers do about certificates: say in time that one will expire."""

from core.actor import Actor
from core.jobs import enqueue_due
from sri import workflow
from sri.models import Certificate


def alarm(certificate_id: int) -> None:
    """Say that a certificate will expire, if that is due; done twice, it is said once."""
    workflow.tell_expiry(certificate_id, actor=Actor.job("certificates"))


def sweep_certificate_alarms() -> int:
    """Queue the certificates of which it is time to say that they will expire."""
    return enqueue_due(Certificate.unscoped.all(), "next_alarm_at", "sri.jobs.alarm")
