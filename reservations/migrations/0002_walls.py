"""The wall around reservations."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("reservations", "0001_venues_rates_and_bookings"), ("billing", "0002_walls")]
    operations = [
        CompanyWalls("Venue", "Court", "OpeningHours", "Rate", "NumberCounter", "Reservation", "ReservationLine"),
    ]
