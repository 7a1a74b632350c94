"""The API resources of companies."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from companies.api.tokens import RefreshView, TokenView
from companies.api.views import (
    ApiKeyViewSet,
    CompanyView,
    InvitationViewSet,
    LogoView,
    MailsView,
    MemberViewSet,
    MeView,
)

router = SimpleRouter()
router.register("members", MemberViewSet, "member")
router.register("invitations", InvitationViewSet, "invitation")
router.register("api-keys", ApiKeyViewSet, "api-key")

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", TokenView.as_view(), name="token"),
    path("auth/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("me/", MeView.as_view(), name="me"),
    path("me/mails/", MailsView.as_view({"get": "retrieve", "patch": "partial_update"}), name="me-mails"),
    path("company/", CompanyView.as_view({"get": "retrieve", "patch": "partial_update"}), name="company"),
    path("company/logo/", LogoView.as_view({"put": "set_logo", "delete": "remove_logo"}), name="company-logo"),
    *router.urls,
]
