"""Who buys."""

from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.addresses import address_of
from core.searchable import SearchableModel, SearchableQuerySet
from core.tenancy import CompanyForeignKey, CompanyManager, CompanyModel

# The one door by which a row that is frozen comes to another customer: its own was a duplicate and was joined to that.
FOLLOWS_A_MERGE = """
    IF NEW.customer_id IS DISTINCT FROM OLD.customer_id AND NOT EXISTS (
            SELECT FROM billing_customer c WHERE c.id = OLD.customer_id AND c.merged_into_id = NEW.customer_id) THEN
        RAISE EXCEPTION '% % belongs to its customer', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation';
    END IF;
"""


def stays_with_its_customer() -> pgtrigger.Trigger:
    """Return the trigger of a row whose customer changes only when that one is merged into another."""
    return pgtrigger.Trigger(
        name="stays_with_its_customer",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__customer__df=pgtrigger.F("new__customer")),
        func=f"{FOLLOWS_A_MERGE}    RETURN NEW;",
    )


class IdentificationType(models.TextChoices):
    """SRI table 6."""

    RUC = "04", _("RUC")
    CEDULA = "05", _("Cédula")
    PASSPORT = "06", _("Pasaporte")
    FINAL_CONSUMER = "07", _("Consumidor final")
    FOREIGN = "08", _("Identificación del exterior")


class FiscalStatus(models.TextChoices):
    """What the customer is to the tax authority; later decides who withholds."""

    PERSON = "person", _("Persona natural")
    PERSON_WITH_ACCOUNTS = "person_with_accounts", _("Persona natural obligada a llevar contabilidad")
    COMPANY = "company", _("Sociedad")
    SPECIAL = "special", _("Contribuyente especial")
    PUBLIC = "public", _("Entidad pública")
    RIMPE = "rimpe", _("RIMPE")


class CustomerKind(CompanyModel):
    """What a customer is to the business, such as socio or estudiante: some prices depend on it."""

    name = models.CharField(_("nombre"), max_length=60)
    active = models.BooleanField(_("activo"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("clase de cliente")
        verbose_name_plural = _("clases de cliente")
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_customer_kind_per_name")]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(SearchableQuerySet):
    """Named reads of customers."""

    def live(self) -> Self:
        """Leave out hidden customers."""
        return self.filter(deleted_at=None)


class Customer(SearchableModel):
    """A buyer. Documents copy what they need of it when they are issued."""

    identification_type = models.CharField(
        _("tipo de identificación"), max_length=2, choices=IdentificationType.choices
    )
    identification = models.CharField(_("identificación"), max_length=20)
    name = models.CharField(_("razón social o nombre"), max_length=300)
    trade_name = models.CharField(_("nombre comercial"), max_length=300, blank=True)
    email = models.EmailField(_("correo electrónico"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    address = models.CharField(_("dirección"), max_length=300, blank=True)
    fiscal_status = models.CharField(
        _("tipo de contribuyente"), max_length=24, choices=FiscalStatus.choices, default=FiscalStatus.PERSON
    )
    kind = CompanyForeignKey(CustomerKind, verbose_name=_("clase"), null=True, blank=True, related_name="customers")
    payment_days = models.PositiveSmallIntegerField(_("días de plazo"), null=True, blank=True)
    credit_limit = models.DecimalField(_("límite de crédito"), max_digits=14, decimal_places=2, null=True, blank=True)
    notes = models.TextField(_("notas"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    # A duplicate that was joined into another: hidden, and found there. Its documents keep what they say.
    merged_into = CompanyForeignKey("self", null=True, editable=False, related_name="merged")

    objects = CompanyManager.from_queryset(CustomerQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("cliente")
        verbose_name_plural = _("clientes")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "identification_type", "identification"],
                condition=Q(deleted_at=None),
                name="one_live_customer_per_identification",
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(identification_type="07"),
                name="one_final_consumer_per_company",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(deleted_at__isnull=False), name="a_merged_customer_is_hidden"
            ),
            models.CheckConstraint(
                condition=Q(credit_limit=None) | Q(credit_limit__gte=0), name="credit_limit_is_not_negative"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_grams"], name="customer_grams"),
            models.Index(fields=["company", "name", "id"], name="customer_by_name"),
            models.Index(fields=["company", "-id"], name="customer_by_id"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the page of the customer."""
        return address_of("billing:customer", self.pk)

    def search_parts(self) -> list[str]:
        """Return the texts a customer is found by; those of duplicates that were joined into it too."""
        joined = [] if self._state.adding else self.merged.all()
        theirs = [text for row in joined for text in (row.name, row.identification)]
        return [self.name, self.trade_name, self.identification, self.email, self.phone, *theirs]

    @property
    def is_final_consumer(self) -> bool:
        """Say whether this is the company's built-in consumidor final."""
        return self.identification_type == IdentificationType.FINAL_CONSUMER


class CustomerContact(CompanyModel):
    """A person at the customer; those who receive documents get the mail."""

    customer = CompanyForeignKey(Customer, related_name="contacts")
    name = models.CharField(_("nombre"), max_length=150)
    email = models.EmailField(_("correo electrónico"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    position = models.CharField(_("cargo"), max_length=100, blank=True)
    receives_documents = models.BooleanField(_("recibe documentos"), default=False)

    class Meta:
        verbose_name = _("contacto")
        verbose_name_plural = _("contactos")
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "customer"], name="contact_by_customer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(receives_documents=False) | ~Q(email=""), name="who_receives_documents_has_an_email"
            ),
        ]

    def __str__(self) -> str:
        return self.name
