"""The wall around alerts by mail."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("companies", "0005_alerts_by_mail")]
    operations = [CompanyWalls("AlertMail")]
