"""The counter's sale over the API: drafted, issued and paid in one request."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Customer, Product, Series
from billing.totals import NO_DISCOUNT, Discount
from core.api import CompanyViewSet
from core.shapes import Id, Money, Number, Shape, Text
from payments import quick_sale
from payments.models import PaymentMethod
from payments.quick_sale import Buyer, SaleInput, SaleLine


class SaleLineSerializer(serializers.Serializer):
    """So many of a product, at its price."""

    product = Id()
    quantity = Number(default=Decimal(1))
    discount_percent = Number(required=False, allow_null=True, help_text="0 to 100.")


class SaleBuyerSerializer(serializers.Serializer):
    """Who buys; the name is needed where nobody has bought with that identification yet."""

    identification = serializers.CharField(max_length=20, help_text="Cédula, RUC or passport.")
    name = Text()
    email = serializers.EmailField(required=False, allow_blank=True)


class QuickSaleInputSerializer(serializers.Serializer):
    """A sale at the counter; without `customer` and `buyer` it is consumidor final who buys."""

    lines = SaleLineSerializer(many=True)
    method = Id(help_text="How it is paid.")
    customer = Id(required=False, allow_null=True)
    buyer = SaleBuyerSerializer(required=False, allow_null=True)
    tendered = Number(required=False, allow_null=True, help_text="Cash handed over; the exact total when left out.")
    reference = Text(max_length=100)
    series = Id(required=False, allow_null=True, help_text="A receipt book; the first active one when left out.")


class QuickSaleSerializer(Shape):
    """What was sold: the document, its receipt, and the cash to give back."""

    invoice = Id(source="document.pk")
    invoice_number = serializers.CharField(source="document.number")
    document_type = serializers.CharField(source="document.document_type")
    status = serializers.CharField(source="document.status")
    authorization = serializers.CharField(source="document.authorization")
    customer = Id(source="document.customer_id")
    total = Money(source="document.total")
    payment = Id(source="payment.pk")
    receipt = Id(source="receipt.pk")
    receipt_number = serializers.CharField(source="receipt.number")
    change = Money()


class QuickSaleViewSet(CompanyViewSet):
    """Sales at the counter: all of it or nothing."""

    permissions = {"create": (quick_sale.PERMISSION,)}
    references = {"lines.product": Product, "customer": Customer, "method": PaymentMethod, "series": Series}
    serializer_class = QuickSaleSerializer

    @extend_schema(request=QuickSaleInputSerializer, responses={201: QuickSaleSerializer})
    def create(self, request: Request) -> Response:
        """Sell: draft, issue and receive the money in one step."""
        entered = _entered(self.validated(QuickSaleInputSerializer))
        return self.answer(quick_sale.sell(entered, actor=self.actor), status=201)


def _entered(body: dict[str, Any]) -> SaleInput:
    buyer = body.get("buyer")
    return SaleInput(
        lines=tuple(_line(row) for row in body["lines"]),
        method_id=body["method"],
        customer_id=body.get("customer"),
        buyer=Buyer(buyer["identification"], buyer["name"], buyer.get("email", "")) if buyer else None,
        tendered=body.get("tendered"),
        reference=body["reference"],
        series_id=body.get("series"),
    )


def _line(row: dict[str, Any]) -> SaleLine:
    off = row.get("discount_percent")
    return SaleLine(row["product"], row["quantity"], Discount.percent(off) if off else NO_DISCOUNT)
