"""Where numbers come from, over the API: establishments, emission points, receipt books (series) and their gaps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing import numbering, recovery, series
from billing.models import DocumentType, EmissionPoint, Establishment, NumberGap, Series
from core.api import CompanyViewSet
from core.shapes import Id, Shape, Text

CHANGES = dict.fromkeys(("create", "partial_update"), ("company.manage",))
LAST = numbering.LAST


class Code(serializers.RegexField):
    """The three digits of an establishment or point, as SRI gave them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[0-9]{3}$", help_text="Three digits, as SRI gave them.", **options)


class EstablishmentSerializer(Shape):
    """A place of business."""

    id = Id()
    code = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class EstablishmentInputSerializer(serializers.Serializer):
    """What is entered for an establishment."""

    code = Code()
    name = serializers.CharField(max_length=150)
    address = serializers.CharField(max_length=300)


class EstablishmentChangeSerializer(serializers.Serializer):
    """What may change about an establishment; its code is for life."""

    name = serializers.CharField(max_length=150)
    address = serializers.CharField(max_length=300)
    active = serializers.BooleanField()


class EstablishmentViewSet(CompanyViewSet):
    """Places of business, by the three digits SRI gave them."""

    view_permission = "company.view"
    permissions = CHANGES
    queryset = Establishment.objects.all()
    serializer_class = EstablishmentSerializer
    default_ordering = "id"

    @extend_schema(request=EstablishmentInputSerializer, responses={201: EstablishmentSerializer})
    def create(self, request: Request) -> Response:
        """Open an establishment."""
        return self.created(series.add_establishment(**self.validated(EstablishmentInputSerializer), actor=self.actor))

    @extend_schema(request=EstablishmentChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an establishment's name, address or activity."""
        values = self.validated(EstablishmentChangeSerializer, partial=True)
        return self.answer(
            series.update_establishment(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        )


class EmissionPointSerializer(Shape):
    """A till or channel within an establishment."""

    id = Id()
    establishment = Id(source="establishment_id")
    code = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()


class EmissionPointInputSerializer(serializers.Serializer):
    """What is entered for an emission point."""

    establishment = Id()
    code = Code()
    name = Text(max_length=150)


class EmissionPointChangeSerializer(serializers.Serializer):
    """What may change about an emission point."""

    name = Text(max_length=150)
    active = serializers.BooleanField()


class NextNumberQuerySerializer(serializers.Serializer):
    """For which type of document."""

    type = serializers.ChoiceField(DocumentType.choices, default=DocumentType.INVOICE, help_text="SRI table 3.")


class NextNumberSerializer(serializers.Serializer):
    """The number the next document will most likely get; nothing is reserved."""

    receipt_book = Id()
    document_type = serializers.CharField()
    number = serializers.CharField()
    sequential = serializers.IntegerField()
    warning = serializers.CharField(help_text="Empty, or how few numbers are left.")


class EmissionPointViewSet(CompanyViewSet):
    """Tills and channels within an establishment."""

    view_permission = "company.view"
    permissions = CHANGES
    references = {"establishment": Establishment}
    queryset = EmissionPoint.objects.select_related("establishment")
    serializer_class = EmissionPointSerializer
    default_ordering = "id"

    @extend_schema(request=EmissionPointInputSerializer, responses={201: EmissionPointSerializer})
    def create(self, request: Request) -> Response:
        """Open an emission point."""
        values = self.validated(EmissionPointInputSerializer)
        establishment_id = values.pop("establishment")
        return self.created(series.add_emission_point(establishment_id=establishment_id, **values, actor=self.actor))

    @extend_schema(request=EmissionPointChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an emission point's name or activity."""
        values = self.validated(EmissionPointChangeSerializer, partial=True)
        return self.answer(
            series.update_emission_point(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        )

    @extend_schema(parameters=[NextNumberQuerySerializer], responses=NextNumberSerializer)
    @action(detail=True, url_path="next-number", pagination_class=None)
    def next_number(self, request: Request, pk: str) -> Response:
        """Preview the next number of a document type here; takes nothing."""
        kind = self.validated_query(NextNumberQuerySerializer)["type"]
        point = self.get_object()
        book = Series.objects.select_related("emission_point__establishment").get(
            emission_point=point, document_type=kind
        )
        number = numbering.format_number(point.establishment.code, point.code, book.next_number)
        return Response(
            {
                "receipt_book": book.pk,
                "document_type": kind,
                "number": number,
                "sequential": book.next_number,
                "warning": numbering.limit_warning(book),
            }
        )


class ReceiptBookSerializer(Shape):
    """A series: the counter of one document type at one emission point."""

    id = Id()
    emission_point = Id(source="emission_point_id")
    code = serializers.CharField(source="emission_point", help_text="`001-001`")
    document_type = serializers.ChoiceField(DocumentType.choices)
    start_number = serializers.IntegerField()
    last_number = serializers.IntegerField(help_text="One less than `start_number` before the first document.")
    last_issue_date = serializers.DateField(allow_null=True)
    limit_number = serializers.IntegerField(allow_null=True)
    active = serializers.BooleanField()
    doubt = serializers.CharField(help_text="Empty; else why nothing is issued until the last number is confirmed.")
    version = serializers.IntegerField()


class ConfirmSerializer(serializers.Serializer):
    """Which number of a series in doubt was really the last."""

    last_number = serializers.IntegerField(min_value=0, max_value=LAST)


class ReceiptBookInputSerializer(serializers.Serializer):
    """What is entered for a series; `start_number` continues the numbering of another system."""

    emission_point = Id()
    document_type = serializers.ChoiceField(DocumentType.choices, default=DocumentType.INVOICE)
    start_number = serializers.IntegerField(min_value=1, max_value=LAST, default=1)
    limit_number = serializers.IntegerField(min_value=1, max_value=LAST, allow_null=True, default=None)


class ReceiptBookChangeSerializer(serializers.Serializer):
    """What may change about a series; its start only while nothing was issued in it."""

    start_number = serializers.IntegerField(min_value=1, max_value=LAST)
    limit_number = serializers.IntegerField(min_value=1, max_value=LAST, allow_null=True)
    active = serializers.BooleanField()


class GapSerializer(Shape):
    """A number whose document was voided."""

    id = Id()
    sequential = serializers.IntegerField()
    invoice = Id(source="document_id")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReceiptBookViewSet(CompanyViewSet):
    """Receipt books (talonarios): the series in use with their last number and limit."""

    view_permission = "company.view"
    permissions = CHANGES | {"confirm": ("company.manage",)}
    references = {"emission_point": EmissionPoint}
    queryset = Series.objects.select_related("emission_point__establishment")
    serializer_class = ReceiptBookSerializer
    default_ordering = "id"

    @extend_schema(request=ReceiptBookInputSerializer, responses={201: ReceiptBookSerializer})
    def create(self, request: Request) -> Response:
        """Open a receipt book."""
        values = self.validated(ReceiptBookInputSerializer)
        point_id = values.pop("emission_point")
        return self.created(series.add_series(emission_point_id=point_id, **values, actor=self.actor))

    @extend_schema(request=ReceiptBookChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a receipt book's limit or activity, or its start while unused."""
        values = self.validated(ReceiptBookChangeSerializer, partial=True)
        return self.answer(
            series.update_series(int(pk), values, actor=self.actor, expected_version=self.expected_version())
        )

    @extend_schema(request=ConfirmSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirm or raise the last number of a series in doubt, after a restored backup for instance."""
        values = self.validated(ConfirmSerializer)
        return self.answer(recovery.confirm_series(int(pk), values["last_number"], actor=self.actor))

    @extend_schema(responses=GapSerializer(many=True))
    @action(detail=True)
    def gaps(self, request: Request, pk: str) -> Response:
        """List the numbers that are not used, each with its reason."""
        return self.sublist(NumberGap.objects.filter(series=self.get_object()), GapSerializer)
