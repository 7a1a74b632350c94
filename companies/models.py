"""Companies, the people in them, and the keys of other systems."""

from typing import Any

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from companies.roles import ROLES, Role
from core import clock
from core.tenancy import CompanyManager, CompanyModel, CompanyQuerySet, active_company_id


class UserManager(BaseUserManager["User"]):
    """Makes people: by invitation, or with `createsuperuser` for installation administrators."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        """Make a person who signs in with an e-mail address (kept in lower case)."""
        user = self.model(email=email.strip().lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "User":
        """Make an installation administrator, who may use Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **values)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a person by e-mail, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do is in their memberships, one for each company."""

    email = models.EmailField(_("correo electrónico"), unique=True)  # always in lower case
    name = models.CharField(_("nombre"), max_length=150)
    is_staff = models.BooleanField(_("administra la instalación"), default=False)
    is_active = models.BooleanField(_("activo"), default=True)
    date_joined = models.DateTimeField(default=clock.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("persona")
        verbose_name_plural = _("personas")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="emails_are_kept_in_lower_case")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name as people say it."""
        return self.name


class Environment(models.TextChoices):
    """SRI table 4: a company is one or the other for life (D1)."""

    TEST = "1", _("Pruebas")
    PRODUCTION = "2", _("Producción")


class Rimpe(models.TextChoices):
    """The simplified regime, which prints a legend and decides the kind of document."""

    NONE = "none", _("Régimen general")
    ENTREPRENEUR = "entrepreneur", _("RIMPE emprendedor")
    POPULAR = "popular", _("RIMPE negocio popular")


class Company(models.Model):
    """The legal issuer: one RUC in one SRI environment."""

    ruc = models.CharField(_("RUC"), max_length=13, blank=True)
    environment = models.CharField(_("ambiente SRI"), max_length=1, choices=Environment.choices)
    legal_name = models.CharField(_("razón social"), max_length=300)
    trade_name = models.CharField(_("nombre comercial"), max_length=300, blank=True)
    address = models.CharField(_("dirección matriz"), max_length=300, blank=True)
    email = models.EmailField(_("correo electrónico"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    keeps_accounts = models.BooleanField(_("obligado a llevar contabilidad"), default=False)
    special_taxpayer = models.CharField(_("contribuyente especial Nro."), max_length=13, blank=True)
    withholding_agent = models.CharField(_("agente de retención, resolución Nro."), max_length=8, blank=True)
    rimpe = models.CharField(_("régimen"), max_length=12, choices=Rimpe.choices, default=Rimpe.NONE)
    e_invoicing = models.BooleanField(_("emite comprobantes electrónicos"), default=True)
    time_zone = models.CharField(_("zona horaria"), max_length=40, default="America/Guayaquil")
    payment_days = models.PositiveSmallIntegerField(_("días de plazo por defecto"), default=30)
    discount_limit = models.DecimalField(
        _("descuento máximo sin autorización (%)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    mails_documents = models.BooleanField(_("envía los comprobantes por correo"), default=True)
    mails_receipts = models.BooleanField(_("envía un recibo por cada cobro"), default=False)
    logo = models.FileField(_("logotipo"), upload_to="logos/", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("empresa")
        verbose_name_plural = _("empresas")
        constraints = [
            models.UniqueConstraint(
                fields=["ruc", "environment"], condition=~models.Q(ruc=""), name="one_company_per_ruc_and_environment"
            ),
            models.CheckConstraint(
                condition=models.Q(environment__in=["1", "2"]), name="company_environment_is_sri_code"
            ),
            models.CheckConstraint(
                condition=models.Q(discount_limit=None) | models.Q(discount_limit__gte=0, discount_limit__lte=100),
                name="discount_limit_is_a_percentage",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="company_environment_is_for_life", fields=["environment"]),
            pgtrigger.Protect(name="companies_are_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.trade_name or self.legal_name

    @property
    def is_test(self) -> bool:
        """Say whether the company issues in SRI's test environment."""
        return self.environment == Environment.TEST


class MembershipQuerySet(CompanyQuerySet):
    """Reads of who belongs where."""

    def active(self) -> "MembershipQuerySet":
        """Leave out people whose access was taken away."""
        return self.filter(ended_at=None, user__is_active=True)


class Membership(CompanyModel):
    """A person's role in a company; ended, never deleted."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, default=active_company_id, editable=False, related_name="memberships"
    )
    user = models.ForeignKey(User, verbose_name=_("persona"), on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("rol"), max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(_("acceso retirado"), null=True, editable=False)
    mails_mentions = models.BooleanField(_("recibir por correo cuando me mencionan"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = CompanyManager.from_queryset(MembershipQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("acceso")
        verbose_name_plural = _("accesos")
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="one_membership_per_person_and_company"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def permissions(self) -> frozenset[str]:
        """Return what the role permits."""
        return ROLES[self.role]

    @property
    def state(self) -> str:
        """Say whether the person may still come in."""
        return "active" if self.ended_at is None and self.user.is_active else "inactive"


class InvitationQuerySet(CompanyQuerySet):
    """Reads of who was asked to join."""

    def unanswered(self) -> "InvitationQuerySet":
        """Leave out the accepted and the revoked; the expired stay, to be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(CompanyModel):
    """An offer to join, sent by mail; the only way in."""

    email = models.EmailField(_("correo electrónico"))
    name = models.CharField(_("nombre"), max_length=150)
    role = models.CharField(_("rol"), max_length=16, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("vence"))
    accepted_at = models.DateTimeField(_("aceptada"), null=True)
    revoked_at = models.DateTimeField(_("retirada"), null=True)
    next_attempt_at = models.DateTimeField(_("próximo envío"), null=True)  # of the mail; null: nothing to send
    mail_attempts = models.PositiveSmallIntegerField(_("envíos intentados"), default=0)
    mailed_at = models.DateTimeField(_("enviada"), null=True)
    mail_problem = models.CharField(_("problema del correo"), max_length=300, blank=True)

    objects = CompanyManager.from_queryset(InvitationQuerySet)()  # type: ignore[misc]

    class Meta:
        verbose_name = _("invitación")
        verbose_name_plural = _("invitaciones")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="invitation_mail_due",
                condition=models.Q(next_attempt_at__isnull=False),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                "company",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_person_and_company",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> str:
        """Say what became of it: `invited`, `expired`, `accepted` or `revoked`."""
        if self.accepted_at or self.revoked_at:
            return "accepted" if self.accepted_at else "revoked"
        return "invited" if clock.now() < self.expires_at else "expired"


class AlertMail(CompanyModel):
    """One person's mail about one entry of the log; the row is the truth, it is tried until it is sent or given up."""

    entry_id = models.BigIntegerField()
    address = models.EmailField(_("correo electrónico"))
    attempts = models.PositiveSmallIntegerField(_("intentos"), default=0)
    next_attempt_at = models.DateTimeField(null=True, default=clock.now)
    sent_at = models.DateTimeField(_("enviado"), null=True)
    problem = models.CharField(_("problema"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("aviso por correo")
        verbose_name_plural = _("avisos por correo")
        constraints = [
            models.UniqueConstraint(fields=["company", "entry_id", "address"], name="a_person_is_told_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(next_attempt_at__isnull=False), name="alert_mail_due"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class ApiKey(CompanyModel):
    """Another system's credential: hashed at rest, scoped, expiring, revocable."""

    name = models.CharField(_("nombre"), max_length=100)
    prefix = models.CharField(_("empieza por"), max_length=20)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("permisos"), default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("vence"), null=True)
    last_used_at = models.DateTimeField(_("último uso"), null=True)
    revoked_at = models.DateTimeField(_("revocada"), null=True)

    class Meta:
        verbose_name = _("clave de API")
        verbose_name_plural = _("claves de API")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> str:
        """Say whether it opens anything: `active`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= clock.now() else "active"
