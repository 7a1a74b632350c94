"""The electronic side of documents: signed bytes, how far their transmission came, what SRI answered, who is paused."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.documents import Document
from billing.models.series import Establishment
from core import clock
from core.tenancy import CompanyForeignKey, CompanyModel


class SignedXml(CompanyModel):
    """The bytes of one revision, made in the transaction that issued it: what every attempt sends (law 2, law 6).

    Kept for seven years and more: nothing deletes them (D28).
    """

    document = CompanyForeignKey(Document, related_name="signed")
    revision = models.PositiveSmallIntegerField()
    access_key = models.CharField(_("clave de acceso"), max_length=49)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    certificate = CompanyForeignKey("sri.Certificate", null=True, related_name="+")  # null: brought back from SRI
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("XML firmado")
        verbose_name_plural = _("XML firmados")
        ordering = ["document_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["company", "document", "revision"], name="one_signed_xml_per_revision"),
        ]
        indexes = [models.Index(fields=["company", "access_key"], name="signed_xml_by_key")]
        triggers = [
            pgtrigger.Protect(name="signed_xml_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class SriAuthorization(CompanyModel):
    """SRI's word that a document is authorized, and the XML in SRI's wrapper as it is delivered to the buyer."""

    document = CompanyForeignKey(Document, related_name="sri_authorizations")
    access_key = models.CharField(_("clave de acceso"), max_length=49)
    number = models.CharField(_("número de autorización"), max_length=49)
    authorized_at = models.DateTimeField(_("fecha de autorización"))
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("autorización del SRI")
        verbose_name_plural = _("autorizaciones del SRI")
        constraints = [
            models.UniqueConstraint(fields=["company", "document"], name="a_document_is_authorized_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="authorizations_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class Stage(models.TextChoices):
    """What the transmission of a document does next."""

    SEND = "send", _("Por enviar")
    ASK = "ask", _("Por consultar")
    BLOCKED = "blocked", _("Detenida")
    STOPPED = "stopped", _("Necesita una persona")
    DONE = "done", _("Terminada")


class Transmission(CompanyModel):
    """How far a document's way to SRI has come: the row is the truth, jobs only carry it on (law 9).

    `claim` and `claimed_at` are set while a call is under way (claim → send → record); whoever records must hold
    the claim. `sent_at` is the last send; `absent_at` the last time SRI said it has nothing.
    """

    document = CompanyForeignKey(Document, related_name="transmissions")
    environment = models.CharField(max_length=1)
    stage = models.CharField(_("etapa"), max_length=8, choices=Stage.choices, default=Stage.SEND)
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    has_slot = models.BooleanField(default=False)  # the pace already gave it the moment `next_attempt_at`
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(_("intentos"), default=0)
    failures = models.PositiveIntegerField(default=0)  # in a row, for the back-off
    waits = models.PositiveIntegerField(default=0)  # times SRI said it is still at work
    sent_at = models.DateTimeField(_("último envío"), null=True)
    received_at = models.DateTimeField(_("recibido por el SRI"), null=True)
    absent_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # a person was told that it takes too long
    problem = models.CharField(_("problema"), max_length=500, blank=True)
    messages = models.JSONField(_("mensajes del SRI"), default=list)

    class Meta:
        verbose_name = _("transmisión al SRI")
        verbose_name_plural = _("transmisiones al SRI")
        ordering = ["queued_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "document"], name="one_transmission_per_document"),
            models.CheckConstraint(
                condition=Q(claim=None, claimed_at=None) | Q(claim__isnull=False, claimed_at__isnull=False),
                name="a_claim_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["send", "ask"]) | Q(next_attempt_at=None), name="only_open_transmissions_are_due"
            ),
        ]
        indexes = [
            models.Index(
                fields=["environment", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="transmission_due",
            ),
            models.Index(
                fields=["company", "queued_at"],
                condition=~Q(stage="done"),
                name="transmission_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.get_stage_display()}"


class SriAnswer(CompanyModel):
    """One call to SRI and its raw answer, for administrators; forgotten after 90 days (D28)."""

    class Operation(models.TextChoices):
        """Which of SRI's operations was called."""

        RECEIVE = "receive", _("Recepción")
        ASK = "ask", _("Autorización")

    document = CompanyForeignKey(Document, related_name="sri_answers")
    operation = models.CharField(_("operación"), max_length=8, choices=Operation.choices)
    revision = models.PositiveSmallIntegerField()
    access_key = models.CharField(max_length=49)
    at = models.DateTimeField(_("fecha y hora"), default=clock.now)
    milliseconds = models.PositiveIntegerField(_("duración en ms"), default=0)
    outcome = models.CharField(_("resultado"), max_length=16)
    http_status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(_("problema"), max_length=500, blank=True)
    codes = models.CharField(_("códigos"), max_length=200, blank=True)
    raw = models.BinaryField()

    class Meta:
        verbose_name = _("respuesta del SRI")
        verbose_name_plural = _("respuestas del SRI")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["company", "document", "-id"], name="sri_answer_by_document"),
            models.Index(fields=["at"], name="sri_answer_by_age"),
        ]
        triggers = [pgtrigger.Protect(name="sri_answers_are_not_edited", operation=pgtrigger.Update)]


class IssuerPause(CompanyModel):
    """SRI does not let the company (or one establishment) issue for now: its documents wait, and people know why."""

    establishment = CompanyForeignKey(Establishment, null=True, related_name="+")
    code = models.CharField(_("código del SRI"), max_length=4)
    reason = models.CharField(_("motivo"), max_length=500)
    document_id = models.BigIntegerField(null=True)
    since = models.DateTimeField(_("desde"), default=clock.now)
    ended_at = models.DateTimeField(_("hasta"), null=True)

    class Meta:
        verbose_name = _("pausa de emisión")
        verbose_name_plural = _("pausas de emisión")
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(ended_at=None, establishment=None),
                name="one_open_pause_per_company",
            ),
            models.UniqueConstraint(
                fields=["company", "establishment"],
                condition=Q(ended_at=None, establishment__isnull=False),
                name="one_open_pause_per_establishment",
            ),
        ]

    def __str__(self) -> str:
        return self.reason
