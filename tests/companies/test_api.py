"""Companies over the API: the pages' rules and refusals, with versions, problems and secrets shown once."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from audit.models import AuditEntry
from companies import api_keys, invitations
from companies.models import ApiKey, Company, Invitation, Membership
from companies.roles import PERMISSIONS, ROLES, Role
from core.models import IdempotencyKey
from tests.companies.web import bearer, client_as, client_of, inside
from tests.factories import actor, make_company, make_invoice, make_user

pytestmark = pytest.mark.django_db

JSON = "application/json"


class Program:
    """A program with a key of a company."""

    def __init__(self, company: Company, *scopes: str) -> None:
        with inside(company):
            made = api_keys.create(name="ERP", scopes=scopes or sorted(PERMISSIONS), actor=actor())
        self.key, self.secret, self.client = made.key, made.secret, Client()

    def __call__(self, method: str, path: str, data=None, **headers: str):
        send = getattr(self.client, method)
        values = () if method == "get" else (data or {}, JSON)
        return send(f"/api/v1/{path}", *values, **bearer(self.secret, **headers))


def problem(answer) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


# me/


def test_a_program_hears_who_it_is():
    company = make_company()
    me = Program(company, "billing.view", "company.view")("get", "me/").json()
    assert me == {
        "kind": "api_key",
        "name": "ERP",
        "user": None,
        "company": {"id": company.pk, "name": str(company), "ruc": company.ruc, "environment": "1"},
        "role": None,
        "permissions": ["billing.view", "company.view"],
        "companies": [],
    }


def test_a_person_hears_where_they_belong():
    company = make_company()
    user = make_user(company, Role.CASHIER, name="Ana")
    me = client_of(user).get("/api/v1/me/").json()
    assert me["user"] == {"id": user.pk, "email": user.email, "name": "Ana"}
    assert (me["kind"], me["role"]) == ("user", "cashier")
    assert me["permissions"] == sorted(ROLES[Role.CASHIER])
    assert [(row["company"]["id"], row["role"]) for row in me["companies"]] == [(company.pk, "cashier")]


# company/


def test_a_profile_is_read_and_changed_with_its_version():
    company = make_company()
    ask = Program(company)
    first = ask("get", "company/")
    assert (first["ETag"], first.json()["legal_name"], first.json()["has_logo"]) == ('"1"', company.legal_name, False)
    second = ask("patch", "company/", {"trade_name": "Tenis"}, **{"If-Match": '"1"'})
    assert (second.status_code, second["ETag"], second.json()["trade_name"]) == (200, '"2"', "Tenis")
    assert problem(ask("patch", "company/", {"trade_name": "X"}, **{"If-Match": '"1"'})) == (412, "stale_version")
    with inside(company):
        entry = AuditEntry.objects.get(action="company.updated")
        assert (entry.door, entry.actor_kind, entry.actor_label) == ("api", "api_key", "ERP")


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"ruc": "123"}, 422, "ruc_invalid"),
        ({"legal_name": " "}, 400, "malformed"),
        ({"payment_days": "mucho"}, 400, "malformed"),
        ({"payment_days": 366}, 422, "payment_days_out_of_range"),
        ({"rimpe": "rise"}, 400, "malformed"),
        ({"time_zone": "Quito"}, 422, "time_zone_unknown"),
        ({"email": "no"}, 400, "malformed"),
    ],
)
def test_a_wrong_profile_is_refused_as_on_the_page(values, status, code):
    company = make_company()
    answer = Program(company)("patch", "company/", values)
    assert problem(answer) == (status, code)
    assert [error["field"] for error in answer.json()["errors"]] == list(values)
    with inside(company):
        assert Company.objects.get().version == 1


def test_a_ruc_that_issued_is_refused_as_on_the_page():
    company = make_company()
    with inside(company):
        make_invoice()
    assert problem(Program(company)("patch", "company/", {"ruc": "1790016919001"})) == (409, "ruc_in_use")


def test_what_a_profile_does_not_have_is_not_changed():
    company = make_company()
    answer = Program(company)("patch", "company/", {"environment": "2", "id": 7, "version": 9})
    assert (answer.status_code, answer.json()["environment"], answer.json()["version"]) == (200, "1", 1)


def test_a_ruc_whose_check_digit_fails_warns():
    answer = Program(make_company())("patch", "company/", {"ruc": "1793213150001"})
    assert (answer.status_code, len(answer.json()["warnings"])) == (200, 1)


def send_logo(ask: Program, content: bytes):
    upload = SimpleUploadedFile("logo.png", content, "image/png")
    body = encode_multipart(BOUNDARY, {"logo": upload})
    return ask.client.put("/api/v1/company/logo/", body, MULTIPART_CONTENT, **bearer(ask.secret))


def test_a_logo_is_put_and_taken_away():
    ask, out = Program(make_company()), io.BytesIO()
    Image.new("RGB", (40, 20), "blue").save(out, "PNG")
    assert send_logo(ask, out.getvalue()).json()["has_logo"] is True
    assert problem(send_logo(ask, b"%PDF-1.7")) == (422, "logo_not_an_image")
    assert ask("delete", "company/logo/").json()["has_logo"] is False
    assert problem(ask("delete", "company/logo/")) == (409, "no_logo")


# members/ and invitations/


def test_people_are_listed_and_change_roles():
    company = make_company()
    user, ask = make_user(company, Role.CASHIER), Program(company)
    make_user(make_company())
    (row,) = ask("get", "members/").json()["results"]
    assert (row["user"]["email"], row["role"], row["state"]) == (user.email, "cashier", "active")
    changed = ask("patch", f"members/{row['id']}/", {"role": "billing"}, **{"If-Match": '"1"'})
    assert (changed.json()["role"], changed["ETag"]) == ("billing", '"2"')
    stale = ask("patch", f"members/{row['id']}/", {"role": "auditor"}, **{"If-Match": '"1"'})
    assert problem(stale) == (412, "stale_version")
    ended = ask("post", f"members/{row['id']}/end-access/", {"revoke_keys": False})
    assert (ended.json()["state"], ended.json()["ended_at"] is None) == ("inactive", False)
    assert problem(ask("post", f"members/{row['id']}/end-access/")) == (409, "access_ended")


def test_the_rules_of_owners_hold_for_programs():
    company = make_company()
    owner = make_user(company, Role.OWNER)
    with inside(company):
        member = Membership.objects.get(user=owner).pk
    assert problem(Program(company)("post", f"members/{member}/end-access/")) == (409, "last_owner")
    lesser = Program(company, "members.manage")
    answer = lesser("patch", f"members/{member}/", {"role": "billing"})
    assert (*problem(answer), answer.json()["permission"]) == (403, "permission_denied", "owners.manage")
    assert problem(lesser("post", "invitations/", {"email": "a@x.test", "role": "owner"})) == (403, "permission_denied")


def test_an_invitation_is_sent_once_however_often_it_is_asked_for():
    company = make_company()
    ask, values = Program(company), {"email": "ana@x.test", "name": "Ana", "role": "cashier"}
    first = ask("post", "invitations/", values, **{"Idempotency-Key": "one"})
    again = ask("post", "invitations/", values, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert first["Location"].endswith(f"/api/v1/invitations/{first.json()['id']}/")
    assert "token" not in first.content.decode()
    assert problem(ask("post", "invitations/", values)) == (409, "already_invited")
    path = f"invitations/{first.json()['id']}/"
    assert ask("post", f"{path}resend/").status_code == 200
    assert ask("post", f"{path}revoke/").json()["state"] == "revoked"
    assert problem(ask("post", f"{path}resend/")) == (409, "invitation_revoked")
    with inside(company):
        assert Invitation.objects.count() == 1


# api-keys/


def test_a_secret_is_in_one_answer_and_nowhere_else():
    company = make_company()
    ask = Program(company)
    values = {"name": "Tienda", "scopes": ["billing.view"]}
    made = ask("post", "api-keys/", values, **{"Idempotency-Key": "one"})
    secret = made.json()["secret"]
    assert (made.status_code, made["Cache-Control"], secret[:9]) == (201, "no-store", "cdr_test_")
    assert Client().get("/api/v1/me/", **bearer(secret)).json()["name"] == "Tienda"
    listed = ask("get", "api-keys/").content.decode() + ask("get", f"api-keys/{made.json()['id']}/").content.decode()
    assert secret not in listed
    assert "secret" not in listed
    with inside(company):
        assert not IdempotencyKey.objects.exists()
        assert secret not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"name": "", "scopes": ["billing.view"]}, 400, "malformed"),
        ({"name": "X"}, 400, "malformed"),
        ({"name": "X", "scopes": []}, 422, "scopes_empty"),
        ({"name": "X", "scopes": ["x.y"]}, 422, "scope_unknown"),
        ({"name": "X", "scopes": ["billing.void"]}, 422, "scope_not_held"),
        ({"name": "X", "scopes": ["billing.view"], "expires_at": "2020-01-01T00:00:00Z"}, 422, "expiry_in_past"),
        ({"name": "X", "scopes": ["billing.view"], "expires_at": "mañana"}, 400, "malformed"),
    ],
)
def test_a_key_makes_no_key_that_may_more_than_itself(values, status, code):
    company = make_company()
    ask = Program(company, "api_keys.manage", "billing.view")
    assert problem(ask("post", "api-keys/", values)) == (status, code)
    with inside(company):
        assert ApiKey.objects.count() == 1


def test_a_key_may_end_itself():
    ask = Program(make_company())
    assert ask("post", f"api-keys/{ask.key.pk}/revoke/").json()["state"] == "revoked"
    assert problem(ask("get", "me/")) == (401, "invalid_credential")


# Walls and permissions


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "members/{member}/"),
        ("patch", "members/{member}/"),
        ("post", "members/{member}/end-access/"),
        ("get", "invitations/{invitation}/"),
        ("post", "invitations/{invitation}/resend/"),
        ("post", "invitations/{invitation}/revoke/"),
        ("get", "api-keys/{key}/"),
        ("post", "api-keys/{key}/revoke/"),
    ],
)
def test_another_company_s_ids_answer_404(method, path):
    other = make_company()
    user = make_user(other, Role.CASHIER)
    with inside(other):
        ids = {
            "member": Membership.objects.get(user=user).pk,
            "invitation": invitations.invite(email="a@x.test", name="", role="auditor", actor=actor()).pk,
            "key": api_keys.create(name="ERP", scopes=["billing.view"], actor=actor()).key.pk,
        }
    assert problem(Program(make_company())(method, path.format(**ids), {"role": "auditor"})) == (404, "not_found")
    with inside(other):
        assert Membership.objects.get(user=user).role == "cashier"
        assert ApiKey.objects.get(pk=ids["key"]).revoked_at is None


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OWNER, Role.ADMINISTRATOR)])
def test_only_who_manages_people_and_keys_sees_them(role):
    client = client_as(make_company(), role)
    for path, permission in (("members", "members.manage"), ("invitations", "members.manage"),
                             ("api-keys", "api_keys.manage")):  # fmt: skip
        answer = client.get(f"/api/v1/{path}/")
        assert (*problem(answer), answer.json()["permission"]) == (403, "permission_denied", permission)
    assert client.get("/api/v1/company/").status_code == 200
