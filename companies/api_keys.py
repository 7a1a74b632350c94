"""The keys of other systems: made with part of what their maker may do, shown once, revoked at once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from audit.log import record
from companies.credentials import API_KEY_PREFIXES
from companies.models import ApiKey, Company
from companies.roles import PERMISSIONS
from core import clock
from core.actor import Actor
from core.crypto import digest, new_secret
from core.errors import FieldError, RuleRefused, WorkflowError
from core.tenancy import current_company_id

LIFE: Final = timedelta(days=365)
SHOWN: Final = 15  # characters of the secret by which people recognize a key: its kind and six more


class NewKey(NamedTuple):
    """A key, and its secret, which is nowhere else."""

    key: ApiKey
    secret: str


@transaction.atomic
def create(*, name: str, scopes: Collection[str], expires_at: datetime | None = None, actor: Actor) -> NewKey:
    """Make a key of the active company, `cdr_test_…` or `cdr_live_…` by its environment (D1).

    Args:
        scopes: permissions the key gets, each held by the actor.
        expires_at: a year from now unless given.

    Raises:
        RuleRefused: `name_required`, `scopes_empty`, `scope_unknown`, `scope_not_held`, `expiry_in_past`.
    """
    actor.require("api_keys.manage")
    expires_at = expires_at or clock.now() + LIFE
    _check(name, scopes, expires_at, actor)
    company = Company.objects.get(pk=current_company_id())
    secret = API_KEY_PREFIXES[company.environment] + new_secret()
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=secret[:SHOWN],
        secret_hash=digest(secret),
        scopes=sorted(set(scopes)),
        created_by_id=actor.user_id,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    after = {"name": key.name, "prefix": key.prefix, "scopes": key.scopes, "expires_at": expires_at.isoformat()}
    record("api_key.created", key, actor=actor, after=after)
    return NewKey(key, secret)


@transaction.atomic
def revoke(key_id: int, *, actor: Actor) -> ApiKey:
    """End a key now and for good.

    Raises:
        WorkflowError: `already_revoked`.
    """
    actor.require("api_keys.manage")
    key = ApiKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key_id)
    if key.revoked_at:
        raise WorkflowError(_("La clave «%(key)s» ya está revocada.") % {"key": key.name}, code="already_revoked")
    return end(key, actor=actor)


def end(key: ApiKey, *, actor: Actor) -> ApiKey:
    """Revoke a locked key, in the caller's transaction."""
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    record("api_key.revoked", key, actor=actor, after={"name": key.name, "prefix": key.prefix})
    return key


# The rules


def _check(name: str, scopes: Collection[str], expires_at: datetime, actor: Actor) -> None:
    if not name.strip():
        raise _refused("name", "name_required", _("Póngale un nombre, por ejemplo el del sistema que la usará."))
    if not scopes:
        raise _refused("scopes", "scopes_empty", _("Elija al menos un permiso."))
    unknown = sorted(set(scopes) - PERMISSIONS)
    if unknown:
        raise _refused("scopes", "scope_unknown", _("No existe el permiso «%s».") % unknown[0])
    beyond = sorted(scope for scope in scopes if not actor.may(scope))
    if beyond:
        raise _refused("scopes", "scope_not_held", _("Su rol no tiene el permiso «%s»: no puede darlo.") % beyond[0])
    if expires_at <= clock.now():
        raise _refused("expires_at", "expiry_in_past", _("La fecha de caducidad ya pasó."))


def _refused(field: str, code: str, message: str) -> RuleRefused:
    return RuleRefused(message, code=code, fields=[FieldError(field=field, code=code, message=message)])
