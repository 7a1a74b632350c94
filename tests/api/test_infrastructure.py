"""What holds for every resource: who calls, how refusals look, ids, limits, the document."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from audit.models import AccessEntry, AuditEntry
from core.schema import document
from core.tenancy import all_companies
from tests.api_client import Api
from tests.factories import make_company, make_customer, make_user

CUSTOMER = {"identification_type": "06", "identification": "AB123", "name": "Ana Torres"}


def test_the_document_describes_everything_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_document_says_which_permission_an_operation_asks_for():
    issue = document()["paths"]["/api/v1/invoices/{id}/issue/"]["post"]
    assert issue["x-permissions"] == ["billing.issue", "billing.issue_reservations"]
    assert {"200", "400", "401", "403", "404", "409", "422", "429"} <= issue["responses"].keys()


def test_the_document_and_its_page_are_open(client: Client):
    assert json.loads(client.get("/api/v1/schema/").content)["openapi"].startswith("3.1")
    page = client.get("/api/v1/docs/").content.decode()
    assert "swagger-ui-bundle" in page
    assert "<script>" not in page


pytestmark = pytest.mark.django_db


# Who calls


def test_without_a_credential_the_answer_is_401():
    api = Api()
    refused = api.get("customers/")
    assert (api.status, refused["code"]) == (401, "not_authenticated")
    assert api.last["WWW-Authenticate"] == "Bearer"


def test_with_an_unknown_credential_the_answer_is_401():
    api = Api(key="cdr_test_unknown")
    assert (api.get("customers/")["code"], api.status) == ("invalid_credential", 401)


def test_the_missing_permission_is_named(company):
    api = Api(make_user(company, "auditor"))
    refused = api.post("customers/", CUSTOMER)
    assert (api.status, refused["code"], refused["permission"]) == (403, "permission_denied", "customers.manage")


def test_permission_is_refused_before_the_body_is_looked_at(company):
    api = Api(make_user(company, "auditor"))
    api.post("customers/", {"nonsense": 1})
    assert api.status == 403


def test_a_session_needs_its_csrf_token(company):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(company), backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.post("/api/v1/customers/", CUSTOMER, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


def test_the_company_is_chosen_by_header_and_must_be_ones_own(company):
    user, other, foreign = make_user(company), make_company(), make_company()
    with all_companies():
        other.memberships.create(company=other, user=user, role="owner")
    assert Api(user, **{"X-Company": str(other.pk)}).get("customers/")["results"]
    api = Api(user, **{"X-Company": str(foreign.pk)})
    api.get("customers/")
    assert api.status == 404


# Refusals


def test_a_refusal_is_a_problem_with_the_request_s_id(api):
    refused = api.get("customers/999999/")
    assert refused == {
        "type": "urn:cuadre:error:not_found",
        "title": "No encontrado",
        "status": 404,
        "detail": "No existe, o no es de su empresa.",
        "code": "not_found",
        "request_id": api.last["X-Request-ID"],
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "nothing-here/", 404, "not_found"),
        ("get", "customers", 404, "not_found"),
        ("post", "customers", 404, "not_found"),
        ("get", "customers/abc/", 404, "not_found"),
        ("put", "customers/", 405, "method_not_allowed"),
        ("get", "customers/?page_size=0", 400, "malformed"),
        ("get", "customers/?page=x", 400, "malformed"),
        ("get", "customers/?cursor=nonsense", 400, "invalid_cursor"),
        ("get", "customers/?ordering=email", 400, "invalid_ordering"),
        ("get", "customers/?ordering=--name", 400, "invalid_ordering"),
        ("get", "invoices/?from=yesterday", 400, "malformed"),
        ("get", "invoices/?status=lost", 400, "malformed"),
        ("get", "customers/99999999999999999999999/", 404, "not_found"),
    ],
)
def test_whatever_is_wrong_the_answer_is_a_problem(api, method, path, status, code):
    response = getattr(api.client, method)(f"/api/v1/{path}", headers=api.headers)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["code"] == code
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_options_gives_nothing_away_and_cors_is_not_offered(api):
    response = api.client.options("/api/v1/customers/", headers=api.headers | {"Origin": "https://elsewhere.test"})
    assert response.status_code == 405
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": "\\u0000"}', "application/json", 400),
        (b"<a/>", "text/xml", 415),
        (b"x" * (5 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(api, body, kind, status):
    response = api.client.post("/api/v1/customers/", body, content_type=kind, headers=api.headers)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")


def test_bad_input_names_each_field(api):
    refused = api.post("customers/", {"identification_type": "99", "contacts": [{"email": "no"}]})
    assert (api.status, refused["code"]) == (400, "malformed")
    fields = {(error["field"], error["code"]) for error in refused["errors"]}
    assert fields == {
        ("identification_type", "invalid_choice"),
        ("identification", "required"),
        ("name", "required"),
        ("contacts.0.name", "required"),
        ("contacts.0.email", "invalid"),
    }


def test_an_error_of_ours_is_a_problem_too(api, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("billing.customers.create", fail)
    api.client.raise_request_exception = False
    refused = api.client.post("/api/v1/customers/", CUSTOMER, content_type="application/json", headers=api.headers)
    assert (refused.status_code, refused["Content-Type"]) == (500, "application/problem+json")
    assert refused.json()["code"] == "internal_error"
    assert "broken" not in refused.content.decode()


def test_a_page_that_is_not_there_stays_a_page(client: Client):
    assert client.get("/no-such-page/")["Content-Type"].startswith("text/html")


def test_a_refusal_leaves_one_line_in_the_access_log(api, inside):
    api.get("customers/999999/")
    with inside():
        entry = AccessEntry.objects.get(kind="refused")
    assert (entry.code, entry.path, entry.door) == ("not_found", "/api/v1/customers/999999/", "api")


# Ids


def test_a_correlation_id_is_echoed_and_stands_on_what_it_causes(api, inside):
    api.post("customers/", CUSTOMER, X_Correlation_ID="order-77")
    assert api.last["X-Correlation-ID"] == "order-77"
    with inside():
        entry = AuditEntry.objects.get(action="customer.created")
    assert (entry.correlation_id, entry.request_id) == ("order-77", api.last["X-Request-ID"])
    assert entry.door == "api"


# Stale edits


def test_an_edit_of_the_version_that_was_read_is_saved(api):
    made = api.post("customers/", CUSTOMER)
    etag = api.last["ETag"]
    assert api.get(f"customers/{made['id']}/")["version"] == 1
    assert api.last["ETag"] == etag == '"1"'
    assert api.patch(f"customers/{made['id']}/", {"phone": "099"}, If_Match=etag)["phone"] == "099"
    assert api.last["ETag"] == '"2"'


@pytest.mark.parametrize("stale", ['"7"', 'W/"7"', "nonsense", '""'])
def test_an_edit_of_another_version_is_refused_and_changes_nothing(api, stale):
    made = api.post("customers/", CUSTOMER)
    refused = api.patch(f"customers/{made['id']}/", {"phone": "099"}, If_Match=stale)
    assert (api.status, refused["code"], refused["current_version"]) == (412, "stale_version", 1)
    assert api.get(f"customers/{made['id']}/")["phone"] == ""


def test_without_if_match_the_last_edit_wins(api):
    made = api.post("customers/", CUSTOMER)
    api.patch(f"customers/{made['id']}/", {"phone": "1"})
    assert api.patch(f"customers/{made['id']}/", {"phone": "2"})["version"] == 3


# Lists


def test_a_list_is_walked_by_cursor_forwards_and_back(api, inside):
    with inside():
        made = [make_customer(name=f"Cliente {letter}").pk for letter in "CABED"]
    first = api.get("customers/?page_size=2&ordering=-id")
    assert [row["id"] for row in first["results"]] == [made[4], made[3]]
    assert first["previous"] is None
    second = api.get(first["next"].removeprefix("http://testserver"))
    assert [row["id"] for row in second["results"]] == [made[2], made[1]]
    back = api.get(second["previous"].removeprefix("http://testserver"))
    assert back["results"] == first["results"]


def test_a_list_is_ordered_only_by_the_listed_fields(api, inside):
    with inside():
        for letter in "CAB":
            make_customer(name=f"Cliente {letter}")
    names = [row["name"] for row in api.get("customers/?ordering=name&search=cliente")["results"]]
    assert names == ["Cliente A", "Cliente B", "Cliente C"]


def test_numbered_pages_also_say_how_many(api, inside):
    with inside():
        for _ in range(4):
            make_customer()
    page = api.get("customers/?page=2&page_size=2")
    assert (page["count"], len(page["results"])) == (5, 2)
    assert "page=3" in page["next"]
    assert "page=1" in page["previous"]
    assert "count_is_minimum" not in page


def test_a_page_is_never_longer_than_two_hundred(api, inside):
    with inside():
        for _ in range(201):
            make_customer()
    assert len(api.get("customers/?page_size=1000")["results"]) == 200
