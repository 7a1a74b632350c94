"""The company of a request comes from its credential or session, never from a parameter (D15)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log
from audit.models import AccessEntry
from companies import credentials
from companies.credentials import SESSION_COMPANY, Caller, InvalidCredential
from companies.models import User
from core.actor import Actor
from core.errors import WorkflowError
from core.problems import problem
from core.tenancy import all_companies, company_context
from core.views import refusal_page

API_PREFIX = "/api/"
ADMIN_PREFIX = "/admin/"
FORM_COMPANY = "_company"
_SALT = "cuadre.form-company"

NOBODY = Actor("system", "", "page")


def sign_company(company_id: int) -> str:
    """Sign the company a form was made for, for its hidden field (D15)."""
    return signing.dumps(company_id, salt=_SALT)


class CompanyMiddleware:
    """Resolves the caller, activates their company for the request, and notes refusals after it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request with its company active from before its first query to after its last."""
        try:
            caller = _caller(request)
        except InvalidCredential as error:
            return problem(request, 401, "invalid_credential", str(error), headers={"WWW-Authenticate": "Bearer"})
        request.company = caller.company  # type: ignore[attr-defined]
        request.membership = caller.membership  # type: ignore[attr-defined]
        request.actor = caller.actor  # type: ignore[attr-defined]
        with _wall(request, caller):
            refused = _company_changed(request, caller)
            response = refusal_page(request, refused) if refused else self.get_response(request)
            _note(request, response)
            return response


def _caller(request: HttpRequest) -> Caller:
    is_api = request.path.startswith(API_PREFIX)
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if is_api and scheme.lower() == "bearer" and token:
        is_key = token.startswith(tuple(credentials.API_KEY_PREFIXES.values()))
        caller = (credentials.from_api_key if is_key else credentials.from_jwt)(request, token.strip())
        request.bearer = True  # type: ignore[attr-defined]
        if caller.user:
            request.user = caller.user
        return caller
    if not request.user.is_authenticated:
        return Caller(None, None, None, NOBODY)
    wanted = (is_api and request.headers.get("X-Company")) or request.session.get(SESSION_COMPANY)
    return credentials.of_user(
        request, cast(User, request.user), "api" if is_api else "page", wanted=str(wanted) if wanted else None
    )


def _wall(request: HttpRequest, caller: Caller) -> AbstractContextManager[object]:
    if request.path.startswith(ADMIN_PREFIX):
        return all_companies() if request.user.is_superuser else nullcontext()
    if caller.company is None:
        return nullcontext()
    timezone.activate(ZoneInfo(caller.company.time_zone))
    return company_context(caller.company.pk)


def _company_changed(request: HttpRequest, caller: Caller) -> WorkflowError | None:
    """Refuse a form made for another company than the session is in now."""
    token = (
        request.POST.get(FORM_COMPANY) if request.method == "POST" and not request.path.startswith("/api/") else None
    )
    if not token or caller.company is None:
        return None
    try:
        made_for = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        made_for = None
    if made_for == caller.company.pk:
        return None
    return WorkflowError(
        _("Este formulario es de otra empresa: ahora trabaja en «%(company)s». No se guardó nada.")
        % {"company": caller.company},
        code="company_changed",
    )


def _note(request: HttpRequest, response: HttpResponse) -> None:
    """Write a refusal's one line to the access log, after everything else was rolled back (law 11)."""
    refusal = getattr(response, "refusal", None)
    if refusal is None:
        return
    code, detail = refusal
    actor = request.actor  # type: ignore[attr-defined]
    log.access(AccessEntry.Kind.REFUSED, actor=actor, request=request, code=code, detail=detail)
