"""What the shapes of invoices and of credit notes have in common."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from billing.models import Annulment, Authorization, Document, IdentificationType, Status
from core.shapes import Id, Money, Percent, Shape


class InfoSerializer(serializers.Serializer):
    """A named text that is printed and sent with the document."""

    name = serializers.CharField(max_length=300)
    value = serializers.CharField(max_length=300)


class TaxSerializer(Shape):
    """Base and tax at one rate."""

    tax_code = serializers.CharField(help_text="SRI table 16; `0` on a nota de venta, which breaks no tax out.")
    rate_code = serializers.CharField(help_text="SRI table 17; empty on a nota de venta.")
    rate = Percent()
    base = Money()
    tax = Money()


class PreviewTaxSerializer(Shape):
    """What one rate would come to."""

    tax_code = serializers.CharField(source="tax.code")
    rate_code = serializers.CharField(source="tax.rate_code")
    rate = Percent(source="tax.rate")
    base = Money()
    tax = Money(source="tax_amount")


class BuyerSerializer(Shape):
    """The buyer as frozen on the document."""

    identification_type = serializers.ChoiceField(IdentificationType.choices, source="buyer_identification_type")
    identification = serializers.CharField(source="buyer_identification")
    name = serializers.CharField(source="buyer_name")
    address = serializers.CharField(source="buyer_address")
    email = serializers.CharField(source="buyer_email")
    phone = serializers.CharField(source="buyer_phone")


class UrlsSerializer(serializers.Serializer):
    """Where the document is."""

    self = serializers.URLField()
    pdf = serializers.URLField()
    page = serializers.URLField()


class DocumentSerializer(Shape):
    """A document in a list: what every type of document says."""

    id = Id()
    number = serializers.CharField(help_text="`001-001-000000123`; empty while a draft.")
    status = serializers.ChoiceField(Status.choices)
    authorization = serializers.ChoiceField(Authorization.choices)
    annulment = serializers.ChoiceField(Annulment.choices)
    access_key = serializers.CharField(help_text="49 digits; empty without e-invoicing.")
    issue_date = serializers.DateField()
    customer = Id(source="customer_id")
    buyer_name = serializers.CharField()
    buyer_identification = serializers.CharField()
    subtotal = Money(help_text="Without taxes, after discounts.")
    total_discount = Money()
    tax_total = Money()
    total = Money()
    series = Id(source="series_id")
    issued_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class DocumentDetailSerializer(Shape):
    """What every type of document says besides, where it is shown by itself."""

    addresses: ClassVar[dict[str, str]]  # the names of the URLs behind `urls`

    environment = serializers.CharField(help_text="SRI table 4: 1 test, 2 production.")
    buyer = BuyerSerializer(source="*")
    taxes = TaxSerializer(many=True)
    additional_info = InfoSerializer(many=True)
    void_reason = serializers.CharField()
    voided_at = serializers.DateTimeField(allow_null=True)
    replaces = Id(source="replaces_id", allow_null=True, help_text="The document SRI would not have, issued anew here.")
    urls = serializers.SerializerMethodField()

    @extend_schema_field(UrlsSerializer)
    def get_urls(self, document: Document) -> dict[str, Any]:
        """Return the document's addresses."""
        request = self.context["request"]
        return {name: reverse(view, [document.pk], request=request) for name, view in self.addresses.items()}
