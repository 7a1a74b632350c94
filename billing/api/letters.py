"""Letters over the API: what was mailed, and sending a document or a letter again."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import letters
from billing.correspondence import LetterFilterSet
from billing.models import Letter
from core.api import CompanyViewSet
from core.shapes import Id, Shape

SENDING = ("billing.mail",)


class LetterSerializer(Shape):
    """A mail to a customer, about a document or a payment, and what became of it."""

    id = Id()
    kind = serializers.ChoiceField(Letter.Kind.choices)
    state = serializers.ChoiceField(Letter.State.choices)
    customer = Id(source="customer_id")
    customer_name = serializers.CharField(source="customer.name")
    invoice = Id(source="document_id", allow_null=True)
    invoice_number = serializers.SerializerMethodField()
    payment = Id(source="payment_id", allow_null=True)
    recipients = serializers.ListField(child=serializers.CharField())
    attempts = serializers.IntegerField()
    problem = serializers.CharField(help_text="What the last attempt met with, in words.")
    requested_by = serializers.CharField(help_text="Empty where the step itself asked for it.")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)

    def get_invoice_number(self, letter: Letter) -> str | None:
        """Return the number of the document it brings."""
        return letter.document.number if letter.document else None


class RecipientsSerializer(serializers.Serializer):
    """Whom a letter goes to."""

    recipients = serializers.ListField(
        child=serializers.CharField(max_length=254),
        required=False,
        default=list,
        max_length=letters.MOST_RECIPIENTS,
        help_text="Left out, the addresses the customer has now.",
    )


class LetterViewSet(CompanyViewSet):
    """What was mailed to customers. A letter sent again is a new one."""

    view_permission = "billing.view"
    permissions = {"send_again": SENDING, "send_email": SENDING}
    queryset = Letter.objects.select_related("customer", "document")
    serializer_class = LetterSerializer
    filterset_class = LetterFilterSet

    @extend_schema(request=RecipientsSerializer, responses={202: LetterSerializer}, filters=False)
    @action(detail=True, methods=["post"], url_path="send-again", pagination_class=None)
    def send_again(self, request: Request, pk: str) -> Response:
        """Send a letter again, as a new one (202: a job sends it)."""
        body = self.validated(RecipientsSerializer)
        return self.answer(letters.repeat(int(pk), recipients=body["recipients"], actor=self.actor), status=202)

    @extend_schema(request=RecipientsSerializer, responses={202: LetterSerializer}, filters=False)
    def send_email(self, request: Request, pk: str) -> Response:
        """Mail an invoice: XML and RIDE once authorized, the PDF where nothing goes to SRI (202: a job sends it)."""
        body = self.validated(RecipientsSerializer)
        return self.answer(letters.send_again(int(pk), recipients=body["recipients"], actor=self.actor), status=202)
