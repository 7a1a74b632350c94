"""The two functions every row-level policy reads: which company is active, and whether all are."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION app_company_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('app.company_id', true) ~ '^[0-9]+$'
                THEN current_setting('app.company_id', true)::bigint END
$$;
CREATE FUNCTION app_all_companies() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('app.company_id', true), '') = '*'
$$;
"""

BACKWARDS = "DROP FUNCTION app_company_id(); DROP FUNCTION app_all_companies();"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
