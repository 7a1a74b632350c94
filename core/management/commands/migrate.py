"""`manage.py migrate`, as the owner of the database."""

from typing import Any

from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import connections

from core.drawing import kept_models
from core.grants import grant_to_application


class Command(migrate.Command):
    """Runs migrations as the owner, lets the application's role use what they made, and makes the cache table."""

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if alias not in connections:
            raise CommandError("Migrations run as the owner of the database: set DATABASE_OWNER_URL.")
        grant_to_application(alias)
        with kept_models():
            super().handle(*args, **options)
        if not options["plan"] and not options["check_unapplied"]:
            call_command("createcachetable", database=alias, verbosity=0)
