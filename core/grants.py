"""What the application's role may do: read and write rows. No tables of its own, no TRUNCATE."""

from typing import Final

from django.db import connections
from psycopg import sql

GRANTS: Final = (
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {application}",
)


def grant_to_application(alias: str) -> None:
    """As owner, let the application's role use every table made from now on; saying it again is harmless.

    Default privileges, not a grant on what exists: a migration may then take rights away (from the log) for good.
    """
    connection = connections[alias]
    names = {
        "database": sql.Identifier(connection.settings_dict["NAME"]),
        "application": sql.Identifier(connections["default"].settings_dict["USER"]),
    }
    with connection.cursor() as cursor:
        for statement in GRANTS:
            cursor.execute(sql.SQL(statement).format(**names))
