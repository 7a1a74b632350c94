"""The only way in: somebody is invited by mail, follows the link within a week, and belongs.

The link's token is not stored: it is derived from the row and SECRET_KEY, and the row keeps its hash. Sending the
invitation again moves its expiry, and so makes another token; the earlier link is dead.
"""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from audit.log import record
from companies.models import Invitation, Membership, User
from companies.roles import Role
from core import clock
from core.actor import Actor
from core.crypto import digest
from core.errors import FieldError, RuleRefused, WorkflowError
from core.tenancy import all_companies, company_context

LIFE: Final = timedelta(days=7)


@transaction.atomic
def invite(*, email: str, name: str, role: str, actor: Actor) -> Invitation:
    """Ask somebody to join the active company; the mail follows at once.

    Raises:
        Forbidden: inviting an owner takes `owners.manage` (D24).
        WorkflowError: `already_member`, `already_invited`.
    """
    actor.require("members.manage")
    if Role(role) == Role.OWNER:
        actor.require("owners.manage")
    email = email.strip().lower()
    if Membership.objects.active().filter(user__email=email).exists():
        raise WorkflowError(_("%(email)s ya tiene acceso.") % {"email": email}, code="already_member")
    _withdraw_expired(email, actor)
    invitation = Invitation(
        email=email, name=name.strip(), role=role, invited_by_id=actor.user_id, created_at=clock.now()
    )
    _prepare(invitation)
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        raise WorkflowError(
            _("%(email)s ya tiene una invitación abierta: vuelva a enviarla si no le llegó.") % {"email": email},
            code="already_invited",
        ) from error
    record("invitation.created", invitation, actor=actor, after=_values(invitation))
    return invitation


@transaction.atomic
def resend(invitation_id: int, *, actor: Actor) -> Invitation:
    """Send an invitation again, with a new link and another week; the earlier link is dead.

    Raises:
        WorkflowError: `invitation_accepted`, `invitation_revoked`.
    """
    actor.require("members.manage")
    invitation = _lock(invitation_id)
    if invitation.role == Role.OWNER:
        actor.require("owners.manage")
    _prepare(invitation)
    invitation.save()
    record("invitation.resent", invitation, actor=actor, after=_values(invitation))
    return invitation


@transaction.atomic
def revoke(invitation_id: int, *, actor: Actor) -> Invitation:
    """Take an invitation back: its link is dead.

    Raises:
        WorkflowError: `invitation_accepted`, `invitation_revoked`.
    """
    actor.require("members.manage")
    return _end(_lock(invitation_id), actor)


def by_token(token: str) -> Invitation:
    """Return the invitation of a link, with its company, whatever became of it.

    Raises:
        Invitation.DoesNotExist: no link was ever like that, or a later one replaced it.
    """
    with all_companies():
        return Invitation.objects.select_related("company", "invited_by").get(token_hash=digest(token))


def invited_person(invitation: Invitation) -> User | None:
    """Return the person who has the invitation's address already."""
    return User.objects.filter(email=invitation.email).first()


def check_open(invitation: Invitation) -> None:
    """Refuse an invitation that cannot be accepted any more.

    Raises:
        WorkflowError: `invitation_accepted`, `invitation_revoked`, `invitation_expired`.
    """
    _refuse_answered(invitation)
    if invitation.expires_at <= clock.now():
        raise WorkflowError(
            _("La invitación venció. Pida que se la envíen otra vez."),
            code="invitation_expired",
        )


def accept_as_new(token: str, *, name: str, password: str, actor: Actor) -> Membership:
    """Join as somebody who was not here before: the person is made, with the password they chose.

    Raises:
        WorkflowError: as `check_open`; `person_exists`: the address has an account, which must sign in.
        RuleRefused: `name_required`, `password_weak`.
    """
    found = by_token(token)
    with company_context(found.company.pk), transaction.atomic():
        invitation = _lock_open(found.pk, token)
        user = _make_person(invitation, name, password)
        return _join(invitation, user, replace(actor, kind="user", label=user.name, user_id=user.pk))


def accept_as(token: str, user: User, *, actor: Actor) -> Membership:
    """Join with the account one has.

    Raises:
        WorkflowError: as `check_open`; `invited_somebody_else`: the invitation is another person's.
    """
    found = by_token(token)
    with company_context(found.company.pk), transaction.atomic():
        invitation = _lock_open(found.pk, token)
        if user.email != invitation.email:
            raise WorkflowError(
                _("La invitación es para %(invited)s y usted ingresó como %(user)s.")
                % {"invited": invitation.email, "user": user.email},
                code="invited_somebody_else",
            )
        return _join(invitation, user, actor)


def token_of(invitation: Invitation) -> str:
    """Return the token of the invitation's present link."""
    said = f"{invitation.company_id}:{invitation.email}:{invitation.expires_at.isoformat()}"
    mac = salted_hmac("companies.invitations", said, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


# Steps


def _prepare(invitation: Invitation) -> None:
    """Make a new link and put the mail in line."""
    invitation.expires_at = clock.now() + LIFE
    invitation.token_hash = digest(token_of(invitation))
    invitation.next_attempt_at, invitation.mailed_at = clock.now(), None
    invitation.mail_attempts, invitation.mail_problem = 0, ""


def _join(invitation: Invitation, user: User, actor: Actor) -> Membership:
    """Give the person their role; who was here before comes back in the same row."""
    membership = Membership.objects.select_for_update(of=("self",), no_key=True).filter(user=user).first()
    if membership and membership.ended_at is None:
        raise WorkflowError(_("Ya tiene acceso a esta empresa."), code="already_member")
    came_back = membership is not None
    membership = membership or Membership(user=user, created_at=clock.now())
    membership.role, membership.ended_at = invitation.role, None
    membership.version += came_back
    membership.save()
    invitation.accepted_at, invitation.next_attempt_at = clock.now(), None
    invitation.save(update_fields=["accepted_at", "next_attempt_at"])
    record("invitation.accepted", invitation, actor=actor, after=_values(invitation))
    action = "membership.restored" if came_back else "membership.created"
    record(action, membership, actor=actor, after={"email": user.email, "role": membership.role})
    return membership


def _make_person(invitation: Invitation, name: str, password: str) -> User:
    if not name.strip():
        raise _refused("name", "name_required", _("Escriba su nombre."))
    person = User(email=invitation.email, name=name.strip())
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise _refused("password", "password_weak", " ".join(error.messages)) from error
    try:
        with transaction.atomic():
            return User.objects.create_user(invitation.email, password, name=name.strip())
    except IntegrityError as error:
        raise WorkflowError(
            _("%(email)s ya tiene una cuenta: ingrese con ella para aceptar.") % {"email": invitation.email},
            code="person_exists",
        ) from error


def _withdraw_expired(email: str, actor: Actor) -> None:
    for old in Invitation.objects.unanswered().select_for_update(of=("self",), no_key=True).filter(email=email):
        if old.state == "expired":
            _end(old, actor)


def _end(invitation: Invitation, actor: Actor) -> Invitation:
    invitation.revoked_at, invitation.next_attempt_at = clock.now(), None
    invitation.save(update_fields=["revoked_at", "next_attempt_at"])
    record("invitation.revoked", invitation, actor=actor, after=_values(invitation))
    return invitation


def _lock(invitation_id: int) -> Invitation:
    invitation = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=invitation_id)
    _refuse_answered(invitation)
    return invitation


def _lock_open(invitation_id: int, token: str) -> Invitation:
    invitation = _lock(invitation_id)
    if invitation.token_hash != digest(token):  # sent again in between: this link is dead
        raise Invitation.DoesNotExist
    check_open(invitation)
    return invitation


def _refuse_answered(invitation: Invitation) -> None:
    if invitation.accepted_at:
        raise WorkflowError(_("La invitación ya fue aceptada."), code="invitation_accepted")
    if invitation.revoked_at:
        raise WorkflowError(_("La invitación fue retirada por la empresa."), code="invitation_revoked")


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])


def _values(invitation: Invitation) -> dict[str, str]:
    return {"email": invitation.email, "name": invitation.name, "role": invitation.role}
