"""Taking back what tests have committed: rows go, which is many times quicker than a new copy of the database.

Only the server's superuser can, past triggers and walls; where there is none (a server that the settings name), where
tests have changed the schema, or where there is much to delete, it has to be a new copy.
"""

from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

MUCH: Final = 60_000_000  # bytes

# Whatever changes a schema writes rows of these catalogues anew.
SCHEMA: Final = """
SELECT md5(string_agg(part, '' ORDER BY part)) FROM (
    SELECT format('%s %s', oid, xmin) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s', attrelid, attnum, xmin) FROM pg_attribute
    UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_constraint
    UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_trigger
    UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_policy
    UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_proc
) AS parts (part)
"""
TABLES: Final = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
SEQUENCES: Final = "SELECT sequencename, last_value, start_value FROM pg_sequences WHERE schemaname = 'public'"

OTHERS: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

Rows = list[bytes]


@dataclass(frozen=True)
class Beginning:
    """What a fresh copy holds: its schema's mark, the rows that migrations have made, and where counting begins."""

    schema: str
    rows: dict[str, Rows]
    sequences: set[tuple[str, int | None, int]]

    @classmethod
    def of(cls, url: str) -> "Beginning":
        """Read a fresh copy."""
        with psycopg.connect(url) as connection:
            tables = [name for (name,) in connection.execute(TABLES)]
            rows = {name: found for name in tables if (found := _rows(connection, name))}
            return cls(_schema(connection), rows, _sequences(connection))

    def restore(self, url: str) -> bool:
        """Bring a copy back to this, or say that it takes a new one."""
        with psycopg.connect(url) as connection:
            if _size(connection) > MUCH or _schema(connection) != self.schema:
                return False
            connection.execute(OTHERS)  # who holds a row would be waited for
            connection.execute("SET LOCAL session_replication_role = replica")  # no trigger, no foreign key
            tables = [name for (name,) in connection.execute(TABLES) if name not in self.rows]
            connection.execute(";".join(f'DELETE FROM "{name}"' for name in tables))
            for name, rows in self.rows.items():
                if _rows(connection, name) != rows:
                    _put_back(connection, name, rows)
            for name, last, start in self.sequences - _sequences(connection):
                connection.execute("SELECT setval(%s, %s, %s)", [f'"{name}"', last or start, last is not None])
        return True


def _schema(connection: psycopg.Connection[Any]) -> str:
    return str(_one(connection, SCHEMA))


def _size(connection: psycopg.Connection[Any]) -> int:
    return int(_one(connection, "SELECT pg_database_size(current_database())"))


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    [value] = connection.execute(query).fetchone() or [None]
    return value


def _sequences(connection: psycopg.Connection[Any]) -> set[tuple[str, int | None, int]]:
    return set(connection.execute(SEQUENCES))


def _rows(connection: psycopg.Connection[Any], table: str) -> Rows:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return sorted(b"".join(copy).splitlines(keepends=True))


def _put_back(connection: psycopg.Connection[Any], table: str, rows: Rows) -> None:
    name = sql.Identifier(table)
    connection.execute(sql.SQL("DELETE FROM {}").format(name))
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        copy.write(b"".join(rows))
