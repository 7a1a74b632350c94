"""The list of certificates."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.chips import chip
from core.tables import AgoColumn, ChipColumn, Table
from core.words import gettext as _
from core.words import gettext_lazy
from sri.models import Certificate
from sri.workflow import days_left

SOON = 30  # days


class CertificateTable(Table):
    """The certificates, the retired ones too."""

    holder = tables.Column(gettext_lazy("Titular"))
    state = ChipColumn(gettext_lazy("Estado"))
    valid_until = AgoColumn(gettext_lazy("Caduca"))
    issuer = tables.Column(gettext_lazy("Entidad certificadora"), attrs={"td": {"class": "lo"}, "th": {"class": "lo"}})
    uploaded_at = AgoColumn(gettext_lazy("Subido"), attrs={"td": {"class": "nowrap lo"}, "th": {"class": "lo"}})
    change = tables.Column("", empty_values=(), attrs={"td": {"class": "actions"}})

    def render_holder(self, record: Certificate) -> SafeString:
        """Show the holder over the RUC the certificate names."""
        ruc = _("RUC %(ruc)s") % {"ruc": record.ruc} if record.ruc else _("sin RUC en el certificado")
        return format_html("<strong>{}</strong><br><small>{}</small>", record.holder, ruc)

    def render_state(self, record: Certificate, value: str) -> SafeString:
        """Show the state, in the words of a certificate."""
        if value == "active" and days_left(record) <= SOON:
            return chip("pending", _("Caduca pronto"))
        words = {"active": _("Vigente"), "future": _("Aún no vale"), "expired": _("Caducado"), "retired": _("Retirado")}
        looks = {"future": "queued", "retired": "revoked"}
        return chip(looks.get(value, value), words[value])

    def render_change(self, record: Certificate) -> SafeString | str:
        """Offer to retire what is in use, to those who may."""
        if record.retired_at or not self.request.actor.may("certificates.manage"):
            return ""
        url = reverse("sri:certificate_retire", args=[record.pk])
        label = _("Retirar el certificado de %(holder)s") % {"holder": record.holder}
        return format_html('<a class="btn btn-sm" href="{}" aria-label="{}">{}</a>', url, label, _("Retirar…"))
