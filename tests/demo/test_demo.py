"""The demo: the same year each time, every state in it, nothing of the future, and no law broken."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from audit.queries import verify
from billing.models import Billable, Customer, CustomerCredit, Document, Settlement
from companies.models import Company, User
from core import clock, installation
from core.installation import Demo
from core.tenancy import all_companies, company_context
from payments.models import Payment, PaymentMethod
from reservations.models import Reservation
from tests import laws
from tests.factories import make_company, make_user

DAYS = 40
ANCHOR = date(2026, 3, 20)


@pytest.mark.parametrize("options", [{"reset": True}, {"reset": False}])
def test_an_installation_in_use_is_left_alone(committing, options):
    company = make_company()
    make_user(company)
    with pytest.raises(CommandError):
        call_command("demo", days=1, **options)
    with all_companies():
        assert list(Company.objects.values_list("pk", flat=True)) == [company.pk]
    assert installation.demo() is Demo.NONE


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker) -> Iterator[dict[str, Company]]:
    """Load a short demo once for this file."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO_DAY", ANCHOR.isoformat())
        call_command("demo", days=DAYS, verbosity=0)
        with all_companies():
            companies = {company.trade_name: company for company in Company.objects.all()}
        yield companies
        django_db_setup.renew()


@pytest.fixture
def pradera(demo) -> Iterator[Company]:
    company = demo["La Pradera"]
    with company_context(company.pk):
        yield company


def content() -> dict[str, list[Any]]:
    """Return what a person would compare: not ids, and not the order in which two processes wrote."""
    with all_companies():
        return {
            "documents": sorted(
                Document.objects.values_list("number", "issued_at", "status", "buyer_name", "total", "balance"),
                key=str,
            ),
            "bookings": sorted(
                Reservation.objects.values_list("code", "period", "court__name", "customer__name", "status", "total"),
                key=str,
            ),
            "payments": sorted(
                Payment.objects.values_list("created_at", "customer__name", "method__name", "amount", "status"),
                key=str,
            ),
            "customers": sorted(Customer.objects.values_list("identification", "name", "address")),
        }


def test_no_law_is_broken(demo):
    assert laws.broken() == []


def test_the_log_is_intact(pradera):
    assert verify().intact


def test_every_state_is_there(pradera):
    documents = Document.objects.invoices()
    assert set(documents.values_list("status", flat=True)) == {"draft", "issued", "paid", "voided"}
    assert documents.overdue(ANCHOR).exists()
    assert documents.in_payment_state("partial", ANCHOR).exists() or documents.overdue(ANCHOR).exists()
    statuses = set(Reservation.objects.values_list("status", flat=True))
    assert statuses == {"requested", "confirmed", "completed", "cancelled", "no_show"}
    assert set(Billable.objects.values_list("status", flat=True)) >= {"waiting", "invoiced", "cancelled"}


def test_payments_come_by_every_method(pradera):
    used = set(Payment.objects.values_list("method__name", flat=True))
    assert used == set(PaymentMethod.objects.values_list("name", flat=True))


def test_today_and_the_coming_days_have_bookings(pradera):
    for ahead in range(7):
        day = clock.day_range(ANCHOR + timedelta(days=ahead))
        assert Reservation.objects.live().meeting(*day).exists()


def test_nothing_has_happened_in_the_future(pradera):
    today, _tomorrow = clock.day_range(ANCHOR)
    assert not Document.objects.filter(created_at__gte=today).exists()
    assert not Document.objects.filter(issued_at__gte=today).exists()
    assert not Payment.objects.filter(paid_on__gte=ANCHOR).exists()
    assert not Settlement.objects.filter(created_at__gte=today).exists()
    assert not AuditEntry.objects.filter(at__gte=today).exists()
    assert not Reservation.objects.filter(status="completed", ends_at__gte=today).exists()


def test_there_is_a_person_for_each_role_and_one_elsewhere(demo):
    addresses = set(User.objects.values_list("email", flat=True))
    roles = ("owner", "administrator", "billing", "cashier", "frontdesk", "accountant", "auditor")
    assert addresses == {f"{role}@demo.test" for role in roles} | {"owner@otra.test"}


def test_the_second_company_sees_nothing_of_the_first(demo):
    client = Client()
    assert client.login(email="owner@otra.test", password="cuadre-demo")
    page = client.get(reverse("billing:invoices")).content.decode()
    with company_context(demo["La Pradera"].pk):
        theirs = Document.objects.filter(status="paid").latest("pk")
    with company_context(demo["La Otra"].pk):
        ours = set(Document.objects.values_list("number", flat=True))
        assert CustomerCredit.objects.count() == Reservation.objects.count() == 0
    assert len(ours) > 10
    assert max(ours) in page
    assert theirs.buyer_name not in page
    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_a_loaded_demo_is_not_loaded_again(demo):
    with pytest.raises(CommandError, match="loaded already"):
        call_command("demo")


def test_the_same_day_and_seed_give_the_same_year_again(demo, monkeypatch):
    monkeypatch.setattr("django.conf.settings.DEMO_DAY", ANCHOR.isoformat())
    before = content()
    call_command("demo", reset=True, days=DAYS, verbosity=0)
    after = content()
    for subject, rows in before.items():
        assert after[subject] == rows, subject
    assert installation.demo() is Demo.LOADED
