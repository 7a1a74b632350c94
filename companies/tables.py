"""The lists of companies: people, invitations, keys."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from companies.models import ApiKey, Membership
from companies.permission_labels import LABELS
from core import clock
from core.addresses import address_of
from core.chips import chip
from core.tables import AgoColumn, ChipColumn, Table
from core.words import gettext as _
from core.words import gettext_lazy


class MemberTable(Table):
    """Who belongs to the company."""

    user = tables.Column(gettext_lazy("Persona"))
    role = tables.Column(gettext_lazy("Rol"))
    state = ChipColumn(gettext_lazy("Acceso"))
    last_login = AgoColumn(gettext_lazy("Último ingreso"), accessor="user__last_login", default=gettext_lazy("nunca"))
    created_at = AgoColumn(gettext_lazy("Desde"))
    change = tables.Column("", empty_values=(), attrs={"td": {"class": "actions"}})

    def render_user(self, record: Membership) -> SafeString:
        """Show the name over the address."""
        return format_html("<strong>{}</strong><br><small>{}</small>", record.user.name or "—", record.user.email)

    def render_change(self, record: Membership) -> SafeString | str:
        """Offer the person's page while there is something to change."""
        if record.ended_at:
            return ""
        url = address_of("companies:member", record.pk)
        label = _("Cambiar el acceso de %(person)s") % {"person": record.user}
        return format_html('<a class="btn btn-sm" href="{}" aria-label="{}">{}</a>', url, label, _("Cambiar"))


class ApiKeyTable(Table):
    """The keys of other systems."""

    name = tables.Column(gettext_lazy("Nombre"))
    scopes = tables.Column(gettext_lazy("Permisos"))
    state = ChipColumn(gettext_lazy("Estado"))
    last_used_at = AgoColumn(gettext_lazy("Último uso"), default=gettext_lazy("nunca"))
    expires_at = AgoColumn(gettext_lazy("Caduca"), attrs={"td": {"class": "nowrap lo"}, "th": {"class": "lo"}})
    created_by = tables.Column(
        gettext_lazy("La creó"), default="—", attrs={"td": {"class": "lo"}, "th": {"class": "lo"}}
    )
    change = tables.Column("", empty_values=(), attrs={"td": {"class": "actions"}})

    def render_name(self, record: ApiKey) -> SafeString:
        """Show the name over the beginning of the key."""
        return format_html("<strong>{}</strong><br><small><code>{}…</code></small>", record.name, record.prefix)

    def render_scopes(self, value: list[str]) -> SafeString:
        """Say how many, and all of them in the title."""
        names = ", ".join(str(LABELS.get(scope, scope)) for scope in value)
        count = _("%(count)d permisos") % {"count": len(value)} if len(value) > 2 else names
        return format_html('<span title="{}">{}</span>', names, count)

    def render_state(self, record: ApiKey, value: str, column: Any, bound_column: Any) -> SafeString:
        """Show the state, in the words of a key."""
        words = {"active": _("Activa"), "expired": _("Caducada"), "revoked": _("Revocada")}
        return chip(value, words[value])

    def render_change(self, record: ApiKey) -> SafeString | str:
        """Offer to revoke what still opens something."""
        if record.revoked_at or (record.expires_at and record.expires_at <= clock.now()):
            return ""
        url = address_of("companies:api_key_revoke", record.pk)
        label = _("Revocar la clave %(key)s") % {"key": record.name}
        return format_html('<a class="btn btn-sm" href="{}" aria-label="{}">{}</a>', url, label, _("Revocar…"))
