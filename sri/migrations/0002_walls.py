"""The wall around certificates; the line to SRI's hosts is the whole installation's."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("sri", "0001_certificates_and_hosts"), ("companies", "0001_people_and_companies")]
    operations = [CompanyWalls("Certificate")]
