"""Safe retries: the key, the effect and the stored answer commit in one transaction.

API clients send `Idempotency-Key`; page forms carry a hidden `_key`, so a double click makes one document.
A key is bound to company, credential and content. Only 2xx and 3xx answers are stored: a refusal changed
nothing, so the corrected request may use its key again.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import clock
from core.errors import Malformed, RuleRefused, WorkflowError
from core.models import IdempotencyKey
from core.problems import API_PREFIX, refusal_response
from core.tenancy import active_company_id, all_companies, current_company_id
from core.views import refusal_page

KEPT = timedelta(hours=24)
LONGEST_KEY = 200
FORM_KEY = "_key"
# Fields that differ between two submits of the same form without changing what it asks for.
NOT_CONTENT = {FORM_KEY, "csrfmiddlewaretoken", "_company"}
EXCLUDED_PREFIXES = (
    *("/api/v1/auth/", "/api/v1/api-keys/", "/api/v1/certificates/", "/cuenta/", "/admin/"),
    *("/empresa/claves/", "/empresa/sri/certificados/"),  # secrets
    "/empresa/cambiar/",  # the same page may send one person to several companies in turn
)
EXCLUDED_ENDS = ("/preview/", "/calendar/")  # nothing is saved; a court's secret address
STORED_HEADERS = ("Content-Type", "Location", "ETag", "HX-Redirect", "HX-Trigger")


class IdempotencyMiddleware:
    """Answers a repeated POST with the first one's stored answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request once for each key."""
        key = _key(request)
        if not key:
            return self.get_response(request)
        try:
            if len(key) > LONGEST_KEY:
                raise Malformed(_("La clave de idempotencia es demasiado larga."), code="idempotency_key_too_long")
            if not key.isprintable():
                raise Malformed(_("La clave de idempotencia tiene caracteres de control."), code="malformed")
            with transaction.atomic():
                response = self._once(request, key)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                return response
        except WorkflowError as refusal:
            answer = refusal_response if request.path.startswith(API_PREFIX) else refusal_page
            return answer(request, refusal)

    def _once(self, request: HttpRequest, key: str) -> HttpResponse:
        credential, fingerprint = request.actor.credential, _fingerprint(request)  # type: ignore[attr-defined]
        _take_lock(credential, key)
        stored = IdempotencyKey.objects.filter(credential=credential, key=key).first()
        if stored and stored.created_at > clock.now() - KEPT:
            return _replay(stored, fingerprint)
        response = self.get_response(request)
        if response.status_code < 400 and not response.streaming:
            values = {
                "fingerprint": fingerprint,
                "status": response.status_code,
                "headers": {name: response[name] for name in STORED_HEADERS if response.has_header(name)},
                "body": response.content,
                "created_at": clock.now(),
            }
            IdempotencyKey.objects.update_or_create(credential=credential, key=key, defaults=values)
        return response


def takes_key(path: str) -> bool:
    """Say whether a POST to this path may carry a key: not where secrets are answered, nor where nothing is saved."""
    return not path.startswith(EXCLUDED_PREFIXES) and not path.endswith(EXCLUDED_ENDS)


def forget_old() -> None:
    """Remove the answers nobody may ask for again; a daily job."""
    with all_companies():
        IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT).delete()


def _key(request: HttpRequest) -> str:
    if request.method != "POST" or active_company_id() is None or not takes_key(request.path):
        return ""
    if request.path.startswith(API_PREFIX):
        return request.headers.get("Idempotency-Key", "")
    return request.POST.get(FORM_KEY, "")


def _fingerprint(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.path.startswith(API_PREFIX) and request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    return _of_form(request, digest)


def _of_form(request: HttpRequest, digest: Any) -> str:
    """Add what a form asks for; its files, which may be larger than a body may be in memory, piece by piece."""
    for name in sorted(set(request.POST) - NOT_CONTENT):
        digest.update(repr((name, request.POST.getlist(name))).encode())
    for name in sorted(request.FILES):
        for upload in request.FILES.getlist(name):
            digest.update(repr((name, upload.name, upload.size)).encode())
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    return digest.hexdigest()


def _take_lock(credential: str, key: str) -> None:
    """Take the key for this transaction, or refuse at once: a try-lock, never a wait."""
    name = f"{current_company_id()}:{credential}:{key}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (taken,) = cursor.fetchone()
    if not taken:
        raise WorkflowError(
            _("Esta misma petición todavía se está procesando. Espere un momento y consulte el resultado."),
            code="idempotency_key_running",
        )


def _replay(stored: IdempotencyKey, fingerprint: str) -> HttpResponse:
    if stored.fingerprint != fingerprint:
        raise RuleRefused(
            _("La clave de idempotencia ya se usó con otro contenido. Use una clave nueva."),
            code="idempotency_key_reused",
        )
    response = HttpResponse(bytes(stored.body), status=stored.status)
    for name, value in stored.headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response
