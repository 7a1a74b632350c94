"""`manage.py demo`: load the demo once; `--reset` throws a demo away and loads it again."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django_q.models import OrmQ

from billing import mailbox
from billing.models import DocumentFile
from core import clock, installation
from core.backup import administer
from core.installation import Demo
from core.tenancy import all_companies, company_context
from demo import habits, tax_office
from demo.company import open_other_company, open_sports_complex
from demo.other import trade
from demo.timeline import YEAR
from demo.year import play
from desk.models import Attachment

SEED = 20_240_401


class Command(BaseCommand):
    """Loads the demo company, deterministic for its anchor day (DEMO_DAY, default today) and seed."""

    help = "Load the demo company and its year; --reset throws an earlier demo away first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="recreate the database of a demo installation")
        parser.add_argument(
            "--days", type=int, default=YEAR, help="how many days of the past to play (default: a year)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reset"]:
            self._reset()
        elif installation.demo() is not Demo.NONE:
            raise CommandError("The demo is loaded already: use --reset to begin again.")
        elif get_user_model().objects.exists():
            raise CommandError("This installation is in use: a demo among its data could never be taken out again.")
        anchor = date.fromisoformat(settings.DEMO_DAY) if settings.DEMO_DAY else clock.today()
        installation.note_demo(Demo.LOADING)
        self.stdout.write("Loading the demo company's year: about a minute, this once…")
        self.stdout.flush()
        self._load(anchor, options["days"])
        installation.note_demo(Demo.LOADED)
        self.stdout.write("The demo is ready.")

    def _reset(self) -> None:
        if installation.demo() is Demo.NONE:
            raise CommandError("This installation is not a demo: nothing was touched.")
        attached = _attached()
        connections.close_all()
        name = settings.DATABASES["owner"]["NAME"]
        try:
            administer("DROP DATABASE {}", name)
        except psycopg.errors.ObjectInUse:
            raise CommandError("The database is in use. Stop the program first (make stop).") from None
        administer("CREATE DATABASE {}", name)
        _empty_mailbox()
        call_command("migrate", verbosity=0)
        _remove_files(attached)

    def _load(self, anchor: date, days: int) -> None:
        chance = Random(SEED)  # noqa: S311 (a plan that repeats, not a secret)
        tax_office.forget()
        begins = clock.day_range(anchor - timedelta(days=days))[0]
        with clock.at(begins):
            place = open_sports_complex(chance)
            with company_context(place.company.pk):
                habits.settle(place, anchor, days)
            other = open_other_company()
        play(place, SEED, anchor, days)
        with company_context(place.company.pk):
            # A year of PDFs is not made ahead: each is made when somebody opens it.
            DocumentFile.objects.all().delete()
        with company_context(other.pk), tax_office.open_for_business():
            trade(chance, anchor, days)
            DocumentFile.objects.all().delete()
        OrmQ.objects.all().delete()


def _attached() -> set[str]:
    """Return where the files lie that attachments name; a demo of an earlier release may have no such table."""
    if Attachment._meta.db_table not in connection.introspection.table_names():
        return set()
    with all_companies():
        return set(Attachment.unscoped.values_list("path", flat=True))


def _remove_files(attached: set[str]) -> None:
    """Throw the files of the earlier demo's attachments away, but none that a row names now."""
    for path in attached - _attached():
        default_storage.delete(path)


def _empty_mailbox() -> None:
    """Throw the earlier demo's mails away: they tell of documents that are no more."""
    if settings.EMAIL_BACKEND == mailbox.FILES:
        for file in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
            file.unlink()
