"""JWTs: who, for fifteen minutes, and the refresh token that gets the next pair exactly once.

A token says who and nothing about what they may do. Changing the password, or losing the account, ends all of
them; losing a membership needs no ending, because memberships are read on every request.
"""

from typing import Any, Final, TypedDict

from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from companies.models import User

STAMP: Final = "stamp"  # changes with the password
USED: Final = "jwt-used"


class TokenRefused(Exception):
    """A token is no good (any more); the text says why, in Spanish."""


class Pair(TypedDict):
    """What a person's program gets."""

    access: str
    refresh: str


def issue(user: User) -> Pair:
    """Make a pair for a person who has just proved who they are."""
    refresh = RefreshToken.for_user(user)
    refresh[STAMP] = _stamp(user)
    return Pair(access=str(refresh.access_token), refresh=str(refresh))


def rotate(text: str) -> Pair:
    """Exchange a refresh token for a new pair; each is taken once.

    Raises:
        TokenRefused: expired, forged, used before, or its person is no longer active.
    """
    old = _read(RefreshToken, text)
    user = _person(old)
    seconds = max(1, int(old["exp"] - old.current_time.timestamp()) + 1)
    if not cache.add(f"{USED}:{old['jti']}", True, seconds):
        raise TokenRefused(_("Este token de renovación ya se usó. Ingrese de nuevo."))
    return issue(user)


def bearer(text: str) -> User:
    """Return the person an access token speaks for.

    Raises:
        TokenRefused: expired, forged, or its person is no longer active or has another password since.
    """
    return _person(_read(AccessToken, text))


def _read(kind: type[Token], text: str) -> Any:
    try:
        return kind(text)  # type: ignore[arg-type]
    except TokenError as error:
        raise TokenRefused(_("El token venció o no es válido.")) from error


def _person(token: Any) -> User:
    user = User.objects.filter(pk=token["user_id"], is_active=True).first()
    if user is None or not constant_time_compare(token.get(STAMP, ""), _stamp(user)):
        raise TokenRefused(_("La persona del token ya no tiene acceso."))
    return user


def _stamp(user: User) -> str:
    return salted_hmac("companies.tokens", user.password).hexdigest()[:16]
