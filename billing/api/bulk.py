"""Many invoices at once over the API: a job, with what became of each."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.filters import ApiInvoiceFilterSet
from billing.bulk import OF_INVOICES, OF_SRI
from billing.models import Document
from core.api import CompanyViewSet
from core.bulk import BulkAction, added, as_parameters, things
from core.errors import FieldError, Malformed
from core.shapes import Id
from desk import tasks
from desk.api.tasks import JobSerializer, accepted

MOST_IDS: Final = 5_000
ACTS: Final[dict[str, BulkAction]] = {
    act.name: act for act in (*OF_INVOICES, *OF_SRI, *added("billing:invoices")) if act.permissions
}


class BulkSerializer(serializers.Serializer):
    """What to do with which invoices: some ids, or all that a filter finds."""

    action = serializers.ChoiceField(sorted(ACTS))
    ids = serializers.ListField(child=Id(), required=False, max_length=MOST_IDS)
    filter = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Parameters of the list, such as `status` and `from`."
    )
    parameters = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        default=dict,
        help_text="What the action asks for: of `void` the `reason`; of `pay` `method`, `paid_on`, `reference`.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Take one way to choose, not two and not none."""
        if ("ids" in values) == ("filter" in values):
            raise serializers.ValidationError({"ids": _("Elija las facturas por «ids» o por «filter».")})
        return values


class BulkViewSet(CompanyViewSet):
    """One action on many invoices."""

    permissions = {"create": tuple(dict.fromkeys(name for act in ACTS.values() for name in act.permissions))}
    references = {"ids": Document}
    queryset = Document.objects.invoices()
    serializer_class = JobSerializer
    pagination_class = None

    @extend_schema(request=BulkSerializer, responses={202: JobSerializer})
    def create(self, request: Request) -> Response:
        """Start a job (202) that takes the step with each invoice, one by one; a refused one leaves the others alone.

        `issue` issues drafts, `discard` throws them away; `void` voids, SRI being asked first; `pay` records a payment
        of each balance; `mail` mails them; `download` puts PDF and XML in a zip; `retry` has the same bytes sent to
        SRI again; `check` has SRI asked. `jobs/{id}/items/` says what became of each.
        """
        asked = self.validated(BulkSerializer)
        act = ACTS[asked["action"]]
        self.actor.require(*act.permissions)
        parameters = self._parameters(act, asked["parameters"])
        return accepted(self, tasks.start(act.kind, self._chosen(asked), parameters=parameters, actor=self.actor))

    def _parameters(self, act: BulkAction, given: dict[str, str]) -> dict[str, Any]:
        form: Any = act.form(given)
        if not form.is_valid():
            raise _malformed(form.errors, "parameters")
        return as_parameters(form.cleaned_data)

    def _chosen(self, asked: dict[str, Any]) -> Iterable[tuple[int, str]]:
        if "filter" in asked:
            filterset = ApiInvoiceFilterSet(asked["filter"], queryset=self.get_queryset(), request=self.request)
            if not filterset.is_valid():
                raise _malformed(filterset.errors, "filter")
            return things(filterset.qs)
        found = self.get_queryset().in_bulk(asked["ids"])
        if len(found) < len(set(asked["ids"])):
            raise Document.DoesNotExist
        return [(pk, str(found[pk])) for pk in dict.fromkeys(asked["ids"])]


def _malformed(found: Any, where: str) -> Malformed:
    fields = [
        FieldError(field=f"{where}.{name}", code=error.code or "invalid", message=str(error.message))
        for name, errors in found.as_data().items()
        for error in errors
    ]
    return Malformed(_("Revise lo enviado: hay campos con errores."), code="malformed", fields=fields)
