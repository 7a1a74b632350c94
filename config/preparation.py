"""What must be in place before pages are served: the schema, the static files, and at first the demo company."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connections

from core import health, installation
from core.installation import Demo

STAMP: Final = ".collected"

PEOPLE: Final = (
    ("owner@demo.test", "the owner: everything"),
    ("administrator@demo.test", "everything but removing the owner"),
    ("billing@demo.test", "invoices, customers, products"),
    ("cashier@demo.test", "payments"),
    ("frontdesk@demo.test", "reservations, charging them, quick sales"),
    ("accountant@demo.test", "reads, exports, closes months"),
    ("auditor@demo.test", "reads everything, and the log"),
    ("owner@otra.test", "another company, a negocio popular: sees nothing of the first"),
)


def migrate() -> None:
    """Apply the migrations that are waiting, as the owner."""
    if health.migrations() != "ok":
        call_command("migrate", verbosity=1)
    connections.close_all()


def collect_static() -> None:
    """Collect and compress the static files, unless they are as they were collected last."""
    if settings.DEBUG:
        return
    stamp, seen = settings.STATIC_ROOT / STAMP, _static_fingerprint()
    if not stamp.exists() or stamp.read_text() != seen:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(seen)


def demo_command() -> list[str]:
    """Return how to load the demo company into a new embedded database, beginning again after a load that was killed.

    Empty where there is nothing to load: it is there, or somebody's own data are, or DEMO_DAY says none.
    """
    state = installation.demo()
    in_use = state is Demo.NONE and get_user_model().objects.exists()
    connections.close_all()
    if not settings.EMBEDDED_DATABASE or not settings.LOADS_DEMO or state is Demo.LOADED or in_use:
        return []
    return ["manage.py", "demo", *(["--reset"] if state is Demo.LOADING else [])]


def simulates_sri() -> bool:
    """Say whether this copy shows a demo that nobody has pointed at a server of SRI's: it then gets a simulator."""
    state = installation.demo()
    connections.close_all()
    return state is Demo.LOADED and settings.SRI_URL_PRUEBAS == settings.SRI_TEST_HOST


def whom_to_be() -> list[str]:
    """Return what to tell a person about signing in."""
    state = installation.demo()
    connections.close_all()
    if state is Demo.NONE:
        return ["", "  First person: .venv/bin/python manage.py createsuperuser"]
    people = [f"    {address:<26}{what}" for address, what in PEOPLE]
    return [
        "",
        "  Sign in as (password: cuadre-demo)",
        *people,
        "",
        "  Try: book a court, confirm it, bill it, see SRI authorize it, take two part payments, open the PDF.",
        "  The hard days: receive a part of a split account, a deposit, a team of every Tuesday, a quick sale by keys,",
        "  an import with its undo, a closed month. Ctrl+K finds anything. The tour is in README.md.",
    ]


def workers_hang(*, up_for: float) -> bool:
    """Say whether workers that have been up for so many seconds have shown no sign of life."""
    try:
        silent = health.silence("workers") > health.SILENCE_ALLOWED
    except DatabaseError:
        return False  # not their fault
    finally:
        connections.close_all()
    return silent and timedelta(seconds=up_for) > health.SILENCE_ALLOWED


def _static_fingerprint() -> str:
    lines = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            lines.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
