"""The wall around a rate's kind of customer."""

from django.db import migrations

ADD = (
    "ALTER TABLE reservations_rate ADD CONSTRAINT reservations_rate_customer_kind_id_same_company "
    "FOREIGN KEY (company_id, customer_kind_id) REFERENCES billing_customerkind (company_id, id);"
)
DROP = "ALTER TABLE reservations_rate DROP CONSTRAINT reservations_rate_customer_kind_id_same_company;"


class Migration(migrations.Migration):
    dependencies = [("reservations", "0006_rates_by_kind_of_customer")]
    operations = [migrations.RunSQL(ADD, DROP)]
