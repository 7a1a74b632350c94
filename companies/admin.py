"""Companies and people in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from companies import api_keys, members, people, workflow
from companies.models import AlertMail, ApiKey, Company, Invitation, Membership, User
from core.actor import Actor
from core.admin import InstallationWideAdmin, VersionedForm, ViewAdmin, WorkflowAdmin, each_in_its_company
from core.ids import whole
from core.tenancy import company_context, current_company_id


class CompanyForm(VersionedForm):
    """A company, and for a new one its owner."""

    owner = forms.EmailField(
        label=_("correo de quien será propietario"),
        required=False,
        help_text=_("Si ya tiene cuenta entra de inmediato; si no, recibe una invitación."),
    )


def _update_company(pk: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None) -> Company:
    return workflow.update_profile(values, actor=actor, expected_version=expected_version)


@admin.register(Company)
class CompanyAdmin(WorkflowAdmin):
    """Companies: opened and changed through their workflow."""

    form = CompanyForm
    editable = workflow.PROFILE
    update = _update_company
    list_display = ("__str__", "ruc", "environment", "e_invoicing", "created_at")
    list_filter = ("environment", "e_invoicing", "rimpe")
    search_fields = ("ruc", "legal_name", "trade_name")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Open companies here: people of a company cannot."""
        return bool(request.user.is_superuser)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for environment and owner once, when the company is opened."""
        return super().get_fields(request, obj) if obj else ["environment", *workflow.PROFILE, "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what is not editable, once there is something to show."""
        return super().get_readonly_fields(request, obj) if obj else ()

    def company_of(self, object_id: str) -> int | None:
        """Return the company itself."""
        return whole(object_id)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Enter the company that is about to be, before the transaction that opens it."""
        if request.method != "POST":
            return super().add_view(request, form_url, extra_context)
        with company_context(workflow.next_id()):
            response: Any = super().add_view(request, form_url, extra_context)
            return response.render() if hasattr(response, "render") else response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Open the company, or change its profile."""
        if change:
            super().save_model(request, obj, form, change)
            return
        email = form.cleaned_data["owner"].strip().lower() or request.user.get_username()
        owner = User.objects.filter(email=email, is_active=True).first()
        obj.pk = current_company_id()
        workflow.open_here(form.cleaned_data, owner=owner or email, actor=request.actor)  # type: ignore[attr-defined]


@admin.register(User)
class UserAdmin(InstallationWideAdmin):
    """People: who may come in at all, and who administers the installation. They come by invitation."""

    editable = people.EDITABLE
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)

    def keep(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change the person."""
        values = {name: form.cleaned_data[name] for name in self.editable}
        people.change_person(obj.pk, values, actor=request.actor)  # type: ignore[attr-defined]


def _change_role(pk: int, values: dict[str, Any], *, actor: Actor, expected_version: int | None) -> Membership:
    return members.change_role(pk, values["role"], actor=actor, expected_version=expected_version)


@admin.register(Membership)
class MembershipAdmin(WorkflowAdmin):
    """Who belongs where: another role here, the end of an access as an action of the list."""

    editable = ("role",)
    update = _change_role
    actions = ("end_access",)
    list_display = ("user", "role", "created_at", "ended_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name")

    @admin.action(description=_("Retirar el acceso a la empresa"), permissions=["change"])
    def end_access(self, request: HttpRequest, queryset: Any) -> None:
        """End the marked accesses."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        rows = queryset.select_related("user")
        ended = each_in_its_company(request, rows, lambda row: members.end_access(row.pk, actor=actor))
        self.message_user(request, ngettext("%d acceso retirado.", "%d accesos retirados.", ended) % ended)


@admin.register(Invitation)
class InvitationAdmin(ViewAdmin):
    """Who was asked to join."""

    list_display = ("email", "role", "created_at", "expires_at", "accepted_at", "revoked_at", "mail_problem")
    search_fields = ("email", "name")


@admin.register(AlertMail)
class AlertMailAdmin(ViewAdmin):
    """What people were told by mail as it happened."""

    list_display = ("address", "entry_id", "attempts", "sent_at", "next_attempt_at", "problem")
    search_fields = ("address",)


@admin.register(ApiKey)
class ApiKeyAdmin(ViewAdmin):
    """The keys of other systems: revoked as an action of the list."""

    actions = ("revoke",)
    list_display = ("name", "prefix", "created_by", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("name", "prefix")

    @admin.action(description=_("Revocar las claves"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Revoke the marked keys."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        revoked = each_in_its_company(request, queryset, lambda row: api_keys.revoke(row.pk, actor=actor))
        self.message_user(request, ngettext("%d clave revocada.", "%d claves revocadas.", revoked) % revoked)
