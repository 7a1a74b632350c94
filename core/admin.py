"""Django admin, for installation administrators only: superusers, signed in like everybody else.

It works across companies and deletes nothing. A model is shown as it is (`ViewAdmin`) or changed through
the workflow that owns its rules (`WorkflowAdmin`); what no company owns (`InstallationWideAdmin`: the dated
tables of the law, people) is written to Django's own log and to the structured log, because an audit entry
belongs to a company.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import WorkflowError
from core.searchable import SearchableModel
from core.tenancy import CompanyModel, company_context

logger = logging.getLogger("cuadre.admin")


class InstallationSite(admin.AdminSite):
    """The admin site: superusers only, through the site's own log-in (so with its limits and second step)."""

    site_header = site_title = _("Administración de Cuadre")
    index_title = _("Esta instalación")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in active superusers."""
        return bool(request.user.is_active and request.user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the site's log-in page; whoever is signed in and still here has no business here.

        Raises:
            PermissionDenied: signed in, but no superuser.
        """
        if request.user.is_authenticated:
            raise PermissionDenied
        back = request.GET.get("next", request.get_full_path())
        return redirect(f"{resolve_url('account_login')}?{urlencode({'next': back})}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the site's own page, which has limits and tells them by mail."""
        return redirect("account_change_password")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the house's own registrations; those of libraries would delete and edit as they please."""
        if admin_class and issubclass(admin_class, ViewAdmin):
            super().register(model_or_iterable, admin_class, **options)


class OfCompany(admin.RelatedOnlyFieldListFilter):
    """Filters a list by company."""


class ViewAdmin(admin.ModelAdmin):
    """Shows rows of every company; changes and deletes nothing."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    of_company: tuple[str, ...] = ("company",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Add nothing."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change nothing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Delete nothing, ever."""
        return False

    @property
    def _in_company(self) -> bool:
        return issubclass(self.model, CompanyModel)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show the company beside each row."""
        shown = super().get_list_display(request)
        return (*shown, "company") if self._in_company and "company" not in shown else shown

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by company first."""
        company = (("company", OfCompany),) if self._in_company else ()
        return (*company, *super().get_list_filter(request))

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Read the relations of the shown columns with the rows."""
        relations = [
            field.name
            for field in self.model._meta.fields
            if isinstance(field, models.ForeignKey) and field.name in self.get_list_display(request)
        ]
        return relations or False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search through the grams where the model has them."""
        if issubclass(self.model, SearchableModel):
            return (queryset.search(search_term) if search_term else queryset), False
        return super().get_search_results(request, queryset, search_term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show every column but those that only machines read."""
        hidden = {"search_text", "search_grams", "secret_hash", "token_hash", "password"}
        if self.fields:
            return self.fields
        return [field.name for field in self.model._meta.fields if field.name not in hidden]


class Update(Protocol):
    """A workflow function that changes one row."""

    def __call__(self, pk: int, values: dict[str, Any], /, *, actor: Actor, expected_version: int | None = None) -> Any:
        """Change the row's values."""


class VersionedForm(forms.ModelForm):
    """Carries the version of the row it was made from, so that a stale edit is refused."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expected_version"].initial = getattr(self.instance, "version", None)


REFUSED: Final = "_refused"


class WorkflowAdmin(ViewAdmin):
    """Changes rows through the workflow that owns their rules, in their own company.

    Subclasses name `editable` and `update`. The company is entered before Django admin opens its transaction
    (a transaction writes in one company only), so the audit entry is written where it belongs.
    """

    form = VersionedForm
    editable: tuple[str, ...] = ()
    update: Callable[..., Any]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change what the workflow changes."""
        return self.has_view_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show it to superusers."""
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything that is not editable."""
        return [name for name in super().get_fields(request, obj) if name not in self.editable]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the columns, and carry the version."""
        return [*super().get_fields(request, obj), "expected_version"]

    def company_of(self, object_id: str) -> int | None:
        """Return the company a row belongs to."""
        return self.model._default_manager.filter(pk=object_id).values_list("company_id", flat=True).first()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Serve the form in the row's company; a refusal rolls back and is told on the form's page."""
        company_id = self.company_of(object_id) if object_id and object_id.isdecimal() else None
        if company_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with company_context(company_id):
                return super().changeform_view(request, object_id, form_url, extra_context).render()
        except WorkflowError as refusal:
            return refuse(request, refusal)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Hand the changed values to the workflow."""
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in self.editable}
        if values:
            type(self).update(
                obj.pk,
                values,
                actor=request.actor,  # type: ignore[attr-defined]
                expected_version=form.cleaned_data.get("expected_version"),
            )


def refuse(request: HttpRequest, refusal: WorkflowError) -> HttpResponse:
    """Tell a refusal at the top of the page it came from, and in the access log."""
    messages.error(request, refusal.message)
    response = HttpResponseRedirect(request.get_full_path())
    response.refusal = (refusal.code, refusal.message)  # type: ignore[attr-defined]
    return response


class InstallationWideAdmin(ViewAdmin):
    """Changes rows of no company; who did it is in Django's log and in the structured log."""

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        """Save, and say so once the change holds."""
        super().save_model(request, obj, form, change)
        said = {
            "object": f"{obj._meta.label_lower}:{obj.pk}",
            "actor": request.user.get_username(),
            "changed": {name: str(form.cleaned_data[name]) for name in form.changed_data},
        }
        transaction.on_commit(lambda: logger.info("Installation-wide row saved", extra=said))
