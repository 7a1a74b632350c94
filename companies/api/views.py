"""Who one is, the company, its people and its keys, over the API."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from companies import api_keys, invitations, members, workflow
from companies.api import serializers
from companies.models import ApiKey, Company, Invitation, Membership
from core.api import CompanyViewSet
from core.problems import PROBLEM
from core.schema import Problem
from core.tenancy import current_company_id


class MeView(APIView):
    """Who is calling; also for somebody who belongs to no company."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        """Say who is calling, in which company, and what they may do."""
        http: Any = request._request
        actor = http.actor
        said = {
            "kind": actor.kind,
            "name": actor.label,
            "user": http.user if actor.kind == "user" else None,
            "company": http.company,
            "role": http.membership.role if http.membership else None,
            "permissions": sorted(actor.permissions),
            "companies": http.memberships,
        }
        return Response(serializers.MeSerializer(said).data)


class MailsView(CompanyViewSet):
    """What the caller is told by mail; each person chooses for themselves, in each company."""

    view_permission = "comments.view"
    serializer_class = serializers.MailsSerializer
    pagination_class = None

    @extend_schema(
        responses={200: serializers.MailsSerializer, (409, PROBLEM): OpenApiResponse(Problem, "`not_a_person`")}
    )
    def retrieve(self, request: Request) -> Response:  # type: ignore[override]
        """Show what was chosen."""
        return self.answer(members.own(self.actor))

    @extend_schema(request=serializers.MailsSerializer)
    def partial_update(self, request: Request) -> Response:
        """Choose; a program with an API key gets no mails (409 `not_a_person`)."""
        chosen = {"mails_mentions": members.own(self.actor).mails_mentions} | self.validated(
            serializers.MailsSerializer, partial=True
        )
        version = self.expected_version()
        return self.answer(members.choose_mails(**chosen, actor=self.actor, expected_version=version))


class CompanyView(CompanyViewSet):
    """The company of the credential."""

    view_permission = "company.view"
    permissions = dict.fromkeys(("partial_update", "set_logo", "remove_logo"), ("company.manage",))
    serializer_class = serializers.CompanySerializer
    pagination_class = None

    def retrieve(self, request: Request) -> Response:  # type: ignore[override]
        """Show the profile."""
        return self.answer(Company.objects.get(pk=current_company_id()))

    @extend_schema(request=serializers.CompanyInputSerializer, responses=serializers.CompanySerializer)
    def partial_update(self, request: Request) -> Response:
        """Change some fields of the profile; issued documents keep theirs."""
        values = self.validated(serializers.CompanyInputSerializer, partial=True)
        return self.answer(workflow.update_profile(values, actor=self.actor, expected_version=self.expected_version()))


class LogoView(CompanyView):
    """The company's logo."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=serializers.LogoInputSerializer, responses=serializers.CompanySerializer)
    def set_logo(self, request: Request) -> Response:
        """Show another logo on documents issued from now on."""
        content = self.validated(serializers.LogoInputSerializer)["logo"].read()
        return self.answer(workflow.set_logo(content, actor=self.actor, expected_version=self.expected_version()))

    @extend_schema(request=None, responses=serializers.CompanySerializer)
    def remove_logo(self, request: Request) -> Response:
        """Show no logo on documents issued from now on."""
        return self.answer(workflow.remove_logo(actor=self.actor, expected_version=self.expected_version()))


class MemberViewSet(CompanyViewSet):
    """Who belongs to the company. Joining goes through `invitations/`."""

    view_permission = "members.manage"
    queryset = Membership.objects.select_related("user")
    serializer_class = serializers.MemberSerializer
    default_ordering = "id"

    @extend_schema(request=serializers.RoleInputSerializer, responses=serializers.MemberSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Give a person another role."""
        role = self.validated(serializers.RoleInputSerializer)["role"]
        return self.answer(
            members.change_role(int(pk), role, actor=self.actor, expected_version=self.expected_version())
        )

    @extend_schema(request=serializers.EndAccessInputSerializer, responses=serializers.MemberSerializer)
    @action(detail=True, methods=["post"], url_path="end-access")
    def end_access(self, request: Request, pk: str) -> Response:
        """End a person's access, at once and everywhere."""
        values = self.validated(serializers.EndAccessInputSerializer)
        return self.answer(members.end_access(int(pk), **values, actor=self.actor))


class InvitationViewSet(CompanyViewSet):
    """Who was asked to join."""

    view_permission = "members.manage"
    queryset = Invitation.objects.all()
    serializer_class = serializers.InvitationSerializer

    @extend_schema(request=serializers.InvitationInputSerializer, responses={201: serializers.InvitationSerializer})
    def create(self, request: Request) -> Response:
        """Invite somebody: they get a mail with a link that lives a week."""
        values = self.validated(serializers.InvitationInputSerializer)
        return self.created(invitations.invite(**values, actor=self.actor))

    @extend_schema(request=None, responses=serializers.InvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send an invitation again; the earlier link is dead."""
        return self.answer(invitations.resend(int(pk), actor=self.actor))

    @extend_schema(request=None, responses=serializers.InvitationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take an invitation back."""
        return self.answer(invitations.revoke(int(pk), actor=self.actor))


class ApiKeyViewSet(CompanyViewSet):
    """The keys of other systems."""

    view_permission = "api_keys.manage"
    queryset = ApiKey.objects.select_related("created_by")
    serializer_class = serializers.ApiKeySerializer

    @extend_schema(request=serializers.ApiKeyInputSerializer, responses={201: serializers.NewApiKeySerializer})
    def create(self, request: Request) -> Response:
        """Make a key. Its secret is in this answer and nowhere else."""
        values = serializers.without_nulls(self.validated(serializers.ApiKeyInputSerializer))
        made = api_keys.create(**values, actor=self.actor)
        response = self.created(made.key)
        response.data["secret"] = made.secret
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(request=None, responses=serializers.ApiKeySerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End a key, now and for good."""
        return self.answer(api_keys.revoke(int(pk), actor=self.actor))
