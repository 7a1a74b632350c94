"""How documents reach people: the mail that carries them, and the public link."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.customers import Customer
from billing.models.documents import Document
from billing.sources import page_of
from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel


class Letter(CompanyModel):
    """One mail to a customer about a document, a payment or their account; sent again, it is a new row."""

    class Kind(models.TextChoices):
        """What the mail brings."""

        AUTHORIZED = "authorized", _("Comprobante autorizado")  # XML and RIDE
        ISSUED = "issued", _("Factura emitida")  # PDF, of companies without e-invoicing
        RECEIPT = "receipt", _("Recibo de cobro")
        STATEMENT = "statement", _("Estado de cuenta")

    class State(models.TextChoices):
        """What became of it."""

        PENDING = "pending", _("Por enviar")
        SENT = "sent", _("Enviado")
        FAILED = "failed", _("No se pudo enviar")
        SKIPPED = "skipped", _("Sin destinatario")

    kind = models.CharField(_("qué lleva"), max_length=12, choices=Kind.choices)
    customer = CompanyForeignKey(Customer, verbose_name=_("cliente"), related_name="letters")
    document = CompanyForeignKey(Document, null=True, related_name="letters")
    payment_id = models.BigIntegerField(null=True)  # payments adds the composite foreign key, being above billing
    # A statement of account is of these days, both included; `since` None begins at the beginning.
    statement_since = models.DateField(null=True)
    statement_until = models.DateField(null=True)
    recipients = ArrayField(models.EmailField(), verbose_name=_("destinatarios"), default=list)
    message_id = models.CharField(max_length=200)
    state = models.CharField(_("estado"), max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("intentos"), default=0)
    next_attempt_at = models.DateTimeField(null=True)
    problem = models.CharField(_("problema"), max_length=300, blank=True)
    requested_by = models.CharField(_("pedido por"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("pedido"), default=clock.now)
    sent_at = models.DateTimeField(_("enviado"), null=True)

    class Meta:
        verbose_name = _("correo")
        verbose_name_plural = _("correos")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "message_id"], name="one_message_id_per_letter"),
            models.CheckConstraint(
                condition=Q(document__isnull=False, payment_id=None, statement_until=None)
                | Q(document=None, payment_id__isnull=False, statement_until=None)
                | Q(document=None, payment_id=None, statement_until__isnull=False, kind="statement"),
                name="a_letter_is_about_a_document_a_payment_or_an_account",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="letter_due"),
            models.Index(fields=["company", "document", "-id"], name="letter_by_document"),
            models.Index(fields=["company", "-id"], name="letter_by_id"),
            models.Index(fields=["company", "-id"], condition=Q(state="failed"), name="letter_failed"),
        ]
        triggers = [pgtrigger.Protect(name="letters_are_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {', '.join(self.recipients)}"

    def get_absolute_url(self) -> str:
        """Return the page of what the letter is about."""
        if self.document is not None:
            return self.document.get_absolute_url()
        if self.payment_id:
            return page_of("payment", self.payment_id)
        return self.customer.get_absolute_url()


class PublicLink(CompanyModel):
    """The unguessable address of one document (D19): the token is sealed, its hash finds it; revoked, it is dead."""

    document = CompanyForeignKey(Document, related_name="public_links")
    token_hash = models.CharField(max_length=64, unique=True)
    sealed_token = models.TextField()
    created_at = models.DateTimeField(_("creado"), default=clock.now)
    revoked_at = models.DateTimeField(_("revocado"), null=True)
    last_seen_at = models.DateTimeField(_("última visita"), null=True)

    class Meta:
        verbose_name = _("enlace público")
        verbose_name_plural = _("enlaces públicos")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document"],
                condition=Q(revoked_at=None),
                name="one_live_public_link_per_document",
            ),
        ]

    def __str__(self) -> str:
        return _("Enlace público de %(document)s") % {"document": self.document}

    def get_absolute_url(self) -> str:
        """Return the page of the document."""
        return self.document.get_absolute_url()
