"""Signing certificates over the API."""

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import CompanyViewSet
from core.parsers import JsonBody
from sri import workflow
from sri.api import serializers
from sri.certificates import MAX_BYTES
from sri.models import SEALED, Certificate


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class CertificateViewSet(CompanyViewSet):
    """The certificates that sign what goes to SRI: the newest in force does."""

    view_permission = "certificates.view"
    permissions = dict.fromkeys(("create", "retire"), ("certificates.manage",))
    queryset = Certificate.objects.defer(*SEALED)
    serializer_class = serializers.CertificateSerializer
    parser_classes = (MultiPartParser,)

    @extend_schema(request=serializers.CertificateInputSerializer, responses={201: serializers.CertificateSerializer})
    @method_decorator(sensitive_variables())
    def create(self, request: Request) -> Response:
        """Add a certificate: it is opened and checked at once.

        File and password are stored encrypted and are in no answer.
        """
        values = self.validated(serializers.CertificateInputSerializer)
        content = values["file"].read(MAX_BYTES + 1)
        ruc: str = request._request.company.ruc  # type: ignore[attr-defined]
        return self.created(workflow.add_certificate(content, values["password"], ruc=ruc, actor=self.actor))

    @extend_schema(request=None, responses=serializers.CertificateCheckSerializer)
    @action(detail=True, methods=["post"], parser_classes=(JsonBody,))
    def check(self, request: Request, pk: str) -> Response:
        """Open a certificate again and say how it is; nothing is changed."""
        checked = workflow.check(int(pk), actor=self.actor)
        return Response(serializers.CertificateCheckSerializer(checked).data)

    @extend_schema(request=None, responses=serializers.CertificateSerializer)
    @action(detail=True, methods=["post"], parser_classes=(JsonBody,))
    def retire(self, request: Request, pk: str) -> Response:
        """Let a certificate sign nothing any more."""
        return self.answer(workflow.retire_certificate(int(pk), actor=self.actor))
