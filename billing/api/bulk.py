"""Many invoices or credit notes at once over the API: a job, with what became of each."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.filters import ApiInvoiceFilterSet, ApiNoteFilterSet
from billing.bulk import OF_INVOICES, OF_NOTES, OF_SRI
from billing.models import Document
from core.api import CompanyViewSet
from core.bulk import BulkAction, added, as_parameters, things
from core.errors import FieldError, Malformed
from core.shapes import Id
from desk import tasks
from desk.api.tasks import JobSerializer, accepted

MOST_IDS: Final = 5_000


def _acts(list_name: str, own: Sequence[BulkAction]) -> dict[str, BulkAction]:
    """Return what a list offers, by its part of the address."""
    return {act.name: act for act in (*own, *OF_SRI, *added(list_name)) if act.permissions}


def _any_of(acts: dict[str, BulkAction]) -> dict[str, tuple[str, ...]]:
    """Return the permissions of which one opens the door; each act then asks for its own."""
    return {"create": tuple(dict.fromkeys(name for act in acts.values() for name in act.permissions))}


ACTS: Final = _acts("billing:invoices", OF_INVOICES)
NOTE_ACTS: Final = _acts("billing:credit_notes", OF_NOTES)


class _ChosenSerializer(serializers.Serializer):
    ids = serializers.ListField(child=Id(), required=False, max_length=MOST_IDS)
    filter = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Parameters of the list, such as `status` and `from`."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take one way to choose, not two and not none."""
        if ("ids" in values) == ("filter" in values):
            raise serializers.ValidationError({"ids": _("Elija los comprobantes por «ids» o por «filter».")})
        return values


class BulkSerializer(_ChosenSerializer):
    """What to do with which invoices: some ids, or all that a filter finds."""

    action = serializers.ChoiceField(sorted(ACTS))
    parameters = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        default=dict,
        help_text="What the action asks for: of `void` the `reason`; of `pay` `method`, `paid_on`, `reference`.",
    )


class NoteBulkSerializer(_ChosenSerializer):
    """What to do with which credit notes: some ids, or all that a filter finds."""

    action = serializers.ChoiceField(sorted(NOTE_ACTS))


class _BulkViewSet(CompanyViewSet):
    acts: ClassVar[dict[str, BulkAction]]
    chosen_by: ClassVar[Any]
    references = {"ids": Document}
    serializer_class = JobSerializer
    pagination_class = None

    def start(self, asked: dict[str, Any]) -> Response:
        """Start the job of an action."""
        act = self.acts[asked["action"]]
        self.actor.require(*act.permissions)
        parameters = _parameters(act, asked.get("parameters", {}))
        return accepted(self, tasks.start(act.kind, self._chosen(asked), parameters=parameters, actor=self.actor))

    def _chosen(self, asked: dict[str, Any]) -> Iterable[tuple[int, str]]:
        if "filter" in asked:
            filterset = self.chosen_by(asked["filter"], queryset=self.get_queryset(), request=self.request)
            if not filterset.is_valid():
                raise _malformed(filterset.errors, "filter")
            return things(filterset.qs)
        found = self.get_queryset().in_bulk(asked["ids"])
        if len(found) < len(set(asked["ids"])):
            raise Document.DoesNotExist
        return [(pk, str(found[pk])) for pk in dict.fromkeys(asked["ids"])]


class BulkViewSet(_BulkViewSet):
    """One action on many invoices."""

    acts, chosen_by = ACTS, ApiInvoiceFilterSet
    permissions = _any_of(ACTS)
    queryset = Document.objects.invoices()

    @extend_schema(request=BulkSerializer, responses={202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Start a job (202) that takes the step with each invoice, one by one; a refused one leaves the others alone.

        `issue` issues drafts, `discard` throws them away; `void` voids, SRI being asked first; `pay` records a payment
        of each balance; `mail` mails them; `download` puts PDF and XML in a zip; `retry` has the same bytes sent to
        SRI again; `check` has SRI asked. `jobs/{id}/items/` says what became of each.
        """
        return self.start(self.validated(BulkSerializer))


class NoteBulkViewSet(_BulkViewSet):
    """One action on many credit notes."""

    acts, chosen_by = NOTE_ACTS, ApiNoteFilterSet
    permissions = _any_of(NOTE_ACTS)
    queryset = Document.objects.credit_notes()

    @extend_schema(request=NoteBulkSerializer, responses={202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Start a job (202) that takes the step with each note, one by one; a refused one leaves the others alone.

        `mail` mails them to their customers; `download` puts PDF and XML in a zip; `retry` has the same bytes sent to
        SRI again; `check` has SRI asked. `jobs/{id}/items/` says what became of each.
        """
        return self.start(self.validated(NoteBulkSerializer))


def _parameters(act: BulkAction, given: dict[str, str]) -> dict[str, Any]:
    form: Any = act.form(given)
    if not form.is_valid():
        raise _malformed(form.errors, "parameters")
    return as_parameters(form.cleaned_data)


def _malformed(found: Any, where: str) -> Malformed:
    fields = [
        FieldError(field=f"{where}.{name}", code=error.code or "invalid", message=str(error.message))
        for name, errors in found.as_data().items()
        for error in errors
    ]
    return Malformed(_("Revise lo enviado: hay campos con errores."), code="malformed", fields=fields)
