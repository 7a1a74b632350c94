"""The wall around people and keys; a company itself is seen by whoever is in it."""

from django.db import migrations

from core.operations import CompanyWalls

COMPANY_WALL = """
ALTER TABLE companies_company ENABLE ROW LEVEL SECURITY;
CREATE POLICY company_wall ON companies_company
    USING (id = (SELECT app_company_id()) OR (SELECT app_all_companies()));
"""

NO_COMPANY_WALL = """
DROP POLICY company_wall ON companies_company;
ALTER TABLE companies_company DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_people_and_companies"), ("core", "0001_company_wall_functions")]
    operations = [
        CompanyWalls("Membership", "Invitation", "ApiKey"),
        migrations.RunSQL(COMPANY_WALL, NO_COMPANY_WALL),
    ]
