"""Bookings and what is free, over the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.invoice_shapes import InvoiceDetailSerializer
from billing.models import Customer, Document, Product, Series
from core.api import CompanyViewSet
from payments.models import PaymentMethod
from reservations import invoicing, workflow
from reservations.api import booking_shapes as shapes
from reservations.api.account import PERMISSIONS as ACCOUNT
from reservations.api.account import AccountActions, invoice_answer
from reservations.api.changes import PERMISSIONS
from reservations.filters import ReservationFilterSet
from reservations.models import Court, Reservation
from reservations.queries import availability

MANAGING = ("reservations.manage",)
STEPS = ("create", "partial_update", "preview", "confirm", "check_in", "complete", "no_show", "cancel")


class ReservationViewSet(AccountActions):
    """Bookings: held or requested → confirmed → checked in → completed; or cancelled, or nobody came."""

    view_permission = "reservations.view"
    permissions = {
        **dict.fromkeys(STEPS, MANAGING),
        **PERMISSIONS,
        **ACCOUNT,
        "make_invoice": ("billing.draft", "billing.draft_reservations"),
        "charge": ("payments.record",),
    }
    references = {
        "resource": Court,
        "customer": Customer,
        "shares.customer": Customer,
        "reservations": Reservation,
        "extras.product": Product,
        "method": PaymentMethod,
        "charge.method": PaymentMethod,
        "series": Series,
        "charge.series": Series,
    }
    serializer_class = shapes.ReservationSerializer
    detail_serializer_class = shapes.ReservationDetailSerializer
    filterset_class = ReservationFilterSet
    ordering_fields = ("id", "starts_at", "total")
    default_ordering = "-starts_at"

    def get_queryset(self) -> QuerySet:
        """Return the bookings with their courts and where their money is."""
        return Reservation.objects.with_billing().select_related("court")

    @extend_schema(request=shapes.BookSerializer, responses={201: shapes.ReservationDetailSerializer})
    def create(self, request: Request) -> Response:
        """Book a court; a slot somebody has is refused (`slot_taken`), naming the booking that is there."""
        booked = workflow.book(shapes.book_input(self.validated(shapes.BookSerializer)), actor=self.actor)
        return self.created(self.get_queryset().get(pk=booked.pk))

    @extend_schema(request=shapes.ChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change extras and notes of a requested booking; court time is priced with today's rates."""
        values = shapes.change_values(self.validated(shapes.ChangeSerializer))
        version = self.expected_version()
        return self.changed(workflow.update_lines(int(pk), **values, actor=self.actor, expected_version=version))

    @extend_schema(request=shapes.WantedSerializer, responses=shapes.QuoteSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Work out what a booking would cost; nothing is saved."""
        body = self.validated(shapes.WantedSerializer)
        period = body["resource"], body["starts_at"], body["ends_at"]
        extras = shapes.extra_inputs(body["extras"])
        quote = workflow.preview(*period, extras, body["customer"], actor=self.actor)
        return Response(shapes.QuoteSerializer(quote).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def confirm(self, request: Request, pk: str) -> Response:
        """Promise the court; what it costs becomes a billable."""
        return self.changed(workflow.confirm(int(pk), actor=self.actor))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="check-in", pagination_class=None)
    def check_in(self, request: Request, pk: str) -> Response:
        """Note that the customer came."""
        return self.changed(workflow.check_in(int(pk), actor=self.actor))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], pagination_class=None)
    def complete(self, request: Request, pk: str) -> Response:
        """Note that the customer has played."""
        return self.changed(workflow.complete(int(pk), actor=self.actor))

    @extend_schema(request=shapes.WaiveSerializer)
    @action(detail=True, methods=["post"], url_path="no-show", pagination_class=None)
    def no_show(self, request: Request, pk: str) -> Response:
        """Note that nobody came; the court is free again, and the fee of the rules is asked for."""
        return self.changed(workflow.no_show(int(pk), **self.validated(shapes.WaiveSerializer), actor=self.actor))

    @extend_schema(request=shapes.CancelSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the court free again, take back what was to be invoiced, and ask for the fee of the rules."""
        return self.changed(workflow.cancel(int(pk), **self.validated(shapes.CancelSerializer), actor=self.actor))

    @extend_schema(responses=InvoiceDetailSerializer)
    @action(detail=True, pagination_class=None)
    def invoice(self, request: Request, pk: str) -> Response:
        """Show the booking's invoice; 404 while it has none."""
        billable = invoicing.billable_of(self.get_object().pk)
        if billable is None or billable.document is None:
            raise Document.DoesNotExist
        return invoice_answer(self, billable.document)

    @extend_schema(request=shapes.MakeInvoiceSerializer, responses=InvoiceDetailSerializer)
    @invoice.mapping.post
    def make_invoice(self, request: Request, pk: str) -> Response:
        """Make the booking's invoice, or answer the one it has."""
        body = self.validated(shapes.MakeInvoiceSerializer)
        return invoice_answer(
            self, workflow.invoice(int(pk), series_id=body["series"], issue=body["issue"], actor=self.actor)
        )

    @extend_schema(request=shapes.ChargeSerializer, responses=InvoiceDetailSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def charge(self, request: Request, pk: str) -> Response:
        """Issue the booking's invoice and settle it with the money received, all or nothing."""
        entered = shapes.charge_input(self.validated(shapes.ChargeSerializer))
        return invoice_answer(self, workflow.charge(int(pk), entered, actor=self.actor))


class AvailabilityViewSet(CompanyViewSet):
    """What is free."""

    view_permission = "reservations.view"
    references = {"resource": Court, "customer": Customer}
    pagination_class = None
    filter_backends = ()
    serializer_class = shapes.SlotSerializer

    @extend_schema(parameters=[shapes.DaySerializer], responses=shapes.SlotSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List the slots of a court's day; those after midnight belong to the day on which the court opened."""
        wanted = self.validated_query(shapes.DaySerializer)
        court = Court.objects.select_related("venue").get(pk=wanted["resource"])
        customer = Customer.objects.live().get(pk=wanted["customer"]) if "customer" in wanted else None
        slots = availability(court, wanted["date"], customer)
        return Response(shapes.SlotSerializer(slots, many=True).data)
