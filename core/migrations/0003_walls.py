"""The wall around remembered answers."""

from django.db import migrations

from core.operations import CompanyWalls


class Migration(migrations.Migration):
    dependencies = [("core", "0002_requests_and_processes")]
    operations = [CompanyWalls("IdempotencyKey")]
