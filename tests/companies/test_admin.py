"""Django admin: superusers only, across companies, through the workflows, deleting nothing."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client

from audit.models import AuditEntry
from billing.models import Customer, Document, LegalLimit, Product, Series, TaxRate
from companies import api_keys, members, people
from companies.models import ApiKey, Company, Invitation, Membership, User
from companies.roles import Role
from core.actor import Actor
from core.admin import RefusingAdmin, ViewAdmin
from core.checks import DOMAIN
from core.errors import Forbidden, WorkflowError
from core.tenancy import all_companies
from tests.companies.web import accesses, client_of, inside
from tests.factories import actor, make_company, make_customer, make_invoice, make_product, make_user, pay

pytestmark = pytest.mark.django_db

# What nobody looks at row by row: answers remembered for a day.
NOT_SHOWN = {"core.IdempotencyKey", "core.InstallationFact"}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def administrator() -> Client:
    return client_of(User.objects.create_superuser("admin@x.test", "x", name="Instaladora"))


def edit(client: Client, obj, **values):
    """Send a row's change form as the browser would: what it shows, changed here and there."""
    url = f"/admin/{obj._meta.app_label}/{obj._meta.model_name}/{obj.pk}/change/"
    form = client.get(url).context["adminform"].form
    shown = {bound.name: bound.value() for bound in form}
    sent = {name: "" if value is None else value for name, value in (shown | values).items() if value is not False}
    return client.post(url, sent, follow=True)


def test_every_model_of_ours_is_shown_and_no_other():
    ours = {model._meta.label for model in apps.get_models() if model._meta.app_label in DOMAIN}
    assert {model._meta.label for model in REGISTERED} == ours - NOT_SHOWN


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_nothing_is_deleted_and_little_is_added(model, rf):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    shown = admin.site._registry[model]
    assert isinstance(shown, ViewAdmin)
    assert not shown.has_delete_permission(request)
    assert shown.has_add_permission(request) == (model in (Company, TaxRate, LegalLimit))
    assert shown.has_change_permission(request) == isinstance(shown, RefusingAdmin)
    assert "delete_selected" not in (shown.get_actions(request) or {})


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_each_list_and_row_opens_with_rows_of_two_companies(model, administrator):
    for company in (make_company(), make_company()):
        with inside(company):
            pay(make_invoice(), "5.00")
            api_keys.create(name="ERP", scopes=["billing.view"], actor=actor())
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    answer = administrator.get(base, {"q": "001"})
    assert answer.status_code == 200
    assert administrator.get(base).status_code == 200
    with all_companies():
        row = model._default_manager.order_by("-pk").first()
    if row is not None:
        assert administrator.get(f"{base}{row.pk}/change/").status_code == 200
        assert administrator.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Document, AuditEntry, Series], ids=lambda model: model._meta.label)
def test_a_list_takes_as_many_queries_with_many_rows(model, administrator, django_assert_max_num_queries):
    company = make_company()
    with inside(company):
        for _ in range(6):
            make_invoice()
    with django_assert_max_num_queries(16):
        administrator.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")


# Who comes in


def test_people_of_companies_stay_outside():
    client = client_of(make_user(make_company(), Role.OWNER))
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/", follow=True).status_code == 403


def test_staff_is_not_enough():
    user = make_user()
    user.is_staff = True
    user.save()
    assert client_of(user).get("/admin/", follow=True).status_code == 403


def test_administrators_sign_in_where_everybody_does():
    answer = Client().get("/admin/billing/document/", follow=True)
    assert answer.redirect_chain[-1][0] == "/cuenta/ingresar/?next=%2Fadmin%2Fbilling%2Fdocument%2F"
    assert Client().post("/admin/login/", {"username": "admin@x.test", "password": "x"}).status_code == 302


def test_libraries_bring_no_pages_of_their_own(administrator):
    for path in ("account/emailaddress/", "mfa/authenticator/", "django_q/ormq/", "auth/group/"):
        assert administrator.get(f"/admin/{path}").status_code == 404


def test_an_administrator_changes_the_password_where_everybody_does(administrator):
    assert administrator.get("/admin/password_change/")["Location"] == "/cuenta/contrasena/"


# Changes go through the workflow


def test_a_changed_customer_leaves_its_entry_in_its_own_company(administrator):
    other, company = make_company(), make_company()
    with inside(company):
        customer = make_customer(name="Ana")
    answer = edit(administrator, customer, name="Ana Paz")
    assert answer.status_code == 200
    with inside(company):
        entry = AuditEntry.objects.get(action="customer.updated")
        assert (entry.door, entry.actor_label, entry.before, entry.after) == (
            "admin",
            "Instaladora",
            {"name": "Ana"},
            {"name": "Ana Paz"},
        )
        assert Customer.objects.get(pk=customer.pk).version == 2
    with inside(other):
        assert not AuditEntry.objects.filter(action="customer.updated").exists()
    assert LogEntry.objects.get().object_id == str(customer.pk)


def test_a_refused_change_leaves_nothing_but_its_line(administrator):
    company = make_company()
    with inside(company):
        customer = make_customer(identification_type="04", identification="1790016919001")
    answer = edit(administrator, customer, identification="17", name="Otra")
    assert "13 dígitos" in answer.content.decode()
    with inside(company):
        customer.refresh_from_db()
        assert (customer.identification, customer.version) == ("1790016919001", 1)
        assert customer.name != "Otra"
    assert not LogEntry.objects.exists()
    assert [row[1] for row in accesses(None)] == ["identification_invalid"]


def test_a_stale_change_is_refused(administrator):
    company = make_company()
    with inside(company):
        product = make_product(name="Agua")
    answer = edit(administrator, product, name="Agua fría", expected_version=0)
    assert "Otra persona guardó cambios" in answer.content.decode()
    with inside(company):
        assert Product.objects.get(pk=product.pk).name == "Agua"


def test_documents_cannot_be_changed_even_by_hand(administrator):
    company = make_company()
    with inside(company):
        document = make_invoice()
    answer = administrator.post(f"/admin/billing/document/{document.pk}/change/", {"buyer_name": "Otro"})
    assert answer.status_code == 403
    with inside(company):
        assert Document.objects.get().buyer_name == document.buyer_name


def test_the_counter_of_a_series_cannot_be_changed(administrator):
    company = make_company()
    with inside(company):
        series = Series.objects.get()
    edit(administrator, series, last_number=50, limit_number=900)
    with inside(company):
        series.refresh_from_db()
        assert (series.last_number, series.limit_number) == (0, 900)


def test_a_company_is_opened_with_an_owner_who_is_invited(administrator):
    values = {
        "environment": "2",
        "ruc": "1790016919001",
        "legal_name": "Nueva S.A.",
        "rimpe": "none",
        "time_zone": "America/Guayaquil",
        "payment_days": 30,
        "owner": "duena@nueva.test",
    }
    answer = administrator.post("/admin/companies/company/add/", values, follow=True)
    assert answer.status_code == 200
    with all_companies():
        company = Company.objects.get(ruc="1790016919001")
    with inside(company):
        assert Invitation.objects.get().email == "duena@nueva.test"
        assert Customer.objects.get().is_final_consumer
        assert AuditEntry.objects.get(action="company.opened").door == "admin"
    again = administrator.post("/admin/companies/company/add/", values, follow=True)
    assert "ya tiene el RUC" in again.content.decode()
    with all_companies():
        assert Company.objects.filter(ruc="1790016919001").count() == 1


def test_a_company_s_environment_and_logo_stay(administrator):
    company = make_company()
    edit(administrator, company, trade_name="Otro nombre", environment="2", logo="/etc/passwd")
    with inside(company):
        changed = Company.objects.get()
    assert (changed.trade_name, changed.environment, changed.logo.name) == ("Otro nombre", "1", "")


def test_an_access_ends_from_the_list_in_each_company(administrator):
    rows = []
    for company in (make_company(), make_company()):
        make_user(company, Role.OWNER)
        user = make_user(company, Role.CASHIER)
        with inside(company):
            rows.append(Membership.objects.get(user=user).pk)
            owner = Membership.objects.get(role=Role.OWNER).pk
    answer = administrator.post(
        "/admin/companies/membership/", {"action": "end_access", "_selected_action": [*rows, owner]}, follow=True
    )
    text = answer.content.decode()
    assert "2 accesos retirados." in text
    assert "es la única persona propietaria" in text
    with all_companies():
        assert Membership.objects.filter(pk__in=rows, ended_at=None).count() == 0
        assert Membership.objects.get(pk=owner).ended_at is None
        assert AuditEntry.objects.filter(action="membership.ended", door="admin").count() == 2


def test_a_key_is_revoked_from_the_list(administrator):
    company = make_company()
    with inside(company):
        key = api_keys.create(name="ERP", scopes=["billing.view"], actor=actor()).key
    values = {"action": "revoke", "_selected_action": [key.pk]}
    assert "1 clave revocada." in administrator.post("/admin/companies/apikey/", values, follow=True).content.decode()
    with inside(company):
        assert ApiKey.objects.get().state == "revoked"


def test_a_role_changes_through_its_rules(administrator):
    company = make_company()
    user = make_user(company, Role.OWNER)
    with inside(company):
        owner = Membership.objects.get(user=user)
    assert "única persona propietaria" in edit(administrator, owner, role=Role.BILLING).content.decode()
    make_user(company, Role.OWNER)
    edit(administrator, owner, role=Role.BILLING)
    with inside(company):
        assert Membership.objects.get(pk=owner.pk).role == Role.BILLING
        with pytest.raises(WorkflowError):
            members.change_role(Membership.objects.get(role=Role.OWNER).pk, Role.BILLING, actor=actor())


# What no company owns


def test_a_decree_ends_the_rate_before_it(administrator, caplog, django_capture_on_commit_callbacks):
    values = {
        "category": "general",
        "valid_from": "2027-01-01",
        "code": "2",
        "rate_code": "10",
        "rate": "13",
        "source": "Decreto 1",
    }
    before = TaxRate.objects.in_force(date(2026, 11, 21)).get(category="general")
    with caplog.at_level("INFO", "cuadre.admin"), django_capture_on_commit_callbacks(execute=True):
        answer = administrator.post("/admin/billing/taxrate/add/", values, follow=True)
    assert answer.status_code == 200
    before.refresh_from_db()
    assert before.valid_to == date(2026, 12, 31)
    assert TaxRate.objects.in_force(date(2027, 1, 1)).get(category="general").rate == Decimal("13.00")
    assert LogEntry.objects.get().user.email == "admin@x.test"
    (line,) = [record for record in caplog.records if record.name == "cuadre.admin"]
    assert (line.actor, line.changed["rate"]) == ("admin@x.test", "13")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"valid_from": "2026-01-01", "valid_to": "2026-01-31"}, "ya rige alguno de esos días"),
        ({"valid_from": "2027-02-01", "valid_to": "2027-01-31"}, "termina antes de empezar"),
    ],
)
def test_two_rates_never_hold_on_one_day(administrator, days, said):
    count = TaxRate.objects.count()
    values = {"category": "general", "code": "2", "rate_code": "10", "rate": "13"} | days
    answer = administrator.post("/admin/billing/taxrate/add/", values, follow=True)
    assert said in answer.content.decode()
    assert TaxRate.objects.count() == count


def test_of_a_rate_in_force_only_its_end_and_source_change(administrator):
    rate = TaxRate.objects.get(category="general", valid_to=None)
    edit(administrator, rate, rate="99", rate_code="0", source="Ley")
    rate.refresh_from_db()
    assert (rate.rate, rate.source) == (Decimal("15.00"), "Ley")


def test_a_new_legal_limit_holds_from_its_day(administrator):
    values = {"code": "final_consumer_limit", "amount": "60", "valid_from": "2027-01-01", "source": "Res. 1"}
    administrator.post("/admin/billing/legallimit/add/", values)
    assert LegalLimit.in_force("final_consumer_limit", date(2026, 12, 31)) == Decimal("50.00")
    assert LegalLimit.in_force("final_consumer_limit", date(2027, 1, 1)) == Decimal("60.00")


def test_a_person_who_may_not_come_in_is_out_everywhere(administrator):
    company = make_company()
    user = make_user(company)
    client = client_of(user)
    edit(administrator, user, is_active=False)
    assert client.get("/empresa/").status_code == 302


def test_administrators_do_not_lock_themselves_out(administrator):
    me = User.objects.get(email="admin@x.test")
    assert "No puede quitarse" in edit(administrator, me, is_superuser=False).content.decode()
    me.refresh_from_db()
    assert me.is_superuser
    with pytest.raises(WorkflowError) as refused:
        people.change_person(me.pk, {"is_active": False}, actor=Actor.command("x"))
    assert refused.value.code == "last_administrator"
    with pytest.raises(Forbidden):
        people.change_person(me.pk, {"name": "X"}, actor=actor())
