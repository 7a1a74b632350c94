"""The pages of people: who belongs, with what role, until when."""

from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from companies import members
from companies.forms import EndAccessForm, RoleForm
from companies.models import Invitation, Membership
from companies.tables import MemberTable
from core.editing import FormPage
from core.listing import Empty, ListPage
from core.views import Text, done


class Members(ListPage):
    """Lists the people and the invitations that wait for an answer."""

    permissions = ("members.manage",)
    title = gettext_lazy("Personas")
    subtitle = gettext_lazy("Quién entra a esta empresa y qué puede hacer en ella.")
    table_class = MemberTable
    template = "companies/members.html"
    default_ordering = "id"
    new_url, new_label = "companies:invite", gettext_lazy("Invitar a alguien")
    new_permissions = ("members.manage",)
    empty = Empty(
        gettext_lazy("Todavía no hay nadie"),
        gettext_lazy("Invite a quien trabaja con usted: entra con su propio correo y ve lo que su rol permite."),
        "users",
        "companies:invite",
        gettext_lazy("Invitar a alguien"),
        "members.manage",
    )

    def queryset(self) -> QuerySet:
        """Return everybody, those who left included."""
        return Membership.objects.select_related("user")

    def context(self) -> dict[str, Any]:
        """Add the invitations nobody has answered."""
        return {"invitations": Invitation.objects.unanswered().select_related("invited_by").order_by("-pk")}


class MemberPage(FormPage):
    """Base of the pages about one person's access."""

    permissions = ("members.manage",)

    def prepare(self) -> None:
        """Read the membership; one that ended has nothing to change."""
        live = Membership.objects.select_related("user").filter(ended_at=None)
        self.membership = live.get(pk=self.kwargs["pk"])
        self.title, self.subtitle = str(self.membership.user), self.membership.user.email

    def initial(self) -> dict[str, Any]:
        """Carry the version, and show the present role."""
        return {"version": self.membership.version, "role": self.membership.role}

    def cancel_url(self) -> str:
        """Lead back to the list."""
        return reverse("companies:members")

    def crumbs(self) -> list[tuple[Text, str]]:
        """Return the list."""
        return [(_("Personas"), reverse("companies:members"))]


class ChangeRole(MemberPage):
    """Gives a person another role."""

    template = "companies/member.html"
    submit_label = gettext_lazy("Guardar el rol")
    form_class = RoleForm

    def make_form(self, *data: Any) -> RoleForm:
        """Offer the roles this person may give."""
        form = super().make_form(*data)
        form.offer(self.actor, self.membership)
        return form

    def save(self, form: BaseForm) -> HttpResponse:
        """Save the role."""
        values = form.cleaned_data
        changed = members.change_role(
            self.membership.pk, values["role"], actor=self.actor, expected_version=values["version"]
        )
        said = _("%(person)s ahora es: %(role)s.") % {"person": changed.user, "role": changed.get_role_display()}
        return done(self.request, said, "companies:members")

    def context(self) -> dict[str, Any]:
        """Show whose access it is."""
        return {"membership_shown": self.membership}


class EndAccess(MemberPage):
    """Ends a person's access, after saying what that means."""

    template = "components/confirm_page.html"
    submit_label = gettext_lazy("Retirar el acceso")
    form_class = EndAccessForm

    def prepare(self) -> None:
        """Read the membership, and the keys that would stay behind."""
        super().prepare()
        self.title = _("Retirar el acceso de %(person)s") % {"person": self.membership.user}
        self.keys = members.keys_of(self.membership).count()

    def make_form(self, *data: Any) -> EndAccessForm:
        """Ask about keys only where there are any."""
        form = super().make_form(*data)
        if not self.keys:
            del form.fields["revoke_keys"]
        return form

    def save(self, form: BaseForm) -> HttpResponse:
        """End the access."""
        members.end_access(
            self.membership.pk,
            revoke_keys=form.cleaned_data.get("revoke_keys", True),
            actor=self.actor,
            expected_version=form.cleaned_data["version"],
        )
        said = _("%(person)s ya no tiene acceso.") % {"person": self.membership.user}
        return done(self.request, said, "companies:members")

    def context(self) -> dict[str, Any]:
        """List the consequences."""
        keys = ngettext(
            "Creó una clave de API que todavía sirve.", "Creó %(count)d claves de API que todavía sirven.", self.keys
        )
        consequences = [
            {"text": _("Deja de entrar ahora mismo, también donde tiene la sesión abierta."), "icon": "lock"},
            {"text": _("Lo que hizo queda con su nombre en la historia."), "icon": "history", "tone": "info"},
            {"text": _("Para que vuelva, habrá que invitarle de nuevo."), "icon": "mail", "tone": "info"},
        ]
        if self.keys:
            consequences.append({"text": keys % {"count": self.keys}, "icon": "key"})
        return {"consequences": consequences}
