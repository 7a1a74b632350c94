"""The demo: the same year each time, every state in it, nothing of the future, no law broken, and SRI knows it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from audit.models import AuditEntry
from audit.queries import verify
from billing import closing, duplicates, mailbox, mailing, upkeep
from billing.models import (
    Billable,
    Customer,
    CustomerCredit,
    CustomerKind,
    Document,
    Letter,
    LineTemplate,
    Settlement,
    Transmission,
)
from companies.models import Company, User
from core import clock, installation
from core.installation import Demo
from core.tenancy import all_companies, company_context
from demo import hard_days, office, tax_office
from desk.models import Attachment, Mention, SavedView, Task
from payments.models import Payment, PaymentMethod
from reservations import account, deposits, repeating
from reservations.models import Blackout, Holiday, Rate, Repetition, Reservation, WaitingEntry
from sri.models import Certificate
from sri.simulator.store import AUTHORIZED, REFUSED, Store
from tests import laws
from tests.factories import SYSTEM, make_company, make_user

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
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict[str, Company]]:
    """Load a short demo once for this file."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO_DAY", ANCHOR.isoformat())
        patch.setattr("django.conf.settings.VAR_DIR", tmp_path_factory.mktemp("var"))
        with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
            call_command("demo", days=DAYS, verbosity=0)
        with all_companies():
            companies = {company.trade_name: company for company in Company.objects.all()}
        yield companies
        django_db_setup.renew()


@pytest.fixture
def pradera(demo) -> Iterator[Company]:
    with all_companies():
        company = Company.objects.get(trade_name="La Pradera")  # read anew: loaded again it has another id
    with company_context(company.pk):
        yield company


def content() -> dict[str, list[Any]]:
    """Return what a person would compare: not ids, and not the order in which two processes wrote."""
    with all_companies():
        return {
            "documents": sorted(
                Document.objects.values_list(
                    "document_type",
                    "number",
                    "issued_at",
                    "status",
                    "authorization",
                    "authorized_at",
                    "buyer_name",
                    "motive",
                    "total",
                    "balance",
                ),
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


def test_most_of_the_year_went_without_sri_and_the_last_weeks_through_it(pradera):
    invoices = Document.objects.invoices().exclude(status="draft")
    since = clock.day_range(ANCHOR - timedelta(days=office.ELECTRONIC))[0]
    assert set(invoices.filter(issued_at__lt=since).values_list("authorization", flat=True)) == {"none"}
    later = invoices.filter(issued_at__gte=since)
    assert later.filter(authorization="authorized").count() > 30
    refused = later.get(authorization="rejected")
    assert later.count() == later.filter(authorization="authorized").count() + 1
    assert [message["code"] for message in Transmission.objects.get(document=refused).messages] == ["69", "60"]


def test_nothing_waits_for_sri_at_the_end(demo):
    with all_companies():
        assert set(Transmission.unscoped.values_list("stage", flat=True)) == {"done", "stopped"}
        assert not Transmission.unscoped.exclude(next_attempt_at=None).exists()


def test_an_authorized_invoice_was_credited_in_part_and_another_whole(pradera):
    notes = Document.objects.filter(document_type="04").select_related("modifies")
    assert set(notes.values_list("status", "authorization")) == {("issued", "authorized")}
    shares = {note.total == note.modifies.total for note in notes}
    assert shares == {True, False}
    assert not Document.objects.filter(status="voided", authorization="authorized").exists()


def test_sri_knows_what_it_authorized_and_nothing_else(demo):
    with all_companies():
        keys = set(Document.unscoped.filter(authorization="authorized").values_list("access_key", flat=True))
    store = Store(Path(tax_office.default_folder()))
    assert store.counts() == {AUTHORIZED: len(keys), REFUSED: 1}
    assert all(store.attempts(key)[-1].state == AUTHORIZED for key in keys)
    store.close()


def test_both_companies_sign_with_a_certificate_of_their_own(demo):
    with all_companies():
        certified = set(Certificate.unscoped.values_list("company__trade_name", flat=True))
    assert certified == set(demo)


def test_customers_are_written_to_in_the_last_days_only_and_by_the_workers(demo):
    since = clock.day_range(ANCHOR - timedelta(days=office.MAILS))[0]
    with all_companies():
        letters = list(Letter.unscoped.values_list("company__trade_name", "state", "kind", "created_at"))
    printed = ("La Otra", "pending", "issued")  # of its nota de venta
    assert {row[:3] for row in letters} == {*((name, "pending", "authorized") for name in demo), printed}
    assert all(row[3] >= since for row in letters)
    assert 4 <= len(letters) <= 15


def test_payments_come_by_every_method(pradera):
    used = set(Payment.objects.values_list("method__name", flat=True))
    assert used == set(PaymentMethod.objects.values_list("name", flat=True))


def test_the_hard_days_are_there_to_be_met(pradera):
    double = Reservation.objects.get(notes=hard_days.DOUBLES)
    assert clock.local(double.starts_at).date() == ANCHOR
    parts = account.parts_of(double, account.offered_by(double))
    assert [part.state.value for part in parts] == ["paid", "paid", "waiting", "waiting"]
    birthday = Reservation.objects.get(notes=hard_days.BIRTHDAY)
    assert (birthday.total, deposits.held_amount(birthday.pk)) == (80, 40)
    team = Repetition.objects.get()
    bookings = list(Reservation.objects.filter(repetition=team))
    assert len(bookings) > 15
    assert sum(repeating.is_exception(team, row) for row in bookings) == 1
    late = Reservation.objects.get(notes="Clase con el profesor")
    assert (late.status, late.fee) == ("cancelled", late.total / 2)
    assert sorted(WaitingEntry.objects.values_list("status", flat=True)) == ["offered", "waiting"]
    assert Blackout.objects.standing().get().starts_at.date() == ANCHOR + timedelta(days=1)


def test_what_the_business_settled_is_in_force(pradera):
    assert sorted(CustomerKind.objects.values_list("name", flat=True)) == ["Estudiante", "Socio"]
    assert Rate.objects.filter(on_holidays=True).exists()
    assert Holiday.objects.filter(day__gt=ANCHOR, day__lt=ANCHOR + timedelta(days=14)).exists()
    assert closing.closed_until() == date(2026, 1, 31)
    assert pradera.discount_limit == 10
    assert LineTemplate.objects.count() == 2
    assert [len(group.customers) for group in duplicates.groups()] == [2]


def test_colleagues_have_left_each_other_something(pradera):
    assert set(Mention.objects.values_list("user__email", flat=True)) == {
        f"{role}@demo.test" for role in ("cashier", "billing", "owner")
    }
    assert Attachment.objects.get().name == "jugadores.csv"
    assert SavedView.objects.get().shared
    task = Task.objects.get()
    assert (task.state, task.succeeded, task.refused) == ("done", 2, 1)
    assert task.credential == f"user:{User.objects.get(email='billing@demo.test').pk}"


def test_the_second_company_sells_by_nota_de_venta_too(demo):
    with company_context(demo["La Otra"].pk):
        notes = Document.objects.filter(document_type="02")
        assert set(notes.values_list("status", "authorization")) == {("issued", "none")}
        assert notes.count() == 2


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


def test_the_same_day_and_seed_give_the_same_year_again_and_no_mail_or_file_of_before_is_left(
    demo, monkeypatch, settings, tmp_path
):
    monkeypatch.setattr("django.conf.settings.DEMO_DAY", ANCHOR.isoformat())
    box = tmp_path / "mails"
    box.mkdir()
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = mailbox.FILES, str(box)
    mail_of_before, other_file = box / "20260320-1.log", box / "notes.txt"
    mail_of_before.touch()
    other_file.touch()
    stranger = default_storage.save("1/attachments/of-another", ContentFile(b"x"))
    with all_companies():
        thrown_away = default_storage.save(Attachment.unscoped.get().path, ContentFile(b"x"))
    before = content()
    call_command("demo", reset=True, days=DAYS, verbosity=0)
    after = content()
    for subject, rows in before.items():
        assert after[subject] == rows, subject
    assert installation.demo() is Demo.LOADED
    assert list(box.iterdir()) == [other_file]
    with all_companies():
        kept = Attachment.unscoped.get().path
    assert [default_storage.exists(path) for path in (thrown_away, kept, stranger)] == [False, True, True]


# What people and workers then do with it: last, because the demo is not the same afterwards.


def test_the_refused_invoice_is_authorized_when_it_is_sent_again(pradera):
    refused = Document.objects.get(authorization="rejected")
    with tax_office.open_for_business(), clock.at(clock.day_range(ANCHOR)[0]):
        upkeep.retry(refused.pk, actor=SYSTEM)
        tax_office.transmit(refused)
    assert Document.objects.get(pk=refused.pk).authorization == "authorized"


def test_a_letter_brings_what_sri_authorized_to_the_test_company_s_own_people(pradera):
    letter = Letter.objects.order_by("pk")[0]
    mailing.send(letter.pk)
    (message,) = mail.outbox
    assert {"owner@demo.test", "administrator@demo.test"} == set(message.to)
    assert [name.rpartition(".")[2] for name, _content, _kind in message.attachments] == ["xml", "pdf"]
