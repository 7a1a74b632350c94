"""What holds on every address of the site: headers, cookies, CSRF, nobody let in without a credential."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.middleware import POLICY
from tests.companies.web import client_as, client_of
from tests.factories import PASSWORD, make_company, make_user

pytestmark = pytest.mark.django_db

# Open to everybody, and why that is right.
OPEN = {
    "health_live": "asked by machines",
    "health_ready": "asked by machines",
    "api:schema": "says nothing of anybody",
    "api:docs": "says nothing of anybody",
    "api:token": "is the way in",
    "api:token-refresh": "is the way in",
    "account_login": "is the way in",
    "account_logout": "is the way out",
    "account_inactive": "says that one has no access",
    "account_reset_password": "is the way back in",
    "account_reset_password_done": "is the way back in",
    "account_reset_password_from_key": "is the way back in",
    "account_reset_password_from_key_done": "is the way back in",
    "agenda:feed": "knows its secret address",
    "open_invitation": "is the first way in",
    "accept_invitation": "is the first way in",
    "mfa_authenticate": "is the second step in",
    "billing:public": "is for who has the link",
    "billing:public_pdf": "is for who has the link and knows the buyer",
    "billing:public_xml": "is for who has the link and knows the buyer",
    "billing:public_logo": "is for who has the link",
}
SAMPLES = {"uidb36": "1", "key": "x-y", "token": "x", "name": "x", "number": "001-001-000000001", "pk": "1"}


def routes() -> list[tuple[str, str, object]]:
    """Return every address of the site: name, a sample path, its view; Django admin has tests of its own."""

    def walk(patterns, prefix: str, space: str) -> Iterator[tuple[str, str, object]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace == "admin":
                    continue
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern), inner)
            elif isinstance(pattern, URLPattern):
                yield f"{space}{pattern.name}", "/" + sample(prefix + str(pattern.pattern)), pattern.callback

    return list(walk(get_resolver().url_patterns, "", ""))


def sample(route: str) -> str:
    """Put sample values where a route takes some."""
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)+", lambda found: SAMPLES.get(found[1], "1"), route)
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: SAMPLES.get(found[1], "1"), route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".")


ROUTES = routes()
PAGES = [route for route in ROUTES if not route[1].startswith("/api/")]
API = [route for route in ROUTES if route[1].startswith("/api/")]


# Who comes in


def test_the_list_of_open_addresses_is_true():
    assert set(OPEN) <= {name for name, _path, _view in ROUTES}


def test_no_page_lets_anybody_in_without_signing_in():
    for name, path, _view in PAGES:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(path)
            if name in OPEN or answer.status_code == 405:
                continue
            assert (answer.status_code, answer["Location"][:18]) == (302, "/cuenta/ingresar/?"), (method, path)


def test_what_is_open_to_everybody_answers_everybody():
    for name, path, _view in ROUTES:
        if name in OPEN and name != "health_ready":  # nothing beats in a test
            assert Client().get(path).status_code < 500, path


def test_the_api_lets_nobody_in_without_a_credential():
    for name, path, _view in API:
        for method in ("get", "post"):
            if name not in OPEN:
                answer = getattr(Client(), method)(path)
                assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer"), (method, path)


# CSRF


def test_no_page_takes_a_post_without_its_csrf_token():
    client = client_of(make_user(make_company()), enforce_csrf_checks=True)
    for _name, path, view in PAGES:
        assert not getattr(view, "csrf_exempt", False), path
        assert client.post(path).status_code in (403, 405), path


def test_the_api_takes_no_change_of_a_session_without_its_csrf_token():
    client = client_of(make_user(make_company()), enforce_csrf_checks=True)
    for name, path, _view in API:
        for method in ("post", "patch"):
            if name not in OPEN:
                answer = getattr(client, method)(path, {}, "application/json")
                assert answer.status_code == 403, (method, path)


def test_every_form_that_posts_carries_its_token_and_its_company():
    bare = {"account", "mfa", "api"}  # a person's own pages: no company stands behind them
    for template in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        if template.name.startswith("gallery"):  # posts nowhere
            continue
        text = re.sub(r"{%\s*comment.*?endcomment\s*%}", "", template.read_text(), flags=re.DOTALL)
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL):
            of_company = "form_head" in form
            assert of_company or "csrf_token" in form, template
            if "csrf_token" in form and not of_company:
                outside = template.parent.name in bare or "bare_page" in text or "action=\"{% url 'account_" in form
                assert outside, f"{template}: a form inside the company needs form_head"


# Headers and cookies


@pytest.mark.parametrize(
    "path", ["/", "/empresa/", "/cuenta/ingresar/", "/api/v1/me/", "/no-hay/", "/admin/", "/health/live"]
)
def test_every_answer_says_what_a_browser_must_not_do(path):
    answer = client_as(make_company()).get(path)
    assert answer["Content-Security-Policy"] == POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_the_policy_allows_no_inline_script_no_style_and_no_other_site():
    parts = dict(part.split(" ", 1) for part in POLICY.split("; "))
    assert parts["default-src"] == "'self'"
    assert (parts["object-src"], parts["base-uri"], parts["form-action"]) == ("'none'", "'none'", "'self'")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_no_page_needs_what_the_policy_forbids():
    client = client_as(make_company())
    for _name, path, _view in PAGES:
        answer = client.get(path)
        text = "" if answer.streaming or "html" not in answer.get("Content-Type", "") else answer.content.decode()
        assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", text), path
        assert not re.search(r"\son\w+=\"", text), path
        assert not re.search(r"<[^>]*\sstyle=", text), path
        assert "<style" not in text, path


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites():
    user = make_user(make_company())
    client = Client()
    client.get("/cuenta/ingresar/")
    client.post("/cuenta/ingresar/", {"login": user.email, "password": PASSWORD})
    session, csrf = (client.cookies[name] for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME))
    assert (session["httponly"], session["samesite"], session["max-age"]) == (True, "Lax", 12 * 3600)
    assert csrf["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == settings.HTTPS


def test_a_strange_host_is_refused():
    assert Client().get("/cuenta/ingresar/", HTTP_HOST="mala.test").status_code == 400


def test_nothing_large_is_taken_into_memory():
    company = make_company()
    client = client_as(company)
    answer = client.post("/empresa/editar/", {"legal_name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert answer.status_code in (400, 413)
