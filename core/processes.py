"""What the long-running processes have in common: a modest database role, and a stop that finishes its turn."""

import signal
from threading import Event

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

ROLE = """
SELECT current_user, rolsuper, rolbypassrls,
       pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
FROM pg_roles WHERE rolname = current_user
"""


def refuse_powerful_role() -> None:
    """Refuse to serve as a role the company wall does not hold.

    Raises:
        ImproperlyConfigured: DATABASE_URL's role is a superuser, owns the database or passes row-level security by.
    """
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        role, is_superuser, passes_by, is_owner = cursor.fetchone()
    if is_superuser or passes_by or is_owner:
        raise ImproperlyConfigured(
            f"DATABASE_URL uses the role {role!r}, which row-level security does not hold (superuser, owner of the "
            "database or BYPASSRLS). Use one that may only read and write rows; the owner's is DATABASE_OWNER_URL."
        )


def stop_signal() -> Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
