"""Signing in as a program: the same door as the page, with the same limits and the same second step."""

from typing import Any, ClassVar, Final, cast

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from companies import accounts, tokens
from companies.api.serializers import PairSerializer, RefreshSerializer, TokenInputSerializer
from companies.models import User
from core.errors import WorkflowError

RETRY_AFTER: Final = 300  # seconds: the longest window of ACCOUNT_RATE_LIMITS["login_failed"]


class SignInRefused(WorkflowError):
    """The person could not be made out (HTTP 401)."""

    status: ClassVar[int] = 401


class TooManyAttempts(WorkflowError):
    """Too many attempts for this account or from this address (HTTP 429)."""

    status: ClassVar[int] = 429

    def __init__(self) -> None:
        super().__init__(
            _("Demasiados intentos fallidos. Espere unos minutos e intente de nuevo."), code="too_many_login_attempts"
        )


class PublicView(APIView):
    """A view that needs no credential, and looks at none."""

    authentication_classes = ()
    permission_classes = ()

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what a refused program should send, or how long it should wait; and keep tokens out of caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        if response.status_code == 401:
            response["WWW-Authenticate"] = "Bearer"
        if response.status_code == 429:
            response["Retry-After"] = str(RETRY_AFTER)
        return response


class TokenView(PublicView):
    """Exchanges e-mail and password (and the code of the second step) for a pair of tokens."""

    @extend_schema(request=TokenInputSerializer, responses=PairSerializer)
    def post(self, request: Request) -> Response:
        """Sign in."""
        serializer = TokenInputSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given, http = serializer.validated_data, request._request
        user = _first_step(http, given["username"], given["password"])
        _second_step(user, given.get("otp", ""))
        accounts.note_sign_in(http, user)
        return Response(tokens.issue(user))


class RefreshView(PublicView):
    """Exchanges a refresh token for a new pair, once."""

    @extend_schema(request=RefreshSerializer, responses=PairSerializer)
    def post(self, request: Request) -> Response:
        """Get the next pair."""
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            return Response(tokens.rotate(serializer.validated_data["refresh"]))
        except tokens.TokenRefused as refused:
            raise SignInRefused(str(refused), code="invalid_token") from refused


def _first_step(request: HttpRequest, email: str, password: str) -> User:
    if not ratelimit.consume(request, action="login"):
        raise TooManyAttempts
    try:
        user = get_adapter().authenticate(request, email=email.strip(), password=password)
    except ValidationError as error:
        raise TooManyAttempts from error
    if user is None or not user.is_active:
        raise SignInRefused(_("El correo o la contraseña no son correctos."), code="invalid_credentials")
    return cast(User, user)


def _second_step(user: User, code: str) -> None:
    if not is_mfa_enabled(user):
        return
    if not code:
        raise SignInRefused(
            _("La cuenta pide un segundo paso: envíe también «otp», el código de su aplicación."), code="otp_required"
        )
    form = AuthenticateForm({"code": code}, user=user)
    if form.is_valid():
        form.authenticator.record_usage()
    elif form.has_error("code", "too_many_login_attempts"):
        raise TooManyAttempts
    else:
        raise SignInRefused(_("El código no es correcto, ya se usó o venció."), code="otp_invalid")
