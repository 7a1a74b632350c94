"""`manage.py backup`: database and attachments in one file."""

from typing import Any

from django.core.management import BaseCommand

from core import backup


class Command(BaseCommand):
    help = "Write a backup to VAR_DIR/backups and drop those that need not be kept."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{backup.make()}")
