"""The door through which a search uses its index.

Row-level security lets no operator near an index that could tell a row's content by failing, and what searches arrays
counts as one: behind the wall every search would read the whole table. This function reads as the tables' owner, whom
the wall does not stop, and builds the wall's condition into what it asks.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION app_find(rows regclass, grams varchar[], patterns text[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT id::bigint FROM %s WHERE search_grams @> $1 AND search_text LIKE ALL ($2)
            AND (company_id = (SELECT app_company_id()) OR (SELECT app_all_companies())) LIMIT $3', rows)
        USING grams, patterns, most;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0005_names_on_screen")]
    operations = [migrations.RunSQL(FORWARDS, "DROP FUNCTION app_find(regclass, varchar[], text[], integer)")]
