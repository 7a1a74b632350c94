"""What to do about a refusal: where what is missing is put in place. Each app says so for its own refusals.

In its `AppConfig.ready()`: `remedies.add("certificate_missing", "sri:certificates", _("Subir el certificado"),
"certificates.manage")`. A key may name a field of the refusal, too: `profile_incomplete.address`.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from core.actor import Actor
from core.errors import WorkflowError


@dataclass(frozen=True, slots=True)
class Remedy:
    """A step that mends it: what it is called, where it is done ("" for who may not), and who may."""

    label: str | Promise
    url: str


@dataclass(frozen=True, slots=True)
class _Known:
    url_name: str
    label: str | Promise
    permission: str


_known: defaultdict[str, list[_Known]] = defaultdict(list)


def add(key: str, url_name: str, label: str | Promise, permission: str) -> None:
    """Say where something can be done about a refusal with this code (and field), and by whom."""
    known = _Known(url_name, label, permission)
    if known not in _known[key]:
        _known[key].append(known)


def of(refusal: WorkflowError, actor: Actor) -> list[Remedy]:
    """Return the steps that mend a refusal, in the order in which it names what is missing; each address once."""
    keys = [refusal.code, *(f"{refusal.code}.{error['field']}" for error in refusal.fields)]
    found = {known.url_name: known for key in keys for known in _known.get(key, [])}
    return [
        Remedy(known.label, reverse(known.url_name) if actor.may(known.permission) else "") for known in found.values()
    ]
