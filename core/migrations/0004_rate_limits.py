"""The counts behind the API's rate limits: unlogged, because losing them in a crash harms nobody."""

from django.db import migrations

FORWARDS = """
CREATE UNLOGGED TABLE core_ratelimit (
    name varchar(80) COLLATE "C" PRIMARY KEY,
    minute bigint NOT NULL,
    used integer NOT NULL
) WITH (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_walls")]
    operations = [migrations.RunSQL(FORWARDS, "DROP TABLE core_ratelimit")]
