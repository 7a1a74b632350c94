"""Roles × actions over the whole site: who may is let in, who may not is told which permission is missing.

The cases come from the table of roles, the OpenAPI document and the URL resolver: an address that declares no
permission fails here until it is listed as open.
"""

from collections.abc import Iterator

import pytest
from django.test import Client

from companies.roles import PERMISSIONS, ROLES, Role
from core.schema import document
from tests.api_client import Api
from tests.factories import make_company, make_user
from tests.world import BACKEND, METHODS, site

pytestmark = pytest.mark.django_db

NOBODY = "999999999"

# Open to everybody who belongs to a company; what they hear of or may choose follows their role by itself.
OPEN_API = {"/api/v1/me/", "/api/v1/events/", "/api/v1/events/stream/"}
# A person's own tasks and views, and acts on lists: the list and the act ask for their own permissions.
OPEN_API |= {f"/api/v1/jobs/{rest}" for rest in
             ("", "queue-stats/", "{id}/", "{id}/items/", "{id}/retry/", "{id}/cancel/", "{id}/file/")}  # fmt: skip
OPEN_PAGES = {"/", "/auditoria/insignias/", "/buscar/", "/empresa/avisos/", "/empresa/cambiar/", "/formularios/"}
OPEN_PAGES |= {f"/tareas/{rest}" for rest in (
    "", "totales/", "bandeja/", "elementos/", "elementos/totales/", "nueva/{list_name}/{action}/",
    "{pk}/", "{pk}/archivo/", "{pk}/repetir/", "{pk}/detener/")}  # fmt: skip
OPEN_PAGES |= {"/vistas/", "/vistas/nueva/{list_name}/", "/vistas/{pk}/", "/vistas/{pk}/borrar/"}
# Open to everybody: signing in, health, a public link, the API's description.
PUBLIC = ("/cuenta/", "/d/", "/calendario/", "/health/", "/api/v1/auth/", "/api/v1/schema/", "/api/v1/docs/")


def operations() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield method, path and permissions of each operation of the API that is not public."""
    for path, described in document()["paths"].items():
        if path.startswith(PUBLIC):
            continue
        for method in METHODS:
            if method in described:
                permissions = tuple(described[method].get("x-permissions", ()))
                here = path.replace("{id}", NOBODY).replace("{number}", "001-001-000000999")
                assert permissions or path in OPEN_API, f"{method} {path} declares no permission"
                yield method, here, permissions


def pages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield path and permissions of each page that is not public."""
    for address in site():
        if address.path.startswith((*PUBLIC, "/api/")):
            continue
        path = address.path
        for name in address.parameters:
            path = path.replace(f"{{{name}}}", NOBODY)
        permissions = tuple(getattr(address.callback, "permissions", ()))
        assert permissions or address.path in OPEN_PAGES, f"{address.path} declares no permission"
        yield path, permissions


def may(role: str, permissions: tuple[str, ...]) -> bool:
    """Say whether a role holds one of the permissions; where none is asked for, everybody may."""
    return not permissions or any(permission in ROLES[role] for permission in permissions)


def test_every_permission_that_is_asked_for_stands_in_the_table_of_roles():
    asked = {name for *_, names in [*operations(), *pages()] for name in names}
    assert asked <= PERMISSIONS


def test_every_permission_opens_something():
    asked = {name for *_, names in [*operations(), *pages()] for name in names}
    decided_by_workflows = {"owners.manage", "payments.void_any", "billing.discount_any"}
    assert asked | decided_by_workflows == PERMISSIONS


@pytest.mark.parametrize("role", Role.values)
def test_the_api_lets_in_who_may_and_names_what_is_missing_to_who_may_not(role, settings):
    settings.API_RATE_LIMITS = {"credential": 100_000, "address": 100_000}
    api = Api(make_user(make_company(), role))
    for method, path, permissions in operations():
        response = getattr(api.client, method)(path, headers=api.headers, **_json(method))
        if may(role, permissions):
            assert response.status_code != 403, (method, path)
        else:
            refused = response.json()
            assert (response.status_code, refused["code"]) == (403, "permission_denied"), (method, path)
            assert refused["permission"] == permissions[0]


@pytest.mark.parametrize("role", Role.values)
def test_the_pages_let_in_who_may_and_tell_the_others(role):
    client = Client()
    client.force_login(make_user(make_company(), role), backend=BACKEND)
    for path, permissions in pages():
        for method in ("get", "post"):
            response = getattr(client, method)(path)
            if may(role, permissions):
                assert response.status_code != 403, (method, path)
            else:
                assert response.status_code in ((403, 405) if method == "get" else (403,)), (method, path)
                if response.status_code == 403:
                    assert f"«{permissions[0]}»" in response.content.decode()


def test_without_signing_in_the_api_answers_401_and_pages_ask_to_sign_in():
    client = Client()
    for method, path, _ in operations():
        assert getattr(client, method)(path, **_json(method)).status_code == 401, (method, path)
    for path, _ in pages():
        for method in ("get", "post"):
            response = getattr(client, method)(path)
            to_sign_in = response.status_code == 302 and response["Location"].startswith("/cuenta/ingresar/")
            assert to_sign_in or response.status_code == 405, (method, path, response.status_code)


def test_who_belongs_to_no_company_gets_nowhere():
    user = make_user()
    api, client = Api(user), Client()
    client.force_login(user, backend=BACKEND)
    for method, path, permissions in operations():
        if permissions:
            assert getattr(api.client, method)(path, headers=api.headers, **_json(method)).status_code == 403, path
    for path, _ in pages():
        assert client.post(path).status_code in (302, 403, 405), path


def test_a_key_may_what_its_scopes_say_and_nothing_else():
    from companies import api_keys
    from core.tenancy import company_context
    from tests.factories import actor

    company = make_company()
    owner = make_user(company)
    with company_context(company.pk):
        key = api_keys.create(name="Tienda", scopes=["billing.view"], actor=actor(user_id=owner.pk))
    api = Api(key=key.secret)
    for method, path, permissions in operations():
        response = getattr(api.client, method)(path, headers=api.headers, **_json(method))
        allowed = not permissions or "billing.view" in permissions
        assert (response.status_code != 403) == allowed, (method, path, response.status_code)


def _json(method: str) -> dict[str, str]:
    return {} if method == "get" else {"content_type": "application/json"}
