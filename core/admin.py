"""Django admin, for installation administrators only: superusers, signed in like everybody else.

It works across companies and deletes nothing. A model is shown as it is (`ViewAdmin`) or changed through
the workflow that owns its rules (`WorkflowAdmin`), which writes the audit entry in the same transaction. What
no company owns (people, the dated tables of the law) has no audit chain to stand in: who changed it is in
Django's own log, on the row's "Historia", and in the structured log (`InstallationWideAdmin`).
"""

import logging
from collections.abc import Callable
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from core.errors import WorkflowError
from core.forms import ShapeForm
from core.ids import whole
from core.models import Heartbeat, ScheduleRun
from core.searchable import SearchableModel
from core.tenancy import CompanyModel, company_context

logger = logging.getLogger("cuadre.admin")

HIDDEN: Final = {
    "search_text",
    "search_grams",
    "secret_hash",
    "token_hash",
    "feed_token",
    "feed_token_hash",
    "password",
}


class ByCompany(admin.RelatedOnlyFieldListFilter):
    """Filters a list by company."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("empresa")


class ViewAdmin(admin.ModelAdmin):
    """Shows rows of every company, each with its company; changes and deletes nothing."""

    of_the_house = True
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False

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
    def _of_company(self) -> bool:
        return issubclass(self.model, CompanyModel)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show the company beside each row."""
        first, *others = super().get_list_display(request)
        return (first, "its_company", *others) if self._of_company and first != "company" else (first, *others)

    @admin.display(description=_("empresa"), ordering="company")
    def its_company(self, row: Any) -> Any:
        """Name the row's company."""
        return row.company

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by company first."""
        by_company: tuple[Any, ...] = (("company", ByCompany),) if self._of_company else ()
        return (*by_company, *super().get_list_filter(request))

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Read the relations of the shown columns with the rows."""
        shown, deeper = set(self.get_list_display(request)), self.list_select_related
        relations = [f.name for f in self.model._meta.fields if isinstance(f, models.ForeignKey) and f.name in shown]
        company = ["company"] if "its_company" in shown else []
        return [*company, *relations, *(() if isinstance(deeper, bool) else deeper)] or False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search through the grams where the model has them."""
        if issubclass(self.model, SearchableModel):
            return (queryset.search(search_term) if search_term else queryset), False
        return super().get_search_results(request, queryset, search_term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show every column but secrets and what only machines read."""
        return self.fields or [field.name for field in self.model._meta.fields if field.name not in HIDDEN]


class VersionedForm(ShapeForm):
    """Carries the version of the row it was made from, so that a stale edit is refused."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["expected_version"].initial = getattr(self.instance, "version", None)


class RefusingAdmin(ViewAdmin):
    """Base of what can be changed: a refusal undoes everything and is told at the top of the page it came from."""

    editable: ClassVar[tuple[str, ...]] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show it to whoever got into this site."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Change what is editable."""
        return self.has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything else as it is."""
        return [name for name in super().get_fields(request, obj) if name not in self.editable]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Serve the form; Django admin does so in a transaction, which a refusal rolls back."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except WorkflowError as refusal:
            return refuse(request, refusal)


def refuse(request: HttpRequest, refusal: WorkflowError) -> HttpResponse:
    """Tell a refusal at the top of the page it came from, and in the access log."""
    messages.error(request, refusal.message)
    response = HttpResponseRedirect(request.get_full_path())
    response.refusal = (refusal.code, refusal.message)  # type: ignore[attr-defined]
    return response


class WorkflowAdmin(RefusingAdmin):
    """Changes rows through the workflow function `update(pk, values, *, actor, expected_version)`.

    The row's company is entered before Django admin opens its transaction, because a transaction writes in one
    company only; the audit entry is then written where it belongs, with the door "admin".
    """

    form = VersionedForm
    update: ClassVar[Callable[..., Any]]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Carry the version."""
        return [*super().get_fields(request, obj), "expected_version"]

    def company_of(self, object_id: str) -> int | None:
        """Return the company a row belongs to."""
        found = self.model._default_manager.filter(pk=whole(object_id)).values_list("company_id", flat=True)
        return found.first()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Serve the form in the row's company."""
        company_id = self.company_of(object_id) if object_id else None
        if company_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with company_context(company_id):
            response: Any = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if hasattr(response, "render") else response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand the changed values to the workflow, which reads and locks the row itself."""
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in self.editable}
        if values:
            type(self).update(
                obj.pk,
                values,
                actor=request.actor,  # type: ignore[attr-defined]
                expected_version=form.cleaned_data["expected_version"],
            )


def each_in_its_company(request: HttpRequest, rows: Any, step: Callable[[Any], Any]) -> int:
    """Take a step with each row, in its own company and transaction; tell refusals; return how many went."""
    went = 0
    for row in rows:
        try:
            with company_context(row.company_id):
                step(row)
            went += 1
        except WorkflowError as refusal:
            messages.error(request, f"{row}: {refusal.message}")
    return went


class InstallationWideAdmin(RefusingAdmin):
    """Changes rows of no company; who did it is in Django's log and, once it holds, in the structured log."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the change, and say so."""
        self.keep(request, obj, form, change)
        said = {
            "object": f"{obj._meta.label_lower}:{obj.pk}",
            "actor": request.user.get_username(),
            "changed": {name: str(form.cleaned_data[name]) for name in form.changed_data},
        }
        transaction.on_commit(lambda: logger.info("A row of the installation was saved", extra=said))

    def keep(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row, or hand it to the workflow that does."""
        obj.save()


@admin.register(Heartbeat)
class HeartbeatAdmin(ViewAdmin):
    """Who showed that it works, and when."""

    list_display = ("name", "at")


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ViewAdmin):
    """What the clock has started."""

    list_display = ("name", "day", "started_at")
    ordering = ("-started_at",)
