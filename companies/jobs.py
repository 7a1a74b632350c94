"""What companies' workers do: write to people."""

import json
import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from companies.invitations import token_of
from companies.models import Invitation
from core import clock, crypto
from core.jobs import enqueue_due

# Waiting times after a failed attempt; after the last one a person must send the invitation again.
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))

logger = logging.getLogger(__name__)


def send_letter(sealed: str) -> None:
    """Send a mail of log-in (a new password, a notice) that was written when it was asked for."""
    letter = json.loads(crypto.decrypt(sealed))
    message = EmailMultiAlternatives(letter["subject"], letter["text"], to=letter["to"])
    if letter["html"]:
        message.attach_alternative(letter["html"], "text/html")
    message.send()


def mail_invitation(invitation_id: int) -> None:
    """Send an invitation whose mail is due; done twice, it is the same message twice."""
    found = Invitation.objects.unanswered().filter(pk=invitation_id, next_attempt_at__isnull=False)
    invitation = found.select_related("company", "invited_by").first()
    if invitation is None:
        return
    try:
        _letter(invitation).send()
    except OSError as problem:  # what smtplib and sockets raise
        logger.warning("An invitation could not be mailed", extra={"invitation": invitation.pk}, exc_info=True)
        _note(invitation, problem=str(problem))
    else:
        _note(invitation)


def forget_sessions() -> None:
    """Remove the sessions that have ended; a daily job."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()


def sweep_invitations() -> int:
    """Queue the invitations whose mail is due."""
    return enqueue_due(Invitation.unscoped.all(), "next_attempt_at", "companies.jobs.mail_invitation")


def _letter(invitation: Invitation) -> EmailMultiAlternatives:
    context = {
        "invitation": invitation,
        "url": settings.BASE_URL + reverse("open_invitation", args=[token_of(invitation)]),
    }
    message = EmailMultiAlternatives(
        render_to_string("mail/invitation_subject.txt", context).strip(),
        render_to_string("mail/invitation.txt", context),
        to=[invitation.email],
        headers={"Message-ID": f"<invitation-{invitation.token_hash[:32]}@{settings.BASE_HOST}>"},
    )
    message.attach_alternative(render_to_string("mail/invitation.html", context), "text/html")
    return message


@transaction.atomic
def _note(sent: Invitation, *, problem: str = "") -> None:
    """Record the attempt, unless the invitation was sent anew or answered meanwhile."""
    row = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=sent.pk)
    if row.token_hash != sent.token_hash or row.next_attempt_at is None:
        return
    row.mail_attempts += 1
    row.mail_problem = problem[:300]
    row.mailed_at = None if problem else clock.now()
    left = PAUSES[row.mail_attempts - 1 :]
    row.next_attempt_at = clock.now() + left[0] if problem and left else None
    row.save(update_fields=["mail_attempts", "mail_problem", "mailed_at", "next_attempt_at"])
