"""Inviting people, and the pages of those who were invited."""

from typing import Any, Final

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies import accounts, invitations
from companies.forms import AcceptForm, InvitationForm
from companies.models import Invitation
from core.editing import SHAPE_REFUSED, FormPage
from core.errors import WorkflowError
from core.views import Text, done, note_refusal, page, show_refusal

LINK: Final = "invitation"  # the token, in the session: it stands in no log, no history and no Referer


class Invite(FormPage):
    """Invites somebody."""

    permissions = ("members.manage",)
    title = gettext_lazy("Invitar a alguien")
    submit_label = gettext_lazy("Enviar la invitación")
    template = "companies/invite.html"
    form_class = InvitationForm

    def make_form(self, *data: Any) -> InvitationForm:
        """Offer the roles this person may give."""
        form = super().make_form(*data)
        form.offer(self.actor)
        return form

    def save(self, form: BaseForm) -> HttpResponse:
        """Send the invitation."""
        sent = invitations.invite(**form.cleaned_data, actor=self.actor)
        return done(self.request, _("Invitación enviada a %(email)s.") % {"email": sent.email}, "companies:members")

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("companies:members")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Personas"), reverse("companies:members"))]


@require_POST
@page("members.manage")
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an invitation again."""
    sent = invitations.resend(pk, actor=request.actor)  # type: ignore[attr-defined]
    said = _("Invitación enviada otra vez a %(email)s. El enlace anterior ya no sirve.") % {"email": sent.email}
    return done(request, said, "companies:members")


@require_POST
@page("members.manage")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    ended = invitations.revoke(pk, actor=request.actor)  # type: ignore[attr-defined]
    return done(request, _("Invitación de %(email)s retirada.") % {"email": ended.email}, "companies:members")


@require_GET
@never_cache
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once, as password resets do."""
    request.session[LINK] = token
    return redirect("accept_invitation")


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password", "again")
def accept(request: HttpRequest) -> HttpResponse:
    """Show the invitation and let its person join: with the account they have, or making one."""
    try:
        invitation = invitations.by_token(request.session.get(LINK, ""))
    except Invitation.DoesNotExist as absent:
        raise Http404 from absent
    try:
        invitations.check_open(invitation)
        return _Accepting(request, invitation).answer()
    except WorkflowError as refusal:
        context = {"invitation": invitation, "refusal": refusal}
        return note_refusal(render(request, "companies/accept.html", context, status=refusal.status), refusal)


class _Accepting:
    """One person at one invitation."""

    def __init__(self, request: HttpRequest, invitation: Invitation) -> None:
        self.request, self.invitation = request, invitation
        self.token: str = request.session[LINK]
        self.person = invitations.invited_person(invitation)

    def answer(self) -> HttpResponse:
        """Show what the person has to do, or let them in."""
        if self.request.user.is_authenticated:
            return self._with_account()
        return self._show({}) if self.person else self._making_one()

    def _with_account(self) -> HttpResponse:
        if self.request.method == "GET":
            return self._show({"is_theirs": self.request.user == self.person})
        actor = self.request.actor  # type: ignore[attr-defined]
        membership = invitations.accept_as(self.token, self.request.user, actor=actor)  # type: ignore[arg-type]
        return self._enter(membership)

    def _making_one(self) -> HttpResponse:
        if self.request.method == "GET":
            return self._show({"form": AcceptForm(initial={"name": self.invitation.name})})
        form = AcceptForm(self.request.POST)
        if not form.is_valid():
            return self._show({"form": form}, SHAPE_REFUSED)
        values, actor = form.cleaned_data, self.request.actor  # type: ignore[attr-defined]
        try:
            membership = invitations.accept_as_new(
                self.token, name=values["name"], password=values["password"], actor=actor
            )
        except WorkflowError as refusal:
            show_refusal(form, refusal)
            return note_refusal(self._show({"form": form}, refusal.status), refusal)
        accounts.AccountAdapter(self.request).login(self.request, membership.user)
        return self._enter(membership)

    def _enter(self, membership: Any) -> HttpResponse:
        self.request.session.pop(LINK, None)
        accounts.enter(self.request, membership)
        messages.success(
            self.request, _("Le damos la bienvenida a %(company)s.") % {"company": self.invitation.company}
        )
        return redirect("home")

    def _show(self, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context |= {
            "invitation": self.invitation,
            "here": reverse("accept_invitation"),
            "link": reverse("open_invitation", args=[self.token]),  # signing out empties the session
        }
        return render(self.request, "companies/accept.html", context, status=status)
