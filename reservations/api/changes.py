"""What becomes of a booking, over the API: holding, taking what was held, moving, another price, a deposit."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CompanyViewSet
from core.shapes import Id, Moment, Number, Text
from payments.api.payments import PaymentSerializer
from reservations import deposits, holding, moving
from reservations.api import booking_shapes as shapes
from reservations.deposits import DepositInput
from reservations.holding import HoldInput, TakeInput
from reservations.models import Reservation

MANAGING = ("reservations.manage",)
MONEY = ("payments.record",)
PERMISSIONS = {
    **dict.fromkeys(("hold", "take", "move", "price"), MANAGING),
    **dict.fromkeys(("deposit", "release_deposit"), MONEY),
}


class HoldSerializer(serializers.Serializer):
    """A slot to hold for a while, for a customer or for somebody who is only a name."""

    resource = Id()
    starts_at = Moment()
    ends_at = Moment()
    customer = Id(allow_null=True, default=None)
    customer_name = Text()
    customer_phone = Text(max_length=30)


class TakeSerializer(shapes.WhoSerializer):
    """Who books what was held; without a customer, the one it was held for. Extras that are left out stay."""

    extras = shapes.ExtraInputSerializer(many=True, required=False)


class MoveSerializer(serializers.Serializer):
    """Where a booking goes, as long as before."""

    resource = Id()
    starts_at = Moment()


class PriceSerializer(serializers.Serializer):
    """The price that was agreed; that of the rates needs no reason."""

    total = Number(help_text="With taxes.")
    reason = Text(max_length=500)


class DepositSerializer(serializers.Serializer):
    """Money that waits for the booking's invoice."""

    method = Id()
    amount = Number()
    reference = Text(max_length=100)


class ChangeActions(CompanyViewSet):
    """The actions of a booking beyond its steps; part of its resource."""

    def changed(self, reservation: Reservation) -> Response:
        """Answer with a booking as it is now."""
        return self.answer(self.get_queryset().get(pk=reservation.pk))

    @extend_schema(request=HoldSerializer, responses={201: shapes.ReservationDetailSerializer})
    @action(detail=False, methods=["post"], pagination_class=None)
    def hold(self, request: Request) -> Response:
        """Hold a slot for the minutes of the rules in force; then it frees itself."""
        body = self.validated(HoldSerializer)
        held = holding.hold(
            HoldInput(
                court_id=body["resource"],
                starts_at=body["starts_at"],
                ends_at=body["ends_at"],
                customer_id=body["customer"],
                customer_name=body["customer_name"],
                phone=body["customer_phone"],
            ),
            actor=self.actor,
        )
        return self.created(self.get_queryset().get(pk=held.pk))

    @extend_schema(request=TakeSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def take(self, request: Request, pk: str) -> Response:
        """Book what was held; with `confirm` or `charge` as when booking."""
        body: dict[str, Any] = self.validated(TakeSerializer)
        extras = shapes.extra_inputs(body["extras"]) if "extras" in body else None
        entered = TakeInput(**shapes.who_values(body), extras=extras)
        return self.changed(holding.take(int(pk), entered, actor=self.actor))

    @extend_schema(request=MoveSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def move(self, request: Request, pk: str) -> Response:
        """Give a booking another court or time, at today's rates; a slot somebody has is refused (`slot_taken`)."""
        body = self.validated(MoveSerializer)
        moved = moving.move(
            int(pk), body["resource"], body["starts_at"], actor=self.actor, expected_version=self.expected_version()
        )
        return self.changed(moved)

    @extend_schema(request=PriceSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def price(self, request: Request, pk: str) -> Response:
        """Give a booking the price that was agreed; what is on a document keeps its price (`price_is_invoiced`)."""
        body = self.validated(PriceSerializer)
        changed = moving.change_price(int(pk), **body, actor=self.actor, expected_version=self.expected_version())
        return self.changed(changed)

    @extend_schema(request=DepositSerializer, responses={201: PaymentSerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def deposit(self, request: Request, pk: str) -> Response:
        """Record money that is held for the booking and settles its invoice by itself."""
        body = self.validated(DepositSerializer)
        entered = DepositInput(body["method"], body["amount"], body["reference"])
        payment = deposits.deposit(int(pk), entered, actor=self.actor)
        return Response(PaymentSerializer(payment, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=shapes.ReasonSerializer)
    @action(detail=True, methods=["post"], url_path="release-deposit", pagination_class=None)
    def release_deposit(self, request: Request, pk: str) -> Response:
        """Let go of what is held: it is the customer's credit."""
        body = self.validated(shapes.ReasonSerializer)
        return self.changed(deposits.release(int(pk), **body, actor=self.actor))
