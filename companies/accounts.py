"""Log-in by allauth, bent to the house: by invitation only, secrets encrypted, sign-ins noted, mail by job."""

import json
from contextlib import nullcontext
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.models import AccessEntry
from companies import credentials
from companies.credentials import SESSION_COMPANY, Caller
from companies.models import Membership, User
from core import crypto
from core.actor import Actor, Door
from core.callers import address_of
from core.jobs import enqueue
from core.tenancy import company_context


class AccountAdapter(DefaultAccountAdapter):
    """How people sign in."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("Esta cuenta ya no tiene acceso."),
        "email_password_mismatch": _("El correo o la contraseña no son correctos."),
        "enter_current_password": _("Escriba su contraseña actual."),
        "incorrect_password": _("La contraseña no es correcta."),
        "too_many_login_attempts": _("Demasiados intentos fallidos. Espere unos minutos e intente de nuevo."),
        "rate_limited": _("Demasiadas peticiones. Espere un momento e intente de nuevo."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let nobody in but by invitation."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Count attempts by the address the rest of the program sees, too."""
        return address_of(request) or "unknown"

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the person in, enter their company, and note it."""
        super().login(request, user)
        caller = note_sign_in(request, user)
        if caller.company:
            request.session[SESSION_COMPANY] = caller.company.pk

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note the failed attempt."""
        note_failure(request, credentials.get("email", ""), "wrong_password")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse and note what comes after too many failures.

        Raises:
            ValidationError: `too_many_login_attempts`.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_failure(request, credentials.get("email", ""), "too_many_login_attempts")
            raise

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Note that somebody without access knew the password."""
        note_failure(request, user.email, "account_inactive")
        return super().respond_user_inactive(request, user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go home after a change of password: there is nothing more to do on that page."""
        return reverse("home")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now and send it by job: an answer takes as long whether the address is known or not."""
        values = {"request": self.request, "email": email, "current_site": get_current_site(self.request)} | context
        message = self.render_mail(template_prefix, email, values)
        html = next((str(part.content) for part in getattr(message, "alternatives", [])), "")
        letter = {"subject": message.subject, "text": message.body, "html": html, "to": message.to}
        enqueue("companies.jobs.send_letter", crypto.encrypt(json.dumps(letter)))


class MFAAdapter(DefaultMFAAdapter):
    """The second step: its secrets are encrypted with FIELD_KEYS."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("El código no es correcto, ya se usó o venció."),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt a TOTP secret, or the seed of the recovery codes."""
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt it."""
        return crypto.decrypt(encrypted_text)


def note_sign_in(request: HttpRequest, user: User, company_id: int | None = None) -> Caller:
    """Note that a person came in, in the access log of the company they enter: the given one, else their first."""
    door: Door = request.actor.door  # type: ignore[attr-defined]
    caller = credentials.of_user(request, user, door, wanted=None, preferred=company_id)
    with company_context(caller.company.pk) if caller.company else nullcontext():
        log.access(AccessEntry.Kind.SIGN_IN, actor=caller.actor, request=request)
    return caller


def enter(request: HttpRequest, membership: Membership) -> None:
    """Move the session to another of the person's companies, whose access log says so."""
    request.session[SESSION_COMPANY] = membership.company_id
    note_sign_in(request, membership.user, company_id=membership.company_id)


def note_failure(request: HttpRequest, email: str, code: str) -> None:
    """Note a failed sign-in: for each company the person belongs to, else for the installation.

    An address nobody has is not written down: people type their passwords into the wrong field.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    actor: Actor = request.actor  # type: ignore[attr-defined]
    companies = [row.company_id for row in credentials.memberships_of(user)] if user else []
    detail = user.email if user else ""
    for company_id in companies or [None]:
        with company_context(company_id) if company_id else nullcontext():
            log.access(AccessEntry.Kind.SIGN_IN_FAILED, actor=actor, request=request, code=code, detail=detail)


def note_wrong_code(request: HttpRequest, user: User, **said: Any) -> None:
    """Note a wrong code of the second step (a receiver of allauth's signal)."""
    note_failure(request, user.email, "wrong_code")
