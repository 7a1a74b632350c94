"""How people like their lists, and what they typed and have not sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.tenancy import CompanyModel


class SavedView(CompanyModel):
    """Filters, order and columns of a list under a name: a person's own, or shared with the company."""

    list_name = models.CharField(max_length=60)  # the list's URL name, such as billing:invoices
    name = models.CharField(_("nombre"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)  # the list's address: filters, order and columns
    owner = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    shared = models.BooleanField(_("compartida"), default=False)
    is_default = models.BooleanField(_("al abrir la lista"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("vista guardada")
        verbose_name_plural = _("vistas guardadas")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "owner", "list_name", "name"], name="one_saved_view_per_name_and_person"
            ),
            models.UniqueConstraint(
                fields=["company", "owner", "list_name"],
                condition=Q(is_default=True),
                name="one_default_view_per_list_and_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormDraft(CompanyModel):
    """What a person typed into a form and has not sent: offered again, forgotten once sent."""

    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=200)  # the address of the form's page
    data = models.JSONField(default=list)  # the names and texts of its fields, in order
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("formulario sin enviar")
        verbose_name_plural = _("formularios sin enviar")
        constraints = [
            models.UniqueConstraint(fields=["company", "user", "form"], name="one_unsent_form_per_person_and_page"),
        ]
        indexes = [models.Index(fields=["saved_at"], name="form_draft_by_age")]

    def __str__(self) -> str:
        return self.form
