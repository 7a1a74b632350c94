"""The company of a request comes from its credential or session, and the request stays in it."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from audit.log import record
from audit.models import AccessEntry, AuditEntry
from billing import customers
from billing.models import Customer
from companies import members
from companies.credentials import SESSION_COMPANY
from companies.middleware import CompanyMiddleware, sign_company
from companies.models import Membership
from companies.roles import ROLES, Role
from core import clock
from core.errors import WorkflowError
from core.tenancy import active_company_id, all_companies, company_context
from core.views import page
from tests.companies.web import accesses, client_as, client_of, form
from tests.factories import actor, make_company, make_customer, make_user

pytestmark = pytest.mark.django_db


def serve(view, user=None, path="/x/", method="get", data=None, session=None, **extra):
    """Send a request through the middleware alone, to a view of the test's own."""
    request = getattr(RequestFactory(), method)(path, data or {}, **extra)
    request.user, request.session = user or AnonymousUser(), session or SessionStore()
    request.htmx = False
    return CompanyMiddleware(view)(request)


def see(request) -> HttpResponse:
    """Answer what the request sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.company_id')")
        (database,) = cursor.fetchone()
    response = HttpResponse()
    response.seen = SimpleNamespace(
        company=request.company,
        active=active_company_id(),
        database=database,
        role=request.membership and request.membership.role,
        actor=request.actor,
        zone=timezone.get_current_timezone_name(),
        memberships=request.memberships,
    )
    return response


def test_a_signed_in_person_works_in_their_first_company():
    company = make_company()
    user = make_user(company, Role.CASHIER)
    seen = serve(see, user).seen
    assert (seen.company, seen.active, seen.database, seen.role) == (company, company.pk, str(company.pk), "cashier")
    assert (seen.actor.kind, seen.actor.user_id, seen.actor.door) == ("user", user.pk, "page")
    assert seen.actor.permissions == ROLES[Role.CASHIER]
    assert seen.actor.address == "127.0.0.1"
    assert active_company_id() is None


def test_the_session_says_which_of_several_while_it_is_theirs():
    first, second, third = make_company(), make_company(), make_company()
    user = make_user(first)
    with all_companies():
        Membership.objects.create(company=second, user=user, role=Role.AUDITOR)
    session = SessionStore()
    session[SESSION_COMPANY] = second.pk
    seen = serve(see, user, session=session).seen
    assert (seen.company, seen.role, [row.company for row in seen.memberships]) == (second, "auditor", [first, second])
    session[SESSION_COMPANY] = third.pk
    assert serve(see, user, session=session).seen.company == first


def test_a_membership_that_ended_is_gone_with_the_next_request():
    company = make_company()
    user = make_user(company, Role.CASHIER)
    client = client_of(user)
    assert client.get("/empresa/").status_code == 200
    with company_context(company.pk):
        members.end_access(Membership.objects.get(user=user).pk, actor=actor())
    answer = client.get("/empresa/")
    assert answer.status_code == 403
    assert "no pertenece a ninguna empresa" in answer.content.decode()


def test_a_person_who_may_not_come_in_any_more_is_signed_out():
    company = make_company()
    user = make_user(company)
    client = client_of(user)
    user.is_active = False
    user.save()
    answer = client.get("/empresa/")
    assert answer.status_code == 302
    assert answer["Location"] == "/cuenta/ingresar/?next=/empresa/"


def test_a_person_without_a_company_still_has_their_account():
    client = client_of(make_user())
    assert client.get("/cuenta/dos-pasos/").status_code in (200, 302)
    assert client.get("/").status_code == 403
    assert client.get("/api/v1/me/").json()["company"] is None
    assert client.get("/api/v1/company/").json()["code"] == "permission_denied"


def test_nobody_is_in_no_company():
    seen = serve(see).seen
    assert (seen.company, seen.active, seen.database, seen.actor.kind) == (None, None, "", "system")
    assert seen.actor.permissions == frozenset()


def test_health_asks_nobody_who_they_are():
    class Nobody:
        @property
        def is_authenticated(self):
            raise AssertionError

    assert serve(lambda request: HttpResponse("ok"), Nobody(), path="/health/live").content == b"ok"


@pytest.mark.parametrize("method", ["head", "options"])
def test_head_and_options_are_in_the_company_too(method):
    company = make_company()
    assert serve(see, make_user(company), method=method).seen.active == company.pk


def test_the_zone_of_a_company_ends_with_its_request():
    before = timezone.get_current_timezone_name()
    company = make_company(time_zone="Pacific/Galapagos")
    assert serve(see, make_user(company)).seen.zone == "Pacific/Galapagos"
    assert timezone.get_current_timezone_name() == before

    def fail(request):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        serve(fail, make_user(company))
    assert (timezone.get_current_timezone_name(), active_company_id()) == (before, None)


def test_the_zone_decides_what_today_is():
    company = make_company(time_zone="Pacific/Galapagos")
    days = []
    with clock.at(datetime(2026, 11, 21, 5, 30, tzinfo=UTC)):
        serve(lambda request: days.append(clock.today()) or HttpResponse(), make_user(company))
        serve(lambda request: days.append(clock.today()) or HttpResponse(), make_user(make_company()))
    assert days == [date(2026, 11, 20), date(2026, 11, 21)]


def test_a_refused_step_followed_by_a_read_stays_in_its_company():
    """The company is set before any transaction: a rollback does not undo it (law 7)."""
    mine, other = make_company(), make_company()
    user = make_user(mine)
    with company_context(other.pk):
        make_customer(name="De la otra")
    with company_context(mine.pk):
        make_customer(name="De la mía", identification="X1")

    def fail_late(request):
        with transaction.atomic():
            make_customer(name="Nunca")
            record("customer.created", request.company, actor=request.actor)
            raise RuntimeError

    def refuse_then_read(request):
        with pytest.raises(WorkflowError):
            customers.create(
                {"identification_type": "06", "identification": "X1", "name": "Otra vez"}, actor=request.actor
            )
        with pytest.raises(RuntimeError):
            fail_late(request)
        response = see(request)
        response.names = set(Customer.objects.exclude(identification_type="07").values_list("name", flat=True))
        return response

    answer = serve(refuse_then_read, user)
    assert answer.names == {"De la mía"}
    assert (answer.seen.active, answer.seen.database) == (mine.pk, str(mine.pk))


# Refusals leave their line


def test_a_refusal_leaves_one_line_after_everything_was_undone():
    company = make_company()
    user = make_user(company, Role.FRONTDESK)

    @page("company.manage")
    def forbidden(request):
        raise AssertionError

    @page()
    def refused(request):
        with transaction.atomic():
            record("company.updated", request.company, actor=request.actor)
            raise WorkflowError("No.", code="not_now")

    assert serve(forbidden, user).status_code == 403
    assert serve(refused, user).status_code == 409
    assert accesses(company) == [("refused", "permission_denied", "/x/"), ("refused", "not_now", "/x/")]
    with company_context(company.pk):
        assert not AuditEntry.objects.filter(action="company.updated").exists()
        assert AccessEntry.objects.first().actor_label == user.name


@pytest.mark.parametrize(
    ("status", "code"), [(401, "not_authenticated"), (403, "permission_denied"), (429, "too_many_requests")]
)
def test_what_others_refuse_is_noted_too(status, code):
    company = make_company()
    serve(lambda request: HttpResponse(status=status), make_user(company))
    serve(lambda request: HttpResponse(status=status))
    assert accesses(company) == [("refused", code, "/x/")]
    assert accesses(None) == [("refused", code, "/x/")]


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_what_is_no_refusal_is_not_noted(status):
    company = make_company()
    serve(lambda request: HttpResponse(status=status), make_user(company))
    assert accesses(company) == []


def test_a_form_without_its_csrf_token_is_refused_and_noted():
    company = make_company()
    client = client_of(make_user(company), enforce_csrf_checks=True)
    answer = client.post("/empresa/logotipo/quitar/", form(company))
    assert answer.status_code == 403
    assert "Vuelva a cargarla" in answer.content.decode()
    assert accesses(company) == [("refused", "csrf_failed", "/empresa/logotipo/quitar/")]


# A form belongs to a company (D15)


def test_a_form_of_another_company_is_refused():
    company, other = make_company(), make_company()
    client = client_as(company)
    answer = client.post("/empresa/logotipo/quitar/", form(other))
    assert answer.status_code == 409
    assert f"ahora trabaja en «{company}»" in answer.content.decode()
    assert accesses(company) == [("refused", "company_changed", "/empresa/logotipo/quitar/")]


def test_a_form_whose_company_was_written_by_hand_is_refused():
    company = make_company()
    forged = sign_company(company.pk)[:-2] + "xx"
    for token in (str(company.pk), forged):
        answer = client_as(company).post("/empresa/logotipo/quitar/", {"_company": token})
        assert answer.status_code == 409


def test_the_way_out_is_open_to_forms_of_any_company():
    company, other = make_company(), make_company()
    client = client_as(company)
    assert client.post("/cuenta/salir/", form(other)).status_code == 302


# Django admin


def test_an_administrator_of_the_installation_sees_all_companies_in_admin_only():
    company = make_company()
    user = make_user(company, Role.CASHIER)
    user.is_superuser = user.is_staff = True
    user.save()
    seen = serve(see, user, path="/admin/x/").seen
    assert (seen.company, seen.database, seen.actor.door, seen.actor.may("billing.void")) == (None, "*", "admin", True)
    seen = serve(see, user).seen
    assert (seen.company, seen.database, seen.actor.may("billing.void")) == (company, str(company.pk), False)


def test_a_company_s_owner_sees_nothing_in_admin():
    company = make_company()
    seen = serve(see, make_user(company), path="/admin/x/").seen
    assert (seen.active, seen.database) == (None, "")


# Addresses behind a proxy


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "", "127.0.0.1"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "<script>", None),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert serve(see, **extra).seen.actor.address == address
