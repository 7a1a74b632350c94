"""The wall around closures, rules, shares, repetitions and the waiting list; and the new foreign keys of bookings."""

from django.db import migrations

from core.operations import CompanyWalls

# (table, column, table pointed at) of the foreign keys that rows with a wall already have gained.
NEW_KEYS = (
    ("reservations_reservation", "policy_id", "reservations_bookingpolicy"),
    ("reservations_reservation", "repetition_id", "reservations_repetition"),
)
ADD = "".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_company "
    f"FOREIGN KEY (company_id, {column}) REFERENCES {target} (company_id, id);\n"
    for table, column, target in NEW_KEYS
)
DROP = "".join(f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_company;\n" for table, column, _ in NEW_KEYS)


class Migration(migrations.Migration):
    dependencies = [("reservations", "0004_holds_closures_shares_and_repetitions")]
    operations = [
        CompanyWalls("BookingPolicy", "PolicyTier", "Blackout", "Holiday", "Repetition", "Share", "WaitingEntry"),
        migrations.RunSQL(ADD, DROP),
    ]
