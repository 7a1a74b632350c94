"""The company of a request comes from its credential or session, never from a parameter (D15)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import log, queries
from audit.models import AccessEntry, AuditHead
from companies import credentials
from companies.credentials import Caller, CredentialRefused
from companies.models import Company
from core.actor import Door
from core.errors import WorkflowError
from core.problems import problem
from core.tenancy import all_companies, company_context, memo
from core.views import is_htmx, refusal_page

API_PREFIX: Final = "/api/"
ADMIN_PREFIX: Final = "/admin/"
# Addresses whose company is not the caller's: machines ask them, or anybody who has a public link.
OPEN_PREFIXES: Final = ("/health/", "/d/", "/calendario/")
# A person's own pages and the choice of company: their forms hold whatever company the session is in.
OF_THE_PERSON: Final = ("/cuenta/", "/empresa/cambiar/")
FORM_COMPANY: Final = "_company"
# Refusals that come from below our own code (CSRF, DRF, allauth's limits) and carry no code of ours.
PLAIN_REFUSALS: Final = {401: "not_authenticated", 403: "permission_denied", 429: "too_many_requests"}
_SALT: Final = "cuadre.form-company"


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
        except CredentialRefused as refused:
            _attach(request, credentials.nobody(request, "api"))
            return _note(request, _refuse(request, refused))
        _attach(request, caller)
        zone = _zone(caller.company)
        with timezone.override(zone), _wall(request, caller):
            memo().update({"zone": zone} if zone else {})  # the clock asks for it (companies.apps)
            request.log_head = _log_head(request, caller)  # type: ignore[attr-defined]
            refused_form = _company_changed(request, caller)
            response = refusal_page(request, refused_form) if refused_form else self.get_response(request)
            return _note(request, response)


def _caller(request: HttpRequest) -> Caller:
    door = _door(request.path)
    if request.path.startswith(OPEN_PREFIXES):
        return credentials.nobody(request, door)
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if door == "api" and scheme.lower() == "bearer":
        return _bearer(request, token.strip())
    if not request.user.is_authenticated:
        return credentials.nobody(request, door)
    user = request.user
    if door == "admin" and user.is_superuser:
        return credentials.administrator(request, user)
    return credentials.from_session(request, user, door)


def _door(path: str) -> Door:
    if path.startswith(API_PREFIX):
        return "api"
    return "admin" if path.startswith(ADMIN_PREFIX) else "page"


def _bearer(request: HttpRequest, token: str) -> Caller:
    """Resolve the token; a session cookie that comes along with it counts for nothing."""
    is_key = token.startswith(tuple(credentials.API_KEY_PREFIXES.values()))
    caller = (credentials.from_api_key if is_key else credentials.from_jwt)(request, token)
    request.bearer = True  # type: ignore[attr-defined]
    request.user = caller.user or AnonymousUser()
    return caller


def _attach(request: HttpRequest, caller: Caller) -> None:
    request.company = caller.company  # type: ignore[attr-defined]
    request.membership = caller.membership  # type: ignore[attr-defined]
    request.memberships = caller.memberships  # type: ignore[attr-defined]
    request.actor = caller.actor  # type: ignore[attr-defined]


def _refuse(request: HttpRequest, refused: CredentialRefused) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else {}
    return problem(request, refused.status, refused.code, str(refused), headers=headers)


def _zone(company: Company | None) -> ZoneInfo | None:
    return ZoneInfo(company.time_zone) if company else None


def _wall(request: HttpRequest, caller: Caller) -> AbstractContextManager[object]:
    if caller.actor.door == "admin":
        return all_companies() if request.user.is_superuser else nullcontext()
    return company_context(caller.company.pk) if caller.company else nullcontext()


def _log_head(request: HttpRequest, caller: Caller) -> AuditHead | None:
    """Return the end of the log before anything else is read for a page: what comes later, its event stream tells."""
    is_whole_page = caller.actor.door == "page" and caller.company is not None and not is_htmx(request)
    return queries.head() if is_whole_page else None


def _company_changed(request: HttpRequest, caller: Caller) -> WorkflowError | None:
    """Refuse a form made for another company than the session is in now."""
    if request.method != "POST" or caller.actor.door != "page" or request.path.startswith(OF_THE_PERSON):
        return None
    token = request.POST.get(FORM_COMPANY)
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


def _note(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Write a refusal's one line to the access log, after everything else was rolled back (law 11)."""
    code, detail = getattr(response, "refusal", None) or (PLAIN_REFUSALS.get(response.status_code, ""), "")
    if code:
        actor = request.actor  # type: ignore[attr-defined]
        log.access(AccessEntry.Kind.REFUSED, actor=actor, request=request, code=code, detail=detail)
    return response
