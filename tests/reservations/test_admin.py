"""Reservations in Django admin: bookings are only looked at, the setup changes through its workflow."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from companies.models import User
from reservations.models import Court, Rate, Reservation
from tests.reservations.factories import confirmed, make_priced_court


@pytest.fixture
def admin(company):
    client = Client()
    client.force_login(User.objects.create_superuser("admin@prueba.test", "clave-de-prueba-1", name="Admin"))
    return client


@pytest.mark.parametrize("model", ["venue", "court", "rate", "reservation"])
def test_every_list_and_row_opens(admin, model):
    reservation = confirmed()
    rows = {"venue": reservation.court.venue_id, "court": reservation.court_id, "rate": Rate.objects.get().pk,
            "reservation": reservation.pk}  # fmt: skip
    assert admin.get(reverse(f"admin:reservations_{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:reservations_{model}_change", args=[rows[model]])).status_code == 200


def test_a_booking_is_neither_changed_nor_deleted(admin):
    reservation = confirmed()
    change = reverse("admin:reservations_reservation_change", args=[reservation.pk])
    assert admin.post(change, {"status": "cancelled"}).status_code == 403
    assert admin.post(reverse("admin:reservations_reservation_delete", args=[reservation.pk])).status_code == 403
    assert Reservation.objects.get().status == "confirmed"


def test_a_court_is_changed_through_its_workflow_and_told(admin):
    court = make_priced_court(name="Uno")
    url = reverse("admin:reservations_court_change", args=[court.pk])
    sent = {"name": "Dos", "detail": "", "position": "0", "active": "on", "expected_version": "1"}
    assert admin.post(url, sent).status_code == 302
    assert (Court.objects.get().name, Court.objects.get().hours.count()) == ("Dos", 7)
    entry = AuditEntry.objects.filter(action="court.updated").get()
    assert (entry.door, entry.before, entry.after) == ("admin", {"name": "Uno"}, {"name": "Dos"})
    admin.post(url, sent | {"name": "Tres"})  # made from the version before
    assert Court.objects.get().name == "Dos"
